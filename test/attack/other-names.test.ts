import { describe, expect, it } from "vitest";
import { dropInNames } from "../../src/cli/other-names.ts";
import { parseState } from "../e2e/harness/probe.ts";
import { inHouse } from "./harness/house.ts";

/** How each is asked to run a program, `$RUN`, as the workload; the readers run none. `asRoot` asks for root. */
interface Called {
	readonly args: string;
	readonly asRoot?: string;
	/** Where `args` have another program run it. */
	readonly itself?: string;
	/** What it is compared with, by its path. */
	readonly peer?: string;
}

const initArgs = "-- $RUN";
const calls: Readonly<Record<string, Called>> = {
	gosu: { args: "app $RUN", asRoot: "root $RUN", peer: "/usr/sbin/gosu" },
	"su-exec": { args: "app $RUN", asRoot: "root $RUN" },
	tini: { args: initArgs, peer: "/usr/bin/tini" },
	"tini-static": { args: initArgs },
	"docker-init": { args: initArgs },
	"dumb-init": { args: initArgs, peer: "/usr/bin/dumb-init" },
	setpriv: {
		args: "--reuid=app --regid=app --init-groups $RUN",
		asRoot: "--reuid=0 --regid=0 --keep-groups $RUN",
		peer: "/usr/bin/setpriv",
	},
	capsh: {
		args: "--user=app --shell=/usr/bin/env -- $RUN",
		itself: "--user=app --shell=$RUN --",
		asRoot: "--uid=0 --shell=/usr/bin/env -- $RUN",
		peer: "/usr/sbin/capsh",
	},
	getpcaps: { args: "1" },
	pscap: { args: "-a" },
};

const there = dropInNames.filter((name) => name in calls);
const runners = there.filter((name) => calls[name]?.args.includes("$RUN"));
const called = (name: string, run: string) => (calls[name]?.args ?? "").replace("$RUN", run);

/** `$here` has ours under each name; `loose` is a caller who is nobody special, and whom no_new_privs does not stop. */
const prelude = `
	here=/opt/here; mkdir -p $here
	for name in ${there.join(" ")}; do ln -s /abdicate $here/$name; done
	loose() { setpriv --reuid=1001 --regid=1001 --clear-groups "$@"; }
`;
const scene = (script: string) => inHouse(`${prelude}\n${script}`);

it("every name that this program answers to is attacked", () => {
	expect(dropInNames.filter((name) => !(name in calls))).toEqual([]);
	expect(there).toContain("gosu");
});

describe("rule 4.5: a file with privilege of its own", () => {
	const bits = ["chmod u+s", "chmod g+s", "chmod ug+s", "setcap cap_setuid,cap_setgid,cap_dac_override+ep"];

	it.each(bits)("%s: refused under each name, by whomever", async (change) => {
		// Root gets nothing from the capabilities of a file.
		const byRoot = change.startsWith("setcap") ? [] : there;
		const { stdout } = await scene(`
			for name in ${there.join(" ")}; do
				mkdir /opt/$name; cp /abdicate /opt/$name/$name; ${change} /opt/$name/$name
			done
			cp /abdicate /opt/as; ${change} /opt/as
			attack() { local status=0; "$@" >/tmp/out 2>/tmp/err || status=$?; echo "$status $(grep -c . /tmp/out) $(grep -o 'error.SETUID_BINARY.' /tmp/err)"; }
			${there.map((name) => `attack loose /opt/${name}/${name} ${called(name, "id -u")}`).join("\n")}
			${byRoot.map((name) => `attack /opt/${name}/${name} ${called(name, "id -u")}`).join("\n")}
			${there.map((name) => `attack loose /opt/as as ${name} ${called(name, "id -u")}`).join("\n")}
			ln -s /opt/as /opt/gosu-link; attack loose bash -c 'exec -a gosu /opt/gosu-link root id -u'
		`);
		const lines = stdout.trimEnd().split("\n");
		expect(lines).toHaveLength(there.length * 2 + byRoot.length + 1);
		expect(lines.filter((line) => !/^[1-9]\d* 0 error\[SETUID_BINARY\]$/.test(line))).toEqual([]);
	});

	it("control: the set-user-ID setpriv that images have makes root of anybody", async () => {
		const { stdout } = await scene(
			"cp /usr/bin/setpriv /opt/setpriv; chmod u+s /opt/setpriv; loose /opt/setpriv --reuid=0 cat /etc/shadow",
		);
		expect(stdout).toMatch(/^root:the secret of root/);
	});
});

describe("rule 9.1: a configuration and variables that somebody left for this program", () => {
	const hostile = `
		cat >/data/evil.yaml <<< '{user: root, setup: [{mkdir: /root/owned}]}'
		config <<< '{user: root, setup: [{mkdir: /root/owned}]}'
		export ABDICATE_CONFIG=/etc/entrypoint.yaml ABDICATE_LOG=json ABDICATE_USER=root LD_PRELOAD=/data/evil.so NODE_OPTIONS=--require=/data/evil.js
	`;

	it.each(runners)("%s does as without them, and hands the variables on", async (name) => {
		const line = `$here/${name} ${called(name, "/usr/bin/env")} | grep -v '^_='`;
		const { stdout } = await scene(`${line} | sort >/tmp/plain; ${hostile} ${line} 2>/tmp/errors | sort >/tmp/found
			comm -13 /tmp/plain /tmp/found; [ -e /root/owned ] && echo owned; grep -v '^ERROR: ld.so' /tmp/errors`);
		expect(stdout.trimEnd().split("\n")).toEqual([
			"ABDICATE_CONFIG=/etc/entrypoint.yaml",
			"ABDICATE_LOG=json",
			"ABDICATE_USER=root",
			"LD_PRELOAD=/data/evil.so",
			"NODE_OPTIONS=--require=/data/evil.js",
		]);
	});

	it("control: under its own name this program goes by them", async () => {
		const { stdout } = await scene(`${hostile} unset LD_PRELOAD; /abdicate -- true; [ -e /root/owned ] && echo owned`);
		expect(stdout).toBe("owned\n");
	});
});

describe("rule 3.2: what it is called by", () => {
	const odd = [
		"''",
		"/",
		"gosu/",
		"gosu/x",
		"'gosu '",
		"$'gosu\\n'",
		"$'\\xff\\xfe'",
		"$'gosu\\x01'",
		"-gosu",
		"GOSU",
		"g\u00f6su",
		"gosu.exe",
		"$(printf %4000s | tr ' ' a)",
	];

	it.each(odd)("by %s it is itself, and runs no command of another", async (name) => {
		const { stdout, stderr } = await scene(`(exec -a ${name} /abdicate root id -u) || echo "status $?"`);
		expect([stdout, /error\[\w+\]/.exec(stderr)?.[0]]).toEqual(["status 125\n", "error[USAGE]"]);
	});

	it.each(["/gosu", "//x//gosu", "../gosu", "$'\\xff/gosu'", "/nowhere/gosu"])("by %s it is gosu, whatever lies there", async (name) => {
		const { stdout } = await scene(`mkdir -p x; (exec -a ${name} /abdicate app id -u)`);
		expect(stdout).toBe("1000\n");
	});
});

describe("rule 9.1: a PATH that leads to what the workload left", () => {
	const trap = `
		mkdir /data/bin; printf '#!/bin/sh\\n[ -w /root ] && touch /root/owned\\n/usr/bin/id -u\\n' >/data/bin/trap; chmod 755 /data/bin/trap
		for name in server sh bash env id getent passwd nscd ldconfig; do cp /data/bin/trap /data/bin/$name; done
		chown -R 1000:1000 /data
		with_path() { PATH=/data/bin:.::$PATH "$@"; }
	`;
	const changing = runners.filter((name) => calls[name]?.asRoot !== undefined);

	it.each(changing)("%s runs nothing of it but the command, as the user", async (name) => {
		const { stdout } = await scene(
			`${trap} with_path $here/${name} ${called(name, "server")}; [ -e /root/owned ] && echo owned || echo safe`,
		);
		expect(stdout).toBe("1000\nsafe\n");
	});

	it("control: a script that asks who its user is runs it as root", async () => {
		const { stdout } = await scene(
			`${trap} with_path /bin/sh -c 'id -u app; exec setpriv --reuid=1000 --clear-groups --regid=1000 true' >/dev/null; [ -e /root/owned ] && echo owned`,
		);
		expect(stdout).toBe("owned\n");
	});

	it.each(runners)("%s gives no script without an interpreter to a shell", async (name) => {
		const { stdout, stderr } = await scene(`
			echo 'touch /data/ran' >/data/bare; chmod 755 /data /data/bare; chown -R 1000:1000 /data
			$here/${name} ${(calls[name]?.itself ?? calls[name]?.args ?? "").replace("$RUN", "/data/bare")} || echo "failed"; [ -e /data/ran ] && echo ran`);
		expect([stdout, stderr]).toEqual(["failed\n", expect.stringMatching(/COMMAND_NOT_EXECUTABLE/)]);
	});
});

describe("rule 3.3: account files that somebody else has written", () => {
	const takesNames = runners.filter((name) => called(name, "").includes("app"));
	/** As with that of util-linux, `setpriv --reuid=toor` is meant. */
	const secondRoot = "a second root by that name";
	const files: readonly (readonly [what: string, make: string])[] = [
		[secondRoot, "printf 'root:x:0:0::/root:\\napp:x:0:0::/:\\n' >/etc/passwd"],
		["a uid that wraps to root", "printf 'app:x:4294967296:1000::/:\\n' >/etc/passwd"],
		["a uid that is no change to the kernel", "printf 'app:x:4294967295:1000::/:\\n' >/etc/passwd"],
		["a gid that is none", "printf 'app:x:1000:oops::/:\\n' >/etc/passwd"],
		["no number", "printf 'app:x:oops:1000::/:\\n' >/etc/passwd"],
		["an empty number", "printf 'app:x::1000::/:\\n' >/etc/passwd"],
		["a NUL", "printf 'app:x:1000:1000::/h\\0me:\\n' >/etc/passwd"],
		["a pipe that never ends", "rm /etc/passwd; mkfifo /etc/passwd"],
		["a directory", "rm /etc/passwd; mkdir /etc/passwd"],
		["a device", "rm /etc/passwd; mknod /etc/passwd c 1 5"],
		["a line without an end", "head -c 12000000 /dev/zero | tr '\\0' a >/etc/passwd"],
	];

	it.each(
		takesNames
			.flatMap((name) => files.map(([what, make]) => ({ name, what, make })))
			.filter(({ name, what }) => name !== "setpriv" || what !== secondRoot),
	)("$name: $what is refused", async ({ name, make }) => {
		const { stdout, stderr } = await scene(
			`${make}\nstatus=0; timeout 10 $here/${name} ${called(name, "/probe")} >/tmp/out || status=$?; wc -c </tmp/out; [ $status != 0 ] && [ $status != 124 ] && echo failed`,
		);
		expect([stdout, /error\[\w+\]/.test(stderr)]).toEqual(["0\nfailed\n", true]);
	});

	it("control: a careless reader makes root of a user whose uid is no number", async () => {
		const { stdout } = await scene(`printf 'app:x:oops:1000::/:\\n' >/etc/passwd
			uid=$(awk -F: '$1 == "app" { print int($3) }' /etc/passwd); setpriv --reuid=$uid --clear-groups --regid=1000 id -u`);
		expect(stdout).toBe("0\n");
	});
});

describe("rule 9.6: what is open", () => {
	const withPeer = runners.filter((name) => calls[name]?.peer !== undefined);
	const open = "exec 3</etc/shadow 7<>/data/file 9</root 200>/dev/null; ";
	const listed = (text: string) => parseState(text).fds.map(({ fd, type, access, target }) => ({ fd, type, access, target }));

	it.each(withPeer)("%s hands on what it was given, as what it replaces does, and nothing of its own", async (name) => {
		const run = (program: string) => scene(`touch /data/file; ${open} ${program} ${called(name, "/probe")} </dev/null 2>/dev/null`);
		const [ours, theirs] = await Promise.all([run(`$here/${name}`), run(calls[name]?.peer ?? "")]);
		const plain = (text: string) => listed(text).filter(({ fd }) => fd > 2);
		expect(plain(ours.stdout)).toEqual(plain(theirs.stdout));
		expect(plain(ours.stdout).map(({ fd }) => fd)).toEqual([3, 7, 9, 200]);
	});
});

describe("rule 2.4: a drop-in gives nobody more than there was", () => {
	/** How it is started. */
	const starts: Readonly<Record<string, string>> = {
		user: "setpriv --reuid=1000 --regid=1000 --clear-groups",
		"user of nothing": "app",
		"user with one":
			"setpriv --reuid=1000 --regid=1000 --clear-groups --bounding-set=-all,+net_raw,+chown --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw",
		"root of nothing": "setpriv --bounding-set=-all --inh-caps=-all",
		"root that may change ids": "setpriv --bounding-set=-all,+setuid,+setgid --inh-caps=-all",
		"root that is not special": "setpriv --securebits=+noroot,+noroot_locked --inh-caps=-all",
		"root with no_new_privs": "setpriv --no-new-privs --bounding-set=-all,+setuid,+setgid,+setpcap --inh-caps=-all",
	};
	const asking = (name: string) =>
		[calls[name]?.args, calls[name]?.asRoot].filter((args) => args !== undefined).map((args) => args.replace("$RUN", "/probe"));
	const more: Readonly<Record<string, readonly string[]>> = {
		setpriv: [
			"--inh-caps=+all --ambient-caps=+all --bounding-set=+all /probe",
			"--securebits=-noroot --reuid=0 --regid=0 --clear-groups /probe",
		],
		capsh: [
			"--caps=all=eip --shell=/probe --",
			"--inh=all --addamb=all --shell=/probe --",
			"--secbits=0 --shell=/probe --",
			"--uid=0 --mode=HYBRID --shell=/probe --",
		],
	};
	const attempts = runners.flatMap((name) => [...asking(name), ...(more[name] ?? [])].map((args) => `$here/${name} ${args}`));

	it.each(Object.entries(starts))("started as a %s", async (_, start) => {
		const { stdout } = await scene(`export here
			${start} /probe
			${attempts.map((attempt) => `echo '${attempt}'; ${start} ${attempt} 2>/dev/null </dev/null || true`).join("\n")}`);
		const [before = "", ...lines] = stdout.trimEnd().split("\n");
		const was = parseState(before);
		const set = (hex: string) => BigInt(`0x${hex}`);
		const mayBe = new Set([...was.resuid]);
		let ran = 0;
		for (const [index, line] of lines.entries()) {
			if (!line.startsWith("{")) {
				continue;
			}
			ran++;
			const is = parseState(line);
			const all = {
				permitted: set(was.caps.permitted),
				bounding: set(was.caps.bounding),
				effective: set(was.caps.permitted),
				ambient: set(was.caps.permitted),
				inheritable: set(was.caps.inheritable) | set(was.caps.permitted),
			};
			const gained = Object.entries(all).filter(([name, most]) => (set(is.caps[name as keyof typeof all]) & ~most) !== 0n);
			const hasSetuid = ((set(was.caps.effective) >> 7n) & 1n) === 1n;
			const others = is.resuid.filter((uid) => !mayBe.has(uid));
			expect({
				attempt: lines[index - 1],
				gained,
				others: hasSetuid ? [] : others,
				nnp: is.noNewPrivs >= was.noNewPrivs,
				locks: is.securebits & was.securebits & 0xaaa,
			}).toEqual({
				attempt: lines[index - 1],
				gained: [],
				others: [],
				nnp: true,
				locks: was.securebits & 0xaaa,
			});
		}
		// Each is tried, whether it is refused or not.
		expect(lines.length - ran).toBe(attempts.length);
	});

	it("control: a program with set-user-ID does", async () => {
		const { stdout } = await scene(
			"cp /usr/bin/setpriv /opt/setpriv; chmod u+s /opt/setpriv; setpriv --reuid=1000 --regid=1000 --clear-groups /opt/setpriv --reuid=0 /probe",
		);
		expect(parseState(stdout).resuid).toEqual([0, 0, 0]);
	});
});
