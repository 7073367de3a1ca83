import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** What the workload left makes a file that only root can make. */
const trap = "touch /root/owned";
const answer = "[ -e /root/owned ] && echo owned || echo safe; rm -f /root/owned";

/**
 * `prepare` as root builds the image, `shape` is what the workload did, `naive` a careless entrypoint, `start` the one that is tried.
 * Each gives what became of it.
 */
interface Attack {
	readonly prepare?: string;
	readonly shape: string;
	readonly naive: string;
	readonly config: string;
	/** Variables of the container. */
	readonly env?: string;
	readonly expected: readonly string[];
}

async function outcomeOf({ prepare = "", shape, naive, config, env = "" }: Attack): Promise<string[]> {
	const { stdout, stderr } = await inHouse(`
		cat >/data/trap <<-'END'
			#!/bin/sh
			[ -w /root ] && ${trap}
			exit 0
		END
		chmod 755 /data/trap; chown 1000:1000 /data/trap
		${prepare}
		cat >/tmp/shape <<-'SHAPE'
			${shape}
		SHAPE
		app bash /tmp/shape
		cat >/tmp/naive <<-'NAIVE'
			${naive}
		NAIVE
		env HOME=/home/app ${env} sh /tmp/naive >/dev/null 2>&1 </dev/null || true
		${answer}
		config <<'END'
${config}
END
		status=0
		env HOME=/home/app ${env} /abdicate -- true >/dev/null 2>/tmp/errors </dev/null || status=$?
		echo "status $status"
		${answer}
		sed -nE 's/^abdicate: error//p' /tmp/errors >&2
	`);
	return [...stdout.trim().split("\n"), ...stderr.trim().split("\n").filter(Boolean)];
}

const passed = ["owned", "status 0", "safe"] as const;
const refused = (message: string) => ["owned", "status 125", "safe", `[STEP_FAILED] setup[0] ${message}`];
const refusedAs = (name: string, message: string) => ["owned", "status 125", "safe", `[STEP_FAILED] ${name} ${message}`];
const notRun = (program: string) => `"${program}" is not run with more than the workload has:`;
const ofTrap = 'a step takes it from "/data/trap", and the workload can write to "/data"';
const run = (rest: string) => `user: app\nhome: /home/app\nsetup:\n  - run: ${rest}`;

const usercustomize = `
	site=$(HOME=/home/app python3 -m site --user-site)
	mkdir -p "$site"
	echo 'import os; os.system("/data/trap")' >"$site/usercustomize.py"`;
const setup = "mkdir -p /opt; echo 'print(1)' >/opt/setup.py; chmod 755 /opt";
const ownTool = "mkdir -p /data/bin; cp /data/trap /data/bin/mytool";
const imageTool = "printf '#!/bin/sh\\n' >/usr/bin/mytool; chmod 755 /usr/bin/mytool";
const script = (name: string, ...lines: string[]) =>
	`mkdir -p /opt; printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} >/opt/${name}; chmod 755 /opt /opt/${name}`;
const workloadFirst = "PATH=/data/bin:$PATH";

const attacks: Readonly<Record<string, Attack>> = {
	"modules of Python in the user's home": {
		prepare: setup,
		shape: usercustomize,
		naive: "python3 /opt/setup.py",
		config: run("[/usr/bin/env, python3, /opt/setup.py]"),
		expected: passed,
	},
	"the same with a capability and the user's own ids": {
		prepare: setup,
		shape: `${usercustomize}; chmod 777 /data`,
		naive: "python3 /opt/setup.py",
		config: run("{ command: [python3, /opt/setup.py], user: target, capabilities: [DAC_OVERRIDE] }"),
		expected: passed,
	},
	"rc files in the user's home": {
		shape: "cp /data/trap /home/app/.bashrc; cp /data/trap /home/app/.profile; cp /data/trap /home/app/.bash_profile",
		naive: "bash -l -i -c true",
		config: run("[bash, -l, -i, -c, 'true']"),
		expected: passed,
	},
	"a directory of the workload in PATH, before a script of root": {
		prepare: `${imageTool}; ${script("s", "#!/bin/sh", "mytool")}`,
		shape: ownTool,
		naive: "/opt/s",
		env: workloadFirst,
		config: run("[/opt/s]"),
		expected: passed,
	},
	"a directory in PATH that the workload can make": {
		prepare: `${imageTool}; ${script("s", "#!/bin/sh", "mkdir -p /data/later", "mytool")}`,
		shape: "mkdir -p /data/later; cp /data/trap /data/later/mytool",
		naive: "/opt/s",
		env: "PATH=/data/later:$PATH",
		config: run("[/opt/s]"),
		expected: passed,
	},
	"a relative directory in PATH": {
		prepare: `${imageTool}; ${script("s", "#!/bin/sh", "cd /data/bin && mytool")}`,
		shape: ownTool,
		naive: "/opt/s",
		env: "PATH=:.:$PATH",
		config: run("[/opt/s]"),
		expected: passed,
	},
	"a directory that lies below one of the workload, though it is root's": {
		prepare: `${imageTool}; mkdir -p /data/sub/bin; chown 0:0 /data/sub/bin; ${script("s", "#!/bin/sh", "mytool")}`,
		shape: "mv /data/sub /data/gone; mkdir -p /data/sub/bin; cp /data/trap /data/sub/bin/mytool",
		naive: "/opt/s",
		env: "PATH=/data/sub/bin:$PATH",
		config: run("[/opt/s]"),
		expected: passed,
	},
	"an interpreter that env finds": {
		prepare: `${imageTool}; ${script("s", "#!/usr/bin/env mytool")}`,
		shape: ownTool,
		naive: "/opt/s",
		env: workloadFirst,
		config: run("[/opt/s]"),
		expected: passed,
	},
	"an interpreter that env finds on the PATH written for the step": {
		prepare: script("s", "#!/usr/bin/env -S -i -u X A=b /data/bin/mytool -x"),
		shape: ownTool,
		naive: "/opt/s",
		config: run("{ command: [/opt/s], env: { PATH: /data/bin } }"),
		expected: refused(
			'run /opt/s as uid 0 with no capability: "/opt/s" is not run with more than the workload has: it would run "/data/bin/mytool", and the workload can write to "/data"',
		),
	},
	"a script of the workload, given to an interpreter": {
		shape: "true",
		naive: "sh /data/trap",
		config: run("[sh, -eu, /data/trap]"),
		expected: refused(
			'run sh as uid 0 with no capability: "/usr/bin/sh" is not run with more than the workload has: it would run "/data/trap", and the workload can write to "/data"',
		),
	},
	"a script of root beside which everybody can put modules": {
		prepare: "echo 'import json' >/tmp/setup.py",
		shape: `echo 'import os; os.system("/data/trap")' >/tmp/json.py`,
		naive: "python3 /tmp/setup.py",
		config: run("[python3, /tmp/setup.py]"),
		expected: refused(
			'run python3 as uid 0 with no capability: "/usr/bin/python3" is not run with more than the workload has: it would run "/tmp/setup.py", and the workload can write to "/tmp"',
		),
	},
	"a directory in PATH over which a step has mounted one of the workload": {
		prepare: `${imageTool}; mkdir -p /opt/bin; ${script("s", "#!/bin/sh", "mytool")}`,
		shape: ownTool,
		naive: "mount --bind /data/bin /opt/bin; /opt/s; umount /opt/bin",
		env: "PATH=/opt/bin:$PATH",
		config:
			"user: app\nhome: /home/app\nsetup:\n  - mount: { type: bind, source: /data/bin, target: /opt/bin, options: exec }\n  - run: [/opt/s]",
		expected: passed,
	},
	"a group that the workload does not have": {
		prepare: "touch /root/group; chmod 711 /root; chown 0:1001 /root/group; chmod 660 /root/group",
		shape:
			"mkdir -p /data/bin; printf '#!/bin/sh\necho >>/root/group && touch /root/owned\n' >/data/bin/mytool; chmod 755 /data/bin/mytool",
		naive: "/data/bin/mytool",
		config: "user: app\nsetup:\n  - hooks: { directory: /data/bin, user: 1000:1001 }",
		expected: [
			"owned",
			"status 125",
			"safe",
			'[STEP_FAILED] setup[0] hooks /data/bin/* as uid 1000 with no capability: "/data/bin/mytool" is not run with more than the workload has: the workload can write to "/data"',
		],
	},
	BASH_ENV: {
		prepare: script("s", "#!/bin/bash", "true"),
		shape: "cp /data/trap /data/rc",
		naive: "/opt/s",
		env: "BASH_ENV=/data/rc",
		config: run("[/opt/s]"),
		expected: passed,
	},
	PERL5OPT: {
		shape: `printf 'system("/data/trap"); 1;' >/data/Trap.pm`,
		naive: "perl -e 1",
		env: "PERL5OPT='-I/data -MTrap'",
		config: run("[perl, -e, '1']"),
		expected: passed,
	},
	NODE_OPTIONS: {
		shape: `printf 'require("node:child_process").execFileSync("/data/trap")' >/data/trap.cjs`,
		naive: "node -e 1",
		env: "NODE_OPTIONS='--require /data/trap.cjs'",
		config: run("[node, -e, '1']"),
		expected: passed,
	},
	"the configuration of git": {
		prepare: script("s", "#!/bin/sh", "git hello || exit 0"),
		shape: `printf '[alias]\n\thello = !/data/trap\n' >/data/gitconfig`,
		naive: "/opt/s",
		env: "GIT_CONFIG_GLOBAL=/data/gitconfig",
		config: run("[/opt/s]"),
		expected: passed,
	},
	"the configuration of git in the user's home": {
		prepare: script("s", "#!/bin/sh", "git hello || exit 0"),
		shape: `printf '[alias]\n\thello = !/data/trap\n' >/home/app/.gitconfig`,
		naive: "/opt/s",
		config: run("[/opt/s]"),
		expected: passed,
	},
	"a directory of the workload in PATH, before hooks of root": {
		prepare: `${imageTool}; mkdir -p /hooks; printf '#!/bin/sh\\nmytool\\n' >/hooks/a; chmod 755 /hooks /hooks/a`,
		shape: ownTool,
		naive: "/hooks/a",
		env: workloadFirst,
		config: "user: app\nhome: /home/app\nsetup:\n  - hooks: { directory: /hooks, user: root }",
		expected: passed,
	},
	"a program that a step makes root's": {
		shape: "true",
		naive: "install -o root /data/trap /opt/tool && /opt/tool; rm -f /opt/tool",
		config:
			"user: app\nsetup:\n  - file: {path: /opt/tool, from: /data/trap, owner: root, mode: '0755'}\n  - {run: [/opt/tool], name: tool}",
		expected: refusedAs("tool", `run /opt/tool as uid 0 with no capability: ${notRun("/opt/tool")} ${ofTrap}`),
	},
	"a program that a step makes root's, and whose source is gone by then": {
		shape: "true",
		naive: "install -o root /data/trap /opt/tool; mv /data/trap /data/was; /opt/tool; mv /data/was /data/trap; rm -f /opt/tool",
		config:
			"user: app\nsetup:\n  - file: {path: /opt/tool, from: /data/trap, owner: root, mode: '0755'}\n  - remove: /data/trap\n  - {run: [/opt/tool], name: tool}",
		expected: refusedAs("tool", `run /opt/tool as uid 0 with no capability: ${notRun("/opt/tool")} ${ofTrap}`),
	},
	"a program that a step makes root's as a secret": {
		shape: "true",
		naive: "install -o root /data/trap /opt/tool && /opt/tool; rm -f /opt/tool",
		config:
			"user: app\nsetup:\n  - secret: {path: /opt/tool, from: {file: /data/trap}, owner: root, mode: '0755', on_disk: allow}\n  - {run: [/opt/tool], name: tool}",
		expected: refusedAs("tool", `run /opt/tool as uid 0 with no capability: ${notRun("/opt/tool")} ${ofTrap}`),
	},
	"a secret's file, by a variable, that the loader of root's programs goes by": {
		shape: "true",
		naive: "sh /data/trap",
		env: "TOKEN_FILE=/data/trap",
		config: "user: app\nsetup:\n  - secret: {path: /etc/ld.so.preload, from: {env: TOKEN}, owner: root, on_disk: allow}",
		expected: refused(
			'secret /etc/ld.so.preload from /data/trap mode 0400 owner 0:1000: secret "/etc/ld.so.preload": what the next start believes or runs is not taken from "/data/trap": the workload can write to "/data"',
		),
	},
	"hooks that a step copies": {
		shape: "mkdir /data/hooks; cp /data/trap /data/hooks/a",
		naive: "cp -r /data/hooks /opt/hooks && /opt/hooks/a; rm -rf /opt/hooks",
		config:
			"user: app\nsetup:\n  - copy: {from: /data/hooks, to: /opt/hooks, owner: root}\n  - {hooks: {directory: /opt/hooks, user: root}, name: hooks}",
		expected: refusedAs(
			"hooks",
			`hooks /opt/hooks/* as uid 0 with no capability: ${notRun("/opt/hooks/a")} a step takes it from "/data/hooks/a", and the workload can write to "/data"`,
		),
	},
	"a script that two steps hand on": {
		shape: "mkdir /data/d; cp /data/trap /data/d/a",
		naive: "cp -r /data/d /opt/d; cp /opt/d/a /opt/a; sh /opt/a; rm -rf /opt/d /opt/a",
		config:
			"user: app\nsetup:\n  - copy: {from: /data/d, to: /opt/d, owner: root}\n  - file: {path: /opt/a, from: /opt/d/a, owner: root}\n  - {run: [sh, /opt/a], name: script}",
		expected: refusedAs(
			"script",
			`run sh as uid 0 with no capability: ${notRun("/usr/bin/sh")} it would run "/opt/a", and a step takes it from "/opt/d/a", and a step takes it from "/data/d/a", and the workload can write to "/data"`,
		),
	},
};

describe("rule 9.1: what the workload left is not run with more than it has", () => {
	it.each(Object.entries(attacks))("%s", async (_, attack) => {
		expect(await outcomeOf(attack)).toEqual(attack.expected);
	});
});

/** Here the third user, 1001, is the attacker. */
async function byAnother(prepare: string): Promise<string[]> {
	const { stdout, stderr } = await inHouse(`
		mkdir -p /opt/p; printf '#!/bin/sh\\nexit 0\\n' >/opt/p/tool; chmod 755 /opt /opt/p /opt/p/tool
		${prepare}
		other sh -c 'printf "#!/bin/sh\\ntouch /root/owned\\n" >/opt/p/tool'
		/opt/p/tool || true
		${answer}
		config <<< '{user: app, setup: [{run: [/opt/p/tool]}]}'
		status=0
		/abdicate -- true 2>/tmp/errors || status=$?
		echo "status $status"
		${answer}
		sed -nE 's/^abdicate: error.*: //p' /tmp/errors >&2
	`);
	return [...stdout.trim().split("\n"), ...stderr.trim().split("\n").filter(Boolean)];
}

describe("rule 9.1: a third user's program is not run as root", () => {
	it.each([
		["its own", "chown 1001 /opt/p/tool", 'uid 1001 can write to "/opt/p/tool"'],
		["in its directory", "chown -R 1001 /opt/p", 'uid 1001 can write to "/opt/p"'],
		[
			"its group's",
			"echo staff:x:50:other >>/etc/group; sed -i s/^other:x:1001:1001/other:x:1001:50/ /etc/passwd; chown :1001 /opt/p/tool; echo tools:x:1001:other >>/etc/group; chmod 775 /opt/p/tool",
			'"other", of group 1001, can write to "/opt/p/tool"',
		],
		[
			"its own by an access control list",
			"setfacl -m u:1001:rwx /opt/p/tool",
			'user 1001, by its access control list, can write to "/opt/p/tool"',
		],
		["its group's by a list", "setfacl -m g:1001:rwx /opt/p/tool", 'group 1001, by its access control list, can write to "/opt/p/tool"'],
		["everybody's", "chmod 757 /opt/p/tool", 'the workload can write to "/opt/p/tool"'],
	])("%s", async (_, prepare, message) => {
		expect(await byAnother(prepare)).toEqual(["owned", "status 125", "safe", message]);
	});

	it("but a group that nobody is in opens nothing", async () => {
		const { status, stderr, stdout } = await inHouse(`
			mkdir -p /opt/p; printf '#!/bin/sh\\necho ran\\n' >/opt/p/tool; chmod 2775 /opt/p; chmod 775 /opt/p/tool
			echo staff:x:50: >>/etc/group; chown :50 /opt/p /opt/p/tool
			config <<< '{user: app, setup: [{run: [/opt/p/tool]}]}'
			/abdicate -- true
		`);
		expect([status, stderr, stdout]).toEqual([0, "", "ran\n"]);
	});

	it("nor is one that a list gives to the workload", async () => {
		const { stdout, stderr } = await inHouse(`
			printf '#!/bin/sh\nexit 0\n' >/opt/tool; chmod 755 /opt/tool; setfacl -m u:1000:rwx /opt/tool
			app sh -c 'printf "#!/bin/sh\ntouch /root/owned\n" >/opt/tool'
			config <<< '{user: app, setup: [{run: [/opt/tool]}]}'
			/abdicate -- true || echo "status $?"
			[ -e /root/owned ] || echo safe
			# A careless one asks the mode: root's, group root's, and nobody is in that.
			[ "$(stat -c '%u %g %A' /opt/tool)" = '0 0 -rwxrwxr-x' ] && /opt/tool; ls /root/owned
		`);
		expect(stdout).toBe("status 125\nsafe\n/root/owned\n");
		expect(stderr).toContain('the workload can write to "/opt/tool"');
	});
});
