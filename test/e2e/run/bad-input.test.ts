import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";

interface Case {
	readonly config?: string | object;
	readonly args?: readonly string[];
	readonly more?: Partial<ContainerOptions>;
	readonly status: 125 | 126 | 127;
	readonly code: string;
	/** All of these are in the message. */
	readonly says: readonly string[];
}

/** The marker shows that nothing was changed before the configuration was known to be good. */
const marker = { mkdir: "/tmp/marker" };
const bomb = Array.from(
	{ length: 12 },
	(_, level) => `a${level}: &a${level} [${Array(9).fill(level === 0 ? "x" : `*a${level - 1}`)}]`,
).join("\n");

const cases: Readonly<Record<string, Case>> = {
	"unknown key": {
		config: "user: app\ncapabilties: {}\n",
		status: 125,
		code: "CONFIG_UNKNOWN_KEY",
		says: ['/etc/entrypoint.yaml:2:1 capabilties: unknown key; did you mean "capabilities"?', "    capabilties: {}\n    ^"],
	},
	"a profile that is no path": {
		config: "user: app\nseccomp: default\n",
		status: 125,
		code: "CONFIG_INVALID_VALUE",
		says: ["2:10 seccomp.profile: expected none, docker-default or the path of a profile"],
	},
	"wrong type": {
		config: "user: app\nno_new_privileges: 1\n",
		status: 125,
		code: "CONFIG_INVALID_VALUE",
		says: ["2:20 no_new_privileges: expected true or false"],
	},
	"unknown user": { config: "user: ap\n", status: 125, code: "USER_UNKNOWN", says: ['"ap" is not in /etc/passwd', "useradd"] },
	"a user that would become root when narrowed": {
		config: "user: 4294967296\n",
		status: 125,
		code: "USER_INVALID",
		says: ['"4294967296" is not a user id'],
	},
	"the id that means no change": { config: "user: '4294967295:0'\n", status: 125, code: "USER_INVALID", says: ["4294967295"] },
	"a negative user": { config: "user: -1\n", status: 125, code: "USER_INVALID", says: ["-1"] },
	"a user without a group": { config: "user: 1234\n", status: 125, code: "USER_NO_GROUP", says: ['user: "1234:1234"'] },
	"no user": { config: "workdir: /\n", status: 125, code: "USER_MISSING", says: ["user: root"] },
	"missing file": { args: ["-c", "/nowhere.yaml", "--", "true"], status: 125, code: "CONFIG_NOT_FOUND", says: ["/nowhere.yaml", "ENOENT"] },
	"YAML bomb": { config: bomb, status: 125, code: "CONFIG_TOO_LARGE", says: ["more than 10000 values"] },
	"too large": { config: `user: app\n# ${"x".repeat(300_000)}\n`, status: 125, code: "CONFIG_TOO_LARGE", says: ["256 KiB"] },
	"broken YAML": { config: "user: [app\n", status: 125, code: "CONFIG_SYNTAX", says: ["/etc/entrypoint.yaml:"] },
	"duplicate key": { config: "user: app\nuser: root\n", status: 125, code: "CONFIG_DUPLICATE_KEY", says: ["2:1"] },
	"a NUL in a value": {
		config: 'user: app\nenv: {set: {A: "b\\0c"}}\n',
		status: 125,
		code: "CONFIG_INVALID_VALUE",
		says: ["2:16 env.set.A", "NUL"],
	},
	"a variable that is not set": {
		config: "user: ${WHO}\n",
		status: 125,
		code: "INTERPOLATION_UNSET",
		says: ["1:7 user: the variable WHO is not set"],
	},
	"no command": { config: "user: app\n", args: ["--"], status: 125, code: "COMMAND_MISSING", says: ["command.default"] },
	"command not found": {
		config: { user: "app", setup: [marker] },
		args: ["--", "nothing-like-it"],
		status: 127,
		code: "COMMAND_NOT_FOUND",
		says: ['"nothing-like-it" is not in PATH'],
	},
	"not executable": {
		config: "user: app\n",
		args: ["--", "/etc/passwd"],
		status: 126,
		code: "COMMAND_NOT_EXECUTABLE",
		says: ["EACCES", "chmod +x"],
	},
	"a directory": {
		config: "user: app\n",
		args: ["--", "/etc"],
		status: 126,
		code: "COMMAND_NOT_EXECUTABLE",
		says: ["it is a directory"],
	},
	"missing capability": {
		config: { user: "app", capabilities: { keep: ["SYS_ADMIN"] }, setup: [marker] },
		status: 125,
		code: "CAPABILITY_MISSING",
		says: ["SYS_ADMIN is to be kept but not held", "docker run --cap-add SYS_ADMIN ...", "compose: cap_add: [SYS_ADMIN]"],
	},
	"rule 2.8: a capability that was added to a container of another user": {
		config: { user: "app", capabilities: { keep: ["NET_BIND_SERVICE"] }, setup: [marker] },
		more: { user: "1000:1000", caps: { add: ["NET_BIND_SERVICE"] } },
		status: 125,
		code: "CAPABILITY_MISSING",
		says: [
			"NET_BIND_SERVICE is to be kept but not held",
			"(here uid 1000) holds no capability, whatever is added; start it as root:\n    docker run --user 0 ...",
		],
	},
	"unknown capability": {
		config: { user: "app", capabilities: { keep: ["NET_RAWW"] } },
		status: 125,
		code: "CAPABILITY_UNKNOWN",
		says: ['did you mean "NET_RAW"?'],
	},
	"a command as the first argument": { args: ["redis-server"], status: 125, code: "USAGE", says: ["abdicate -- redis-server"] },
	"an unknown option": { args: ["--usr", "app", "--", "true"], status: 125, code: "USAGE", says: ['did you mean "--user"?'] },
	"a missing capability of a step": {
		config: { user: "app", setup: [{ mount: { type: "tmpfs", target: "/tmp" } }] },
		status: 125,
		code: "CAPABILITY_MISSING",
		says: ["setup[0] mount tmpfs at /tmp", "SYS_ADMIN is not held", "--cap-add SYS_ADMIN"],
	},
};

describe("bad input", () => {
	it.each(Object.entries(cases))("%s", async (_, { config, args = ["--", "true"], more, status, code, says }) => {
		const outcome = await runHouse({ image: busybox, ...(config === undefined ? {} : { config }), args, ...more });
		expect({ status: outcome.status, code: /error\[(\w+)\]/.exec(outcome.stderr)?.[1], stdout: outcome.stdout }).toEqual({
			status,
			code,
			stdout: "",
		});
		for (const words of says) {
			expect(outcome.stderr).toContain(words);
		}
	});

	it("several at once, in the order of the file", async () => {
		const config = "user: app\nsetupp: []\ncapabilities:\n  keep: [NOPE]\nsetup:\n  - own: data\n  - lisen: 80\n";
		const { stderr, status } = await runHouse({ image: busybox, config, args: ["--", "true"] });
		expect({ status, places: [...stderr.matchAll(/error\[(\w+)\] (\S+) (\S+):/g)].map(([, ...found]) => found) }).toEqual({
			status: 125,
			places: [
				["CONFIG_UNKNOWN_KEY", "/etc/entrypoint.yaml:2:1", "setupp"],
				["CAPABILITY_UNKNOWN", "/etc/entrypoint.yaml:4:10", "capabilities.keep[0]"],
				["CONFIG_INVALID_VALUE", "/etc/entrypoint.yaml:6:10", "setup[0].own.path"],
				["CONFIG_UNKNOWN_KEY", "/etc/entrypoint.yaml:7:5", "setup[1].lisen"],
			],
		});
	});

	it("several that only the image shows, each where it is written, and nothing that follows from another", async () => {
		const config = `user: ap
groups: {add: [vidoe]}
setup:
- mkdir: /tmp/marker
- name: the data
  own: {path: /data, owner: reddis}
- chmod: {path: /etc, mode: 0755}
capabilities: {keep: [SYS_TIME]}
`;
		const script = "/abdicate -- nothing-like-it 2>&1; echo $?; ls -d /tmp/marker 2>/dev/null";
		const { stdout } = await runHouse({ image: busybox, entrypoint: "sh", config, args: ["-c", script] });
		expect(stdout).toBe(`abdicate: error[USER_UNKNOWN] /etc/entrypoint.yaml:1:7 user: "ap" is not in /etc/passwd; did you mean "app"?
    user: ap
          ^
  create it in the image (useradd, adduser), or use numbers: user: "1000:1000"
abdicate: error[GROUP_UNKNOWN] /etc/entrypoint.yaml:2:16 groups.add[0]: "vidoe" is not in /etc/group; did you mean "video"?
    groups: {add: [vidoe]}
                   ^
  create it in the image (groupadd, addgroup), or use its number
abdicate: error[USER_UNKNOWN] /etc/entrypoint.yaml:6:29 setup[1].own.owner: "reddis" is not in /etc/passwd; did you mean "redis"?
      own: {path: /data, owner: reddis}
                                ^
  create it in the image (useradd, adduser), or use its number
abdicate: error[CONFIG_INVALID_VALUE] /etc/entrypoint.yaml:7:10 setup[2].chmod: chmod "/etc": the directories of the system keep their modes
    - chmod: {path: /etc, mode: 0755}
             ^
  name what the workload uses
abdicate: error[CAPABILITY_MISSING] /etc/entrypoint.yaml:8:15 capabilities: SYS_TIME is to be kept but not held
    capabilities: {keep: [SYS_TIME]}
                  ^
  docker run --cap-add SYS_TIME ...
  compose: cap_add: [SYS_TIME]
abdicate: error[COMMAND_NOT_FOUND] command: "nothing-like-it" is not in PATH (/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  install it in the image, or write its whole path
abdicate: 6 errors; abdicate explain USER_UNKNOWN says more
125
`);
	});

	it.each([
		["the option in two words", ["--log-format", "json"], {}],
		["the option in one", ["--log-format=json"], {}],
		["the environment", [], { ABDICATE_LOG: "json" }],
	])("is said in JSON where %s asks for it, wherever it is found", async (_, asked, env) => {
		const run = async (args: readonly string[], config = "user: app\n") => {
			const { status, stderr } = await runHouse({ image: busybox, config, env, args });
			return [
				status,
				...stderr
					.trim()
					.split("\n")
					.map((line) => JSON.parse(line).code),
			];
		};
		expect([
			await run([...asked, "--nope", "--", "true"]),
			await run([...asked, "--", "true"], "usr: app\nnice: x\n"),
			await run([...asked, "-u", "ap", "--", "nothing-like-it"]),
			await run([...asked, "--", "/etc/passwd"]),
			await run(["enter", ...asked, "--", "/nowhere"]),
			await run([...asked, "--dry-run", "--", "/nowhere"]),
		]).toEqual([
			[125, "USAGE"],
			[125, "CONFIG_UNKNOWN_KEY", "CONFIG_INVALID_VALUE"],
			[125, "USER_UNKNOWN", "COMMAND_NOT_FOUND"],
			[126, "COMMAND_NOT_EXECUTABLE"],
			[127, "COMMAND_NOT_FOUND"],
			[1, "COMMAND_NOT_FOUND"],
		]);
	});

	it("is said in text whatever the words of the workload are", async () => {
		const { status, stderr } = await runHouse({
			image: busybox,
			config: "user: app\n",
			args: ["--", "/etc/passwd", "--log-format=json"],
		});
		expect([status, stderr.split(" ", 2)]).toEqual([126, ["abdicate:", "error[COMMAND_NOT_EXECUTABLE]"]]);
	});

	it.each([
		["world-writable", 0o666, "others than root can write"],
		["group-writable", 0o664, "others than root can write"],
	])("a %s configuration", async (_, mode, says) => {
		const { status, stderr } = await runHouse({
			image: busybox,
			entrypoint: "sh",
			args: ["-c", `printf 'user: app\\n' >/tmp/c.yaml; chmod ${mode.toString(8)} /tmp/c.yaml; exec /abdicate -c /tmp/c.yaml -- true`],
		});
		expect(status).toBe(125);
		expect(stderr).toContain("error[CONFIG_UNTRUSTED] /tmp/c.yaml");
		expect(stderr).toContain(says);
	});

	it("a configuration of somebody else, or behind a link that somebody else made", async () => {
		const run = (prepare: string) =>
			runHouse({ image: busybox, entrypoint: "sh", args: ["-c", `${prepare}; exec /abdicate -c /tmp/c.yaml -- true`] });
		const owned = await run("printf 'user: app\\n' >/tmp/c.yaml; chown app /tmp/c.yaml");
		expect(owned.stderr).toContain("belongs to uid 1000, not to root");
		const linked = await run("mkdir /tmp/d; printf 'user: app\\n' >/tmp/d/c.yaml; chown app /tmp/d; ln -s d/c.yaml /tmp/c.yaml");
		expect(linked.stderr).toContain('the directory "/tmp/d" belongs to uid 1000');
		expect([owned.status, linked.status]).toEqual([125, 125]);
	});

	it("broken UTF-8", async () => {
		const { status, stderr } = await runHouse({
			image: busybox,
			entrypoint: "sh",
			args: ["-c", "printf 'user: app\\nworkdir: /\\377\\n' >/tmp/c.yaml; exec /abdicate -c /tmp/c.yaml -- true"],
		});
		expect(status).toBe(125);
		expect(stderr).toContain("error[CONFIG_SYNTAX] /tmp/c.yaml:2:11: invalid UTF-8");
	});

	it("a program for another architecture, one without #! and one without its interpreter", async () => {
		const run = (content: string) =>
			runHouse({
				image: busybox,
				entrypoint: "sh",
				args: ["-c", `printf '${content}' >/tmp/p; chmod 755 /tmp/p; exec /abdicate -u app -- /tmp/p`],
			});
		const arm = await run("\\177ELF\\2\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0\\267\\0%090d");
		expect(arm.stderr).toContain("it is built for aarch64; this machine is x86_64");
		const plain = await run("echo hello\\n");
		expect(plain.stderr).toContain("there is no #! line");
		const orphan = await run("#!/no/such/interpreter\\n");
		expect(orphan.stderr).toContain('its interpreter "/no/such/interpreter" does not');
		expect([arm.status, plain.status, orphan.status]).toEqual([126, 126, 126]);
	});

	it("says all capabilities that the steps lack at once, before the first has touched anything", async () => {
		const setup = [
			marker,
			{ mount: { type: "tmpfs", target: "/mnt" } },
			{ listen: { tcp: 80 } },
			{ on_error: "warn", mount: { type: "tmpfs", target: "/srv" } },
		];
		const script = "mkdir -p /mnt /srv; /abdicate -c /etc/entrypoint.yaml -- true; echo $?; ls -d /tmp/marker 2>/dev/null; echo done";
		const flags = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];
		const { stdout, stderr } = await runHouse({
			image: busybox,
			entrypoint: "sh",
			config: { user: "app", setup },
			caps: { drop: ["NET_BIND_SERVICE"] },
			flags,
			args: ["-c", script],
		});
		expect(stdout).toBe("125\ndone\n");
		expect([...stderr.matchAll(/error\[(\w+)\] (setup\[\d\]) .*: (\w+) is not held/g)].map(([, ...found]) => found)).toEqual([
			["CAPABILITY_MISSING", "setup[1]", "SYS_ADMIN"],
			["CAPABILITY_MISSING", "setup[2]", "NET_BIND_SERVICE"],
		]);
	});

	it.each([{}, { setup: [{ run: ["true"] }] }, { capabilities: { keep: ["MKNOD"] } }])(
		"does not ask to mount for walls that an ordinary container has: %j",
		async (more) => {
			const lacking = async (walls: object) => {
				const config = { user: "app", ...more, ...walls };
				const { stderr } = await runHouse({ image: busybox, config, caps: { drop: ["ALL"] }, args: ["--", "true"] });
				return stderr.split("\n").filter((line) => line.startsWith("  docker run --cap-add"));
			};
			const [walled, naive] = [await lacking({ confine: "docker-default" }), await lacking({})];
			expect(naive).toHaveLength(1);
			expect(walled).toEqual(naive);
		},
	);

	it("does not call missing what a start does without", async () => {
		const { stderr } = await runHouse({ image: busybox, config: { user: "app" }, caps: { drop: ["ALL"] }, args: ["--", "true"] });
		const [, flags, spare] = /^ {2}docker run (.*) \.\.\.\n.*\n(?: {2}missing as well: (.*)\n)?/m.exec(stderr) ?? [];
		expect(flags).toBe("--cap-add SETGID --cap-add SETUID --cap-add SETPCAP");
		expect([undefined, "CHOWN to let the user open its standard input, output and error again, without which it starts too"]).toContain(
			spare,
		);
	});

	it("names everything that is missing at once, capabilities that would only show later, a device and a place to write", async () => {
		const setup = [
			{ mkdir: "/srv/app" },
			{ own: "/srv" },
			{ fuse: { target: "/mnt", command: ["sshfs", "{mountpoint}"] } },
			{ mkdir: "/mnt/here-the-mount-will-be" },
		];
		const [flags, args] = [["--read-only"], ["--", "true"]];
		const config = { user: "app", setup };
		const lacking = await runHouse({ image: busybox, config, caps: { drop: ["ALL"] }, flags, args });
		const places = [...lacking.stderr.matchAll(/error\[(\w+)\] (?:\S+ (user)|(capabilities)|(setup\[\d\] \w+)).*?: (.*)/g)];
		expect([lacking.status, places.map(([, code, ...where]) => [code, ...where.filter((each) => each !== undefined)])]).toEqual([
			125,
			[
				["CAPABILITY_MISSING", "user", "changing to uid 1000, gid 1000 needs SETUID and SETGID, not held"],
				["CAPABILITY_MISSING", "capabilities", "taking SETGID,SETUID out of the bounding set needs SETPCAP, not held"],
				["CAPABILITY_MISSING", "setup[0] mkdir", "CHOWN is not held, needed to give /srv/app its owner"],
				["STEP_FAILED", "setup[0] mkdir", '"/srv" cannot be made: the file system is mounted read-only'],
				["CAPABILITY_MISSING", "setup[2] fuse", "SYS_ADMIN is not held, needed to mount at /mnt"],
				["CAPABILITY_MISSING", "setup[2] fuse", "SETUID is not held, needed to run sshfs as uid 1000"],
				["CAPABILITY_MISSING", "setup[2] fuse", "SETGID is not held, needed to run sshfs as uid 1000"],
				["CAPABILITY_MISSING", "setup[2] fuse", "SETUID is not held, needed to try the mount as the user"],
				["CAPABILITY_MISSING", "setup[2] fuse", "SETGID is not held, needed to try the mount as the user"],
				["STEP_FAILED", "setup[2] fuse", "open /dev/fuse: ENOENT: there is no such device in this container"],
				["STEP_FAILED", "setup[2] fuse", '"sshfs" is not in /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
				[
					"STEP_FAILED",
					"setup[2] fuse",
					'open: ENOENT on "/mnt": the mount point does not exist, and "/mnt" cannot be made: the file system is mounted read-only',
				],
				["CAPABILITY_MISSING", "setup[3] mkdir", "CHOWN is not held, needed to give /mnt/here-the-mount-will-be its owner"],
			],
		]);
		expect(lacking.stderr.split("\n").slice(-4)).toEqual([
			"  docker run --device /dev/fuse --cap-add CHOWN --cap-add SETGID --cap-add SETUID --cap-add SETPCAP --cap-add SYS_ADMIN ...",
			"  compose: devices: [/dev/fuse], cap_add: [CHOWN, SETGID, SETUID, SETPCAP, SYS_ADMIN]",
			"abdicate: 13 errors; abdicate explain CAPABILITY_MISSING says more",
			"",
		]);
		const { stderr } = await runHouse({ image: busybox, config, flags, args });
		expect(stderr.split("\n").filter((line) => line.startsWith("abdicate:"))).toEqual([
			'abdicate: error[STEP_FAILED] setup[0] mkdir /srv/app mode 0755 owner 1000:1000: "/srv" cannot be made: the file system is mounted read-only',
			"abdicate: error[CAPABILITY_MISSING] setup[2] fuse sshfs at /mnt: SYS_ADMIN is not held, needed to mount at /mnt",
			"abdicate: error[STEP_FAILED] setup[2] fuse sshfs at /mnt: open /dev/fuse: ENOENT: there is no such device in this container",
			'abdicate: error[STEP_FAILED] setup[2] fuse sshfs at /mnt: "sshfs" is not in /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
			'abdicate: error[STEP_FAILED] setup[2] fuse sshfs at /mnt: open: ENOENT on "/mnt": the mount point does not exist, and "/mnt" cannot be made: the file system is mounted read-only',
			"abdicate: 5 errors; abdicate explain STEP_FAILED says more",
		]);
	});

	it("changes nothing before the configuration is known to be good", async () => {
		const script = "/abdicate -c /etc/entrypoint.yaml -- nothing-like-it 2>/dev/null; ls -d /tmp/marker 2>/dev/null; echo done";
		const { stdout } = await runHouse({
			image: busybox,
			entrypoint: "sh",
			config: { user: "app", setup: [marker] },
			args: ["-c", script],
		});
		expect(stdout).toBe("done\n");
	});
});
