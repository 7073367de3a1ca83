import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { check } from "../../../src/tools/check/check.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { schemaErrors } from "../../harness/json-schema.ts";

const elf = "\x7fELF\x02\x01\x01".padEnd(16, "\0").concat("\x03\0\x3e\0").padEnd(64, "\0");

/** Whether something is to be mended, and what is printed. */
async function checked(config: string, image = false, environment: readonly string[] = [], format = "text"): Promise<[boolean, string]> {
	const printed: string[] = [];
	const write = (_fd: number, text: string) => printed.push(text);
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/c.yaml": config,
			"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/group": "root:x:0:\napp:x:1000:\n",
			"/proc/self/exe": { mode: 0o755 },
			"/bin/tool": { kind: "file", mode: 0o755, content: elf },
			"/there": "",
			"/bin/crlf": { kind: "file", mode: 0o755, content: "#!/bin/tool\r\necho\r\n" },
		},
		environment: ["PATH=/bin", ...environment],
		overrides: { parseYaml, write },
	});
	const isToMend = await check(host, "/etc/c.yaml", { format, image, imageUser: undefined, version: "1" });
	return [isToMend, printed.join("")];
}

const remedy = "  here it need not be set; a start wants it: docker run --env, or a value of its own here: ${NAME:-value}\n";
const note = (place: string, line: string, caret: string, message = "the variable X is not set") =>
	`abdicate: note[INTERPOLATION_UNSET] /etc/c.yaml:${place}: ${message}\n    ${line}\n    ${caret}\n${remedy}`;

const noUser =
	"abdicate: note[USER_MISSING] /etc/c.yaml: no user is configured\n  user: app in the configuration file, or --user app of each start\n";

describe("check where the variables of a start are not there", () => {
	it.each([
		["user: ${X}", note("1:7 user", "user: ${X}", "      ^")],
		[
			"limits: {nofile: '${X:?how many}'}",
			note("1:18 limits.nofile", "limits: {nofile: '${X:?how many}'}", "                 ^", "how many") + noUser,
		],
		["env: {set: {A: '${X}'}}", note("1:16 env.set.A", "env: {set: {A: '${X}'}}", "               ^") + noUser],
		["setup: [{own: '${X}'}]", note("1:15 setup[0].own", "setup: [{own: '${X}'}]", "              ^") + noUser],
		["setup: [{when: {env: X}, own: '${X}'}]", noUser],
		["setup: '${X}'", note("1:8 setup", "setup: '${X}'", "       ^") + noUser],
		["user: app", ""],
	])("has nothing to mend in %s", async (config, expected) => {
		expect(await checked(config)).toEqual([false, expected]);
	});

	it("says so once where it looks at the image as well", async () => {
		expect(await checked("user: ${X}", true)).toEqual([false, note("1:7 user", "user: ${X}", "      ^")]);
		expect(await checked("user: app\nsetup: [{own: '${X}'}]", true)).toEqual([
			false,
			note("2:15 setup[0].own", "setup: [{own: '${X}'}]", "              ^"),
		]);
	});

	it("finds what else there is", async () => {
		const [isToMend, text] = await checked("user: ${X}\nsetup: [{own: [/srv, '${X}']}, {own: /srv}]\nno_new_privileges: false\n");
		expect([isToMend, text.match(/\w+\[\w+\] \S+(?= )/g)]).toEqual([
			true,
			[
				"note[INTERPOLATION_UNSET] /etc/c.yaml:1:7",
				"note[INTERPOLATION_UNSET] /etc/c.yaml:2:22",
				"warning[LINT_HUGE_TREE] /etc/c.yaml:2:38",
				"warning[LINT_NEW_PRIVILEGES] /etc/c.yaml:3:20",
			],
		]);
	});

	it("has to have mended what is written wrongly", async () => {
		const [isToMend, text] = await checked("user: ${X\nnice: 99\nhome: '${X}'\n");
		expect([isToMend, text.match(/\w+\[\w+\] \S+(?= )/g)]).toEqual([
			true,
			["error[INTERPOLATION_SYNTAX] /etc/c.yaml:1:7", "error[CONFIG_INVALID_VALUE] /etc/c.yaml:2:7"],
		]);
	});
});

/** The codes and places of errors, as the text has them. */
async function errorsIn(config: string, image = false, environment: readonly string[] = []): Promise<readonly string[]> {
	const [, text] = await checked(config, image, environment);
	return [...text.matchAll(/error\[(\w+)\] \/etc\/c\.yaml:([^:]*:\S+ \S+):/g)].map(([, code, place]) => `${code} ${place}`);
}

const ofStep = (step: string) => `user: app\nsetup: [{${step}}]`;

describe("check of a file alone finds what a start refuses because of the file", () => {
	it("whether a variable that a step takes is set here or not", async () => {
		const file = ofStep("secret: {path: /x, from: {env: A}}, on_error: warn");
		const expected = ["CONFIG_CONFLICT 2:18 setup[0].secret"];
		expect([await errorsIn(file), await errorsIn(file, false, ["A=b"])]).toEqual([expected, expected]);
	});

	it.each([
		["user: ${@user.name}", ["INTERPOLATION_SYNTAX 1:7 user"]],
		["user: 'a:b:c'", ["USER_INVALID 1:7 user"]],
		["user: app\ngroups: {add: [root]}", ["CONFIG_CONFLICT 2:16 groups.add[0]"]],
		["user: app\nfds: inherit\nsetup: [{listen: {tcp: 80, name: web}}]", ["CONFIG_CONFLICT 2:6 fds"]],
		["user: app\napparmor: demo\nselinux: demo_t", ["CONFIG_CONFLICT 3:10 selinux"]],
		["user: app\nno_new_privileges: false\nseccomp: docker-default", ["CONFIG_CONFLICT 3:10 seccomp"]],
		["user: app\nno_new_privileges: false\nlandlock: {read: /etc}", ["CONFIG_CONFLICT 3:11 landlock"]],
		["user: app\nno_new_privileges: false\ncapabilities: {keep: [SYS_ADMIN]}\nlandlock: {read: /there}", []],
		["user: app\napparmor: demo\nselinux: none", []],
		[ofStep("listen: {tcp: 80, name: web}, on_error: warn"), ["CONFIG_CONFLICT 2:18 setup[0].listen"]],
		[ofStep("secret: {path: /x, from: {file: /a}}, on_error: warn"), []],
		[ofStep("file: {path: /x}"), ["CONFIG_MISSING_KEY 2:16 setup[0].file"]],
		[ofStep("file: {path: /x, content: a, from: /b}"), ["CONFIG_CONFLICT 2:16 setup[0].file"]],
		[ofStep("file: {path: /x, content: a, vars: FOO}"), ["CONFIG_CONFLICT 2:16 setup[0].file"]],
		[ofStep("file: {path: /x/, from_env: PATH}"), ["CONFIG_INVALID_VALUE 2:16 setup[0].file"]],
		[ofStep("file: {path: /x, append_line: ''}"), ["CONFIG_INVALID_VALUE 2:16 setup[0].file"]],
		[ofStep("file: {path: /x, content: a, mode: 4755}"), ["CONFIG_INVALID_VALUE 2:16 setup[0].file"]],
		[ofStep("secret: {path: /x, from: {env: A, file: /b}}"), ["CONFIG_CONFLICT 2:18 setup[0].secret"]],
		[ofStep("own: {path: /data, owner: 'app:app'}"), ["USER_INVALID 2:36 setup[0].own.owner"]],
		[ofStep("own: {path: /data, owner: keep, group: login}"), ["USER_NO_GROUP 2:49 setup[0].own.group"]],
		[ofStep("own: /usr"), ["CONFIG_INVALID_VALUE 2:15 setup[0].own"]],
		[ofStep("when: {env: NEVER}, own: /usr"), ["CONFIG_INVALID_VALUE 2:35 setup[0].own"]],
		[ofStep("own: {path: /d, policy: unusable, owner: root}"), ["CONFIG_CONFLICT 2:15 setup[0].own"]],
		[ofStep("own: {path: /d, modes: {files: 4755}}"), ["CONFIG_INVALID_VALUE 2:15 setup[0].own"]],
		[ofStep("chmod: {path: /d}"), ["CONFIG_MISSING_KEY 2:17 setup[0].chmod"]],
		[ofStep("chmod: {path: /etc, mode: 755}"), ["CONFIG_INVALID_VALUE 2:17 setup[0].chmod"]],
		[ofStep("remove: /etc"), ["CONFIG_INVALID_VALUE 2:18 setup[0].remove"]],
		[ofStep("mkdir: {path: /d, parents_mode: 2755}"), ["CONFIG_INVALID_VALUE 2:17 setup[0].mkdir"]],
		[ofStep("copy: {from: /a, to: /a/b}"), ["CONFIG_CONFLICT 2:16 setup[0].copy"]],
		[ofStep("run: {command: [a], ready: {tcp: 'h:1'}}"), ["CONFIG_CONFLICT 2:15 setup[0].run"]],
		[ofStep("run: {command: [a], user: 'a:b:c', ready: {tcp: 'h:1'}}"), ["CONFIG_CONFLICT 2:15 setup[0].run"]],
		[ofStep("hooks: {directory: /d, user: 'a:b:c'}"), ["USER_INVALID 2:39 setup[0].hooks.user"]],
		[ofStep("fuse: {target: /t, command: [a, '{mountpoint}'], options: 'fd=3'}"), ["CONFIG_INVALID_VALUE 2:16 setup[0].fuse"]],
		[ofStep("mount: {type: bind, source: /a, target: /b, options: subvol=1}"), ["CONFIG_INVALID_VALUE 2:17 setup[0].mount"]],
		[ofStep("mount: {type: overlay, target: /b, options: [lowerdir=/a]}"), ["CONFIG_INVALID_VALUE 2:17 setup[0].mount"]],
		[ofStep("mount: {type: nfs, source: x, target: /b}"), ["CONFIG_INVALID_VALUE 2:17 setup[0].mount"]],
		[ofStep("sysctl: {fs.binfmt_misc.register: x}"), ["CONFIG_INVALID_VALUE 2:18 setup[0].sysctl"]],
		[ofStep("require: {sysctl: {fs.binfmt_misc.register: x}}"), ["CONFIG_INVALID_VALUE 2:19 setup[0].require"]],
	])("%s", async (config, expected) => {
		expect([await errorsIn(config), await errorsIn(config, true)]).toEqual([expected, expected]);
	});

	it.each([
		"user: nobody-here:neither\ngroups: {add: [wheel], from_path: /x}",
		ofStep("own: {path: /d, owner: other, group: others}"),
		"user: '1000'\nsetup: [{own: {path: /d, policy: unusable, owner: app}}]",
		ofStep("own: ./"),
		ofStep("file: {path: ./x, from_env: MISSING}"),
		ofStep("secret: {path: /run/x, from: {env: MISSING}}"),
		ofStep("run: {command: [nothing], user: other, capabilities: [SYS_ADMIN]}"),
		ofStep("fuse: {target: /t, command: [a, '{mountpoint}'], user: root}"),
		ofStep("require: {env: MISSING, device: /dev/x}"),
		ofStep("ca_certificates: {bundle: /b, extra: {env: MISSING}}"),
		"user: root\nsetup: [{own: {path: /d, owner: app, policy: mismatched}}]",
		"nice: 1",
	])("and nothing of what only the image knows: %s", async (config) => {
		expect(await errorsIn(config)).toEqual([]);
	});
});

describe("check in the image, of a label", () => {
	it.each([
		["apparmor: demo", "apparmor", "AppArmor"],
		["selinux: demo_t", "selinux", "SELinux"],
	])("notes that a start on this machine would be refused: %s", async (config, key, module) => {
		const [isToMend, text] = await checked(`user: app\n${config}`, true);
		expect([isToMend, text.split("\n")[0]]).toEqual([
			false,
			`abdicate: note[LINT_LABEL_KERNEL] /etc/c.yaml:2:${key.length + 3} ${key}: a start on this machine is refused: ${module} is not active in this kernel`,
		]);
		expect(await checked(`user: app\n${config}`)).toEqual([false, ""]);
	});
});

describe("check in the image, of what steps ask for", () => {
	const found = async (...steps: object[]) => {
		const [isToMend, text] = await checked(`user: app\nsetup: ${JSON.stringify(steps)}`, true);
		return [isToMend, ...(text.match(/\w+\[LINT_MISSING_\w+\] .*/g) ?? []).map((each) => each.replace(/ \S+ (?=setup)/, " "))];
	};
	const program = "LINT_MISSING_PROGRAM";
	const source = "LINT_MISSING_SOURCE";
	const absent = "and no step before makes it";

	it("names a program that is not there", async () => {
		expect([
			await found({ run: ["nosuchprog"] }),
			await found({ run: ["/opt/none", "x"] }),
			await found({ run: ["tool"] }),
			await found({ run: ["nosuchprog"], on_error: "warn" }),
			await found({ run: ["nosuchprog"], when: { exists: "/bin/nosuchprog" } }),
			await found({ run: ["nosuchprog"], when: { exists: "/there" } }),
			await found({ run: { command: ["nosuchprog"], creates: "/there" } }),
			await found({ file: { path: "/bin/nosuchprog", content: "x", mode: "0755" } }, { run: ["nosuchprog"] }),
			await found({ run: ["tool"] }, { run: ["nosuchprog"] }),
			await found({ fuse: { target: "/mnt", command: ["nosuchfs", "{mountpoint}"] } }),
		]).toEqual([
			[true, `error[${program}] setup[0].run: no program is at "/bin/nosuchprog", ${absent}`],
			[true, `error[${program}] setup[0].run: no program is at "/opt/none", ${absent}`],
			[false],
			[false, `note[${source}] setup[0].run: no program is at "/bin/nosuchprog", ${absent}`],
			[false],
			[true, `error[${program}] setup[0].run: no program is at "/bin/nosuchprog", ${absent}`],
			[false],
			[false],
			[false],
			[
				true,
				`error[${program}] setup[0].fuse: no program is at "/bin/nosuchfs", ${absent}`,
				`note[${source}] setup[0].fuse: open: ENOENT on "/mnt": the mount point does not exist`,
			],
		]);
	});

	it("notes what a volume may bring, and nothing that a step before makes", async () => {
		expect([
			await found({ file: { path: "/x", template: "/t", vars: ["PATH"] } }),
			await found({ file: { path: "/x", from: "/t" } }),
			await found({ copy: { from: "/seed", to: "/x" } }),
			await found({ secret: { from: { file: "/t" }, path: "/x" } }),
			await found({ own: ["/data", "/there", "/pattern/*"] }),
			await found({ chmod: { path: "/data", mode: "0700" } }),
			await found({ mkdir: "/data" }, { own: "/data" }, { copy: { from: "/there", to: "/x/y" } }, { file: { path: "/z", from: "/x/y" } }),
			await found({ own: { path: "/data", policy: "off" } }),
			await found({ own: "/data", when: { exists: "/data" } }),
		]).toEqual([
			[false, `note[${source}] setup[0].file: "/t" does not exist, ${absent}`],
			[false, `note[${source}] setup[0].file: "/t" does not exist, ${absent}`],
			[false, `note[${source}] setup[0].copy: "/seed" does not exist, ${absent}`],
			[false, `note[${source}] setup[0].secret: "/t" does not exist, ${absent}`],
			[false, `note[${source}] setup[0].own: "/data" does not exist, ${absent}`],
			[false, `note[${source}] setup[0].chmod: "/data" does not exist, ${absent}`],
			[false, `note[${source}] setup[2].copy: open: ENOENT on "/x": it does not exist`],
			[false],
			[false],
		]);
	});
});

describe("check of an image with many mistakes", () => {
	const config = `user: ap
groups: {add: [vidio]}
workdir: /nowhere
command: {default: [server, --port, "80"]}
capabilities: {keep: [NET_BIND_SERVICE]}
setup:
  - own: {path: /there, owner: reddis}
  - file: {path: /etc/app/conf.d/x.conf, content: x}
  - listen: {tcp: 80}
  - listen: {tcp: "127.0.0.1:80", name: again}
  - {run: {command: [nosuchprog], user: nobody}, name: first}
`;

	const places = (text: string) => text.match(/\w+\[\w+\] \/etc\/c.yaml:[\w:]+ [\w.[\]]+/g);

	it("tells all of it at once, each where it is written", async () => {
		const [isToMend, text] = await checked(config, true);
		expect([isToMend, places(text)]).toEqual([
			true,
			[
				"error[USER_UNKNOWN] /etc/c.yaml:1:7 user",
				"error[GROUP_UNKNOWN] /etc/c.yaml:2:16 groups.add[0]",
				"error[COMMAND_NOT_FOUND] /etc/c.yaml:4:20 command.default",
				"error[USER_UNKNOWN] /etc/c.yaml:7:32 setup[0].own.owner",
				"error[USER_UNKNOWN] /etc/c.yaml:11:41 setup[4].run.user",
				"error[LINT_WORKDIR] /etc/c.yaml:3:10 workdir",
				"warning[LINT_PORT_KEPT] /etc/c.yaml:5:23 capabilities.keep[0]",
				"note[LINT_MISSING_SOURCE] /etc/c.yaml:8:11 setup[1].file",
				"error[LINT_PORT_TWICE] /etc/c.yaml:10:13 setup[3].listen",
			],
		]);
	});

	it("tells what of a step's program is no use", async () => {
		const [isToMend, text] = await checked("user: ap\nworkdir: /there\nsetup:\n  - run: {command: [crlf, now], user: root}\n", true);
		expect(isToMend).toBe(true);
		expect(places(text)).toContain("error[LINT_STEP_OBSTACLE] /etc/c.yaml:4:10 setup[0].run");
		expect(text).toContain("the #! line ends in a carriage return");
	});
});

describe("check --format json", () => {
	it.each<[string, string, boolean]>([
		["of nothing", "user: app\n", false],
		["of an image with mistakes", "user: ap\nworkdir: /nowhere\nsetup: [{own: '${X}'}, {own: {path: /there, owner: x}}]\n", true],
		["of a file with mistakes", "users: app\ncapabilities: {keep: [SYS_ADMIN, NONE]}\n", false],
		["of what is no YAML", "user: [\n", false],
		["of a rule", "user: app\ncapabilities: {keep: [SYS_ADMIN]}\nno_new_privileges: false\n", true],
	])("%s has the form that is published", async (_, config, image) => {
		const value: unknown = JSON.parse((await checked(config, image, [], "json"))[1]);
		expect(schemaErrors("check", value)).toEqual([]);
	});

	it("has a form that takes no other", () => {
		const finding = { code: "X", severity: "error", message: "m", remedy: [], file: "f", key: "" };
		expect(schemaErrors("check", [finding])).toEqual([]);
		for (const wrong of [{ severity: "info" }, { line: 1 }, { column: 0, line: 1 }, { text: "x" }, { code: "x" }]) {
			expect(schemaErrors("check", [{ ...finding, ...wrong }])).not.toEqual([]);
		}
	});
});
