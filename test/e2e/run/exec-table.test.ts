import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { told } from "../../harness/told.ts";
import { busybox, debian } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";

const files = volume("true");
const path = (name: string) => join(files, name);

function put(name: string, content: string | Buffer, mode = 0o755): void {
	writeFileSync(path(name), content);
	chmodSync(path(name), mode);
}

interface Elf {
	readonly machine?: number;
	readonly type?: number;
	readonly loader?: string;
	readonly isNarrow?: boolean;
}

/** The headers of a program, and the name of its loader behind them. elf(5) */
function elf({ machine = 62, type = 3, loader = "", isNarrow = false }: Elf): Buffer {
	const bytes = Buffer.alloc(512);
	const [table, size] = isNarrow ? [52, 32] : [64, 56];
	bytes.write("\x7fELF", 0, "latin1");
	bytes.set([isNarrow ? 1 : 2, 1, 1], 4);
	bytes.writeUInt16LE(type, 16);
	bytes.writeUInt16LE(machine, 18);
	bytes.writeUInt32LE(1, 20);
	bytes.writeUInt32LE(table, isNarrow ? 28 : 32);
	bytes.writeUInt16LE(table, isNarrow ? 40 : 52);
	bytes.writeUInt16LE(size, isNarrow ? 42 : 54);
	bytes.writeUInt16LE(loader === "" ? 0 : 1, isNarrow ? 44 : 56);
	bytes.writeUInt32LE(3, table);
	bytes.writeUInt32LE(200, table + (isNarrow ? 4 : 8));
	bytes.writeUInt32LE(loader.length + 1, table + (isNarrow ? 16 : 32));
	bytes.write(loader, 200);
	return bytes;
}

put("crlf", "#!/bin/sh\r\necho hello\r\n");
put("mark", "\ufeff#!/bin/sh\necho hello\n");
put("utf16", Buffer.from("\ufeff#!/bin/sh\necho hello\n", "utf16le"));
put("late", "\n#!/bin/sh\necho hello\n");
put("none", "echo hello\n");
put("nobody", "#!\necho hello\n");
put("long", `#!/${"x".repeat(300)}\n`);
put("lost", "#!/no/interpreter -x\n");
put("relative", "#!sh\n");
put("empty", "");
put("arm", elf({ machine: 183 }));
put("object", elf({ type: 1 }));
put("damaged", elf({}));
put("cut", elf({}).subarray(0, 20));
put("windows", "MZ\x90\0");
put("archive", Buffer.from([0x1f, 0x8b, 8, 0]));
put("musl", elf({ loader: "/lib/ld-musl-x86_64.so.1" }));
put("glibc", elf({ loader: "/lib64/ld-linux-x86-64.so.2" }));
put("narrow", elf({ loader: "/lib/ld-linux.so.2", machine: 3, isNarrow: true }));
put("shut-loader", elf({ loader: "/files/plain" }));
put("bad-loader", elf({ loader: "/files/none" }));
put("plain", "echo hello\n", 0o644);
put("of-tmpfs", "#!/tmpfs/x\n");
put("roots", "#!/bin/sh\n", 0o700);
put("shut", "#!/files/roots\n");
put("unset", "#!/files/plain\n");
put("of-crlf", "#!/files/crlf\n");
put("of-arm", "#!/files/arm\n");
put("script-1", "#!/bin/sh\necho five\n");
for (const depth of [2, 3, 4, 5, 6, 7]) {
	put(`script-${depth}`, `#!/files/script-${depth - 1}\n`);
}
mkdirSync(path("directory"));
mkdirSync(path("closed"), { mode: 0o700 });
put("closed/program", "#!/bin/sh\n");
symlinkSync("closed/program", path("link-in"));
symlinkSync("loop", path("loop"));

function start(command: string | readonly string[], more: Partial<ContainerOptions> & { readonly config?: object } = {}) {
	const { config = {}, ...options } = more;
	return runHouse({
		image: busybox,
		config: { user: "app", ...config },
		args: ["--", ...[command].flat()],
		volumes: [`${files}:/files`],
		...options,
	});
}

const notExecutable = (text: string, ...remedy: readonly string[]) =>
	`${[`abdicate: error[COMMAND_NOT_EXECUTABLE] command: execve ${text}`, ...remedy.map((each) => told(each, "docker"))].join("\n")}\n`;

const whole = "put it there anew";
const firstLine = "write #!/bin/sh (or another interpreter) as the first line";
const plainUtf8 = "save the file as UTF-8 without BOM";
const platform = "build or pull the image for this platform: docker build --platform, docker pull --platform";
const unixEnds = "save the file with Unix line ends: sed -i 's/\\r$//' FILE; in git, *.sh text eol=lf in .gitattributes";
const carriageReturn = "the #! line ends in a carriage return, which belongs to the name";
const library = "use a static build, or an image with the C library it was built for";
const glibc = "it was built for glibc (Debian, Fedora), and this image has another C library (musl in Alpine), or none";
const missing = (loader: string) => `ENOENT: the file exists, but the dynamic loader it asks for, "${loader}", does not`;
const executable = (file: string) => `chmod +x ${file} in the image; a step that makes it: mode: "0755"`;
const enter = "let the user enter it: chmod o+x /files/closed in the image, or a step: chmod, own";

describe("a program that the kernel refuses", () => {
	it.each<[string, string, ...string[]]>([
		["crlf", `ENOENT: the file exists, but its interpreter "/bin/sh\\x0d" does not: ${carriageReturn}`, unixEnds],
		["of-crlf", `ENOENT: its interpreter "/files/crlf" is a script whose own, "/bin/sh\\x0d", does not exist: ${carriageReturn}`, unixEnds],
		["mark", "ENOEXEC: it begins with a byte order mark, so that its #! line is none", plainUtf8],
		["utf16", "ENOEXEC: it is a text in UTF-16, in which the kernel sees no #! line", plainUtf8],
		["late", "ENOEXEC: it has something before its #! line: that has to be the very beginning", "take the blanks and lines before #! away"],
		["none", "ENOEXEC: it is neither a program nor a script: there is no #! line", firstLine],
		["nobody", "ENOEXEC: it has a #! line that names no interpreter", firstLine],
		[
			"long",
			"ENOEXEC: it has a #! line whose interpreter ends beyond the 255 bytes that the kernel looks at",
			"use a shorter path, by a link, or /usr/bin/env NAME",
		],
		[
			"lost",
			'ENOENT: the file exists, but its interpreter "/no/interpreter" does not',
			"install it in the image, or name one that is there in the #! line",
		],
		[
			"relative",
			'ENOENT: the file exists, but its interpreter "sh" does not',
			"write its whole path in the #! line: PATH is not looked at, but by #!/usr/bin/env NAME",
		],
		["empty", "ENOEXEC: it is an empty file", "put the program there, or a script with #!/bin/sh as its first line"],
		["arm", "ENOEXEC: it is built for aarch64; this machine is x86_64", platform],
		["of-arm", 'ENOEXEC: its interpreter "/files/arm" is built for aarch64; this machine is x86_64', platform],
		["object", "ENOEXEC: it is an object file: it has not been linked"],
		["damaged", "ENOEXEC: it is a program for this machine, but damaged or not whole", whole],
		["cut", "ENOEXEC: it is cut off in its first bytes: it is no whole program", whole],
		["windows", "ENOEXEC: it is a Windows program", "build it for Linux"],
		["archive", "ENOEXEC: it is a gzip archive", "unpack it in the image"],
		["musl", missing("/lib/ld-musl-x86_64.so.1"), "it was built for musl (Alpine), and this image has another C library, or none", library],
		["glibc", missing("/lib64/ld-linux-x86-64.so.2"), glibc, library],
		["narrow", missing("/lib/ld-linux.so.2"), glibc, library],
		["shut-loader", 'EACCES: its dynamic loader "/files/plain" has no execute permission', executable("/files/plain")],
		["bad-loader", 'EIO: its dynamic loader "/files/none" is none', library],
		["plain", "EACCES: the execute permission is not set", executable("/files/plain")],
		["unset", 'EACCES: its interpreter "/files/plain" has no execute permission', executable("/files/plain")],
		["roots", "EACCES: the user may not execute it", "chmod o+rx /files/roots in the image, or make it the user's: chown"],
		[
			"shut",
			'EACCES: the user may not execute its interpreter "/files/roots"',
			"chmod o+rx /files/roots in the image, or make it the user's: chown",
		],
		["directory", "EACCES: it is a directory"],
		["closed/program", 'EACCES: the user may not enter "/files/closed"', enter],
		["link-in", 'EACCES: the user may not enter "/files/closed"', enter],
		[
			"script-6",
			"ELOOP: it is a script whose interpreter is a script, and so on: the kernel follows five",
			"name a program in the #! line, such as /bin/sh",
		],
	])("%s", async (name, reason, ...remedy) => {
		const { status, stdout, stderr } = await start(`/files/${name}`);
		expect([status, stdout, stderr]).toEqual([126, "", notExecutable(`"/files/${name}": ${reason}`, ...remedy)]);
	});

	it("is none of five scripts that are each other's interpreter", async () => {
		const { status, stdout, stderr } = await start("/files/script-5");
		expect([status, stdout, stderr]).toEqual([0, "five\n", ""]);
	});

	const script = { file: { path: "/tmpfs/x", content: "#!/bin/sh\n", mode: "0755" } };
	const noexec = [
		'mount it with exec: docker run --tmpfs /tmpfs:exec ... | compose: tmpfs: ["/tmpfs:exec"] | kubernetes: an emptyDir, or no noexec in the mountOptions of the volume | of the mount step: options: [exec]',
		"or keep the program elsewhere",
	];

	it.each([
		["/tmpfs/x", "it lies on a file system mounted noexec"],
		["/files/of-tmpfs", 'its interpreter "/tmpfs/x" lies on a file system mounted noexec'],
	])("lies on noexec, or its interpreter does: %s", async (command, reason) => {
		const { status, stderr } = await start(command, { config: { setup: [script] }, flags: ["--tmpfs=/tmpfs"] });
		expect([status, stderr]).toEqual([126, notExecutable(`"${command}": EACCES: ${reason}`, ...noexec)]);
	});

	const hold = (work: string) => ({
		run: { command: ["/bin/sh", "-c", work], user: "app", background: true, ready: { file: "/work/ready" } },
	});
	const work = { mkdir: "/work" };

	it("is open for writing", async () => {
		const open = hold("cp /bin/busybox /work/sh; exec 3>>/work/sh; touch /work/ready; exec sleep 100");
		const { status, stderr } = await start("/work/sh", { config: { setup: [work, open] } });
		expect([status, stderr]).toEqual([
			126,
			notExecutable(
				'"/work/sh": ETXTBSY: a process has it open for writing',
				"let what writes it end before: a daemon that a step left, or another container",
			),
		]);
	});

	it("would be a process too many", async () => {
		const busy = hold("touch /work/ready; exec sleep 100");
		const { status, stderr } = await start("/bin/true", { config: { limits: { nproc: 0 }, setup: [work, busy] } });
		expect([status, stderr]).toEqual([
			126,
			notExecutable(
				'"/bin/true": EAGAIN: RLIMIT_NPROC lets uid 1000 have 0 processes and threads, of which 2 are seen here, and those in other containers count too',
				"more of them, where that limit is set: docker run --ulimit nproc=4 ... | compose: ulimits: {nproc: 4} | or here: limits: {nproc: 4}",
			),
		]);
	});

	const unset = (name: string) =>
		`env: {unset: [${name}]} leaves the variable out; what is long belongs into a file: the file step, or a mount`;

	it.each<[string, object, string, readonly string[]]>([
		[
			"an argument",
			{ command: { default: ["/bin/true", "a", "x".repeat(131_072)] } },
			"argument 2 has 131072 bytes: the kernel takes 131071 of one",
			["give it in a file, or in several arguments"],
		],
		[
			"a variable",
			{ command: { default: ["/bin/true"] }, env: { set: { BIG: "x".repeat(131_068) } } },
			'the variable "BIG" has 131072 bytes: the kernel takes 131071 of one',
			[unset("BIG")],
		],
	])("is given too much: %s", async (_, config, reason, remedy) => {
		const { status, stderr } = await start([], { config });
		expect([status, stderr]).toEqual([126, notExecutable(`"/bin/true": E2BIG: ${reason}`, ...remedy)]);
	});

	it.each<[string, Omit<Partial<ContainerOptions>, "config">, string, readonly string[]]>([
		["which the configuration does not keep", {}, "them", ["capabilities.keep_if_present: [NET_RAW] keeps them for the workload"]],
		[
			"which the runtime has not given, whatever the key says",
			{ caps: { drop: ["NET_RAW"] } },
			"NET_RAW, which the runtime has not given to this container",
			[
				'docker run --cap-add NET_RAW ... | compose: cap_add: [NET_RAW] | kubernetes: securityContext.capabilities.add: ["NET_RAW"]',
				"with capabilities.keep_if_present: [NET_RAW] in the configuration, where it does not stand yet",
			],
		],
	])("has file capabilities %s", async (_, options, lacks, remedy) => {
		const data = volume("cp /bin/true ping; setcap cap_net_raw+ep ping");
		const config = { capabilities: { keep_if_present: options.caps === undefined ? [] : ["NET_RAW"] } };
		const { status, stderr } = await start("/data/ping", { config, image: debian, volumes: [`${data}:/data`], ...options });
		const message = `"/data/ping": EPERM: the file has the capabilities NET_RAW marked effective, and the bounding set lacks ${lacks}`;
		expect([status, stderr]).toEqual([
			126,
			notExecutable(message, ...remedy, "or take them from the file in the image: setcap -r /data/ping"),
		]);
	});

	it("takes the longest variable that there may be", async () => {
		const config = { command: { default: ["/bin/true"] }, env: { set: { BIG: "x".repeat(131_067) } } };
		const { status, stderr } = await start([], { config });
		expect([status, stderr]).toEqual([0, ""]);
	});

	it("is one of a step, which is told the same", async () => {
		const { status, stderr } = await start("/bin/true", { config: { setup: [{ run: { command: ["/files/mark"], user: "app" } }] } });
		expect([status, stderr]).toEqual([
			125,
			`abdicate: error[STEP_FAILED] setup[0] run /files/mark as uid 1000 with no capability: execve "/files/mark": ENOEXEC: it begins with a byte order mark, so that its #! line is none\n  ${plainUtf8}\n`,
		]);
	});
});
