import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { check } from "../../../src/tools/check/check.ts";
import { compiled } from "../../../src/tools/compile/compile.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const profile =
	'{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "syscalls": [{"names": ["execve", "write", "exit_group"], "action": "SCMP_ACT_ALLOW"}]\n}\n';
const both = profile.replace(
	"}]\n",
	'},\n    {"names": ["ioctl"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]},\n    {"names": ["ioctl"], "action": "SCMP_ACT_TRAP", "args": [{"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}]}]\n',
);

const elf = "\x7fELF\x02\x01\x01".padEnd(16, "\0").concat("\x03\0\x3e\0").padEnd(64, "\0");

interface Found {
	readonly code: string;
	readonly severity: string;
	readonly file: string;
	readonly line?: number;
	readonly column?: number;
	readonly key: string;
}

type Files = NonNullable<ConstructorParameters<typeof FakeKernel>[0]["files"]>;

function kernelWith(seccomp: string, files: Files, write: (fd: number, text: string) => number = () => 0): FakeKernel {
	return new FakeKernel({
		process: dockerRoot(),
		files: { "/work/c.yaml": `user: "1000:1000"\nseccomp: ${seccomp}\n`, "/bin/sh": { mode: 0o755, content: elf }, ...files },
		overrides: { parseYaml, write },
	});
}

/** What is found in a file that lies alone, or in its image, with its place. */
async function found(seccomp: string, files: Files, image = false): Promise<string[]> {
	return (JSON.parse(await printedAs("json", seccomp, files, image)) as Found[]).map(({ code, severity, file, line, column, key }) =>
		`${severity} ${code} ${file}:${line}:${column} ${key}`.trimEnd(),
	);
}

async function printedAs(format: "json" | "text", seccomp: string, files: Files, image: boolean): Promise<string> {
	let printed = "";
	const write = (_fd: number, text: string) => {
		printed += text;
		return text.length;
	};
	const { host } = kernelWith(seccomp, files, write);
	await check(host, "/work/c.yaml", { format, image, imageUser: undefined, version: "1", command: ["/bin/sh"] });
	return printed;
}

describe("check of a profile that a file names", () => {
	it.each([
		["that is right", "/etc/p.json", { "/etc/p.json": profile }, []],
		[
			"that is not JSON, at its place in it",
			"/etc/p.json",
			{ "/etc/p.json": profile.replace('"SCMP_ACT_ERRNO"', "\u201cSCMP_ACT_ERRNO\u201d") },
			["error SECCOMP_PROFILE_SYNTAX /etc/p.json:2:20"],
		],
		[
			"with all that is wrong, at their places in it",
			"/etc/p.json",
			{ "/etc/p.json": profile.replace("ACT_ERRNO", "ACT_NOTIFY").replace('"names"', '"naems"') },
			[
				"error SECCOMP_PROFILE_INVALID /etc/p.json:2:20 defaultAction",
				"error SECCOMP_PROFILE_INVALID /etc/p.json:3:16 syscalls[0]",
				"error SECCOMP_PROFILE_INVALID /etc/p.json:3:17 syscalls[0].naems",
			],
		],
		["that contradicts itself", "/etc/p.json", { "/etc/p.json": both }, ["error SECCOMP_PROFILE_INVALID /etc/p.json:5:5 syscalls[2]"]],
		["that is only in the image", "/etc/p.json", {}, ["note LINT_SECCOMP_UNREAD /work/c.yaml:2:10 seccomp"]],
		[
			"that lies beside the file",
			"/etc/p.json",
			{ "/work/p.json": profile.replace("execve", "exceve") },
			["error LINT_SECCOMP_EXEC /work/c.yaml:2:10 seccomp", "warning LINT_SECCOMP_UNKNOWN_CALL /work/p.json:3:27 syscalls[0].names[0]"],
		],
		[
			"and what is changed in it",
			"{profile: docker-default, allow: [mont], deny: [read]}",
			{},
			["error CONFIG_INVALID_VALUE /work/c.yaml:2:44 seccomp.allow[0]"],
		],
		[
			"and its architectures",
			"{profile: docker-default, architectures: [native, x68]}",
			{},
			["error CONFIG_INVALID_VALUE /work/c.yaml:2:60 seccomp.architectures[1]"],
		],
	])("%s", async (_, seccomp, files, expected) => {
		expect(await found(seccomp, files)).toEqual(expected);
	});

	it("says each once where it looks at the image as well", async () => {
		const wrong = { "/etc/p.json": profile.replace("ACT_ERRNO", "ACT_NOTIFY") };
		expect([await found("/etc/p.json", wrong, true), await found("/etc/p.json", {}, true)]).toEqual([
			["error SECCOMP_PROFILE_INVALID /etc/p.json:2:20 defaultAction"],
			["error CONFIG_NOT_FOUND /work/c.yaml:2:10 seccomp"],
		]);
	});

	it("says of an image whether its starts compile the profile", async () => {
		const files = { "/etc/p.json": profile };
		const made = await compiled(kernelWith("/etc/p.json", files).host, "/work/c.yaml");
		const withStored = (text: string | undefined) => found("/etc/p.json", { ...files, "/work/c.yaml.seccomp": text ?? "" }, true);
		expect([
			await found("/etc/p.json", files, true),
			await found("/etc/p.json", files, false),
			await withStored(made.text),
			await withStored(made.text?.slice(1)),
			await found("docker-default", files, true),
			await found("{profile: docker-default, deny: [ptrace]}", files, true),
		]).toEqual([
			["note LINT_SECCOMP_NOT_STORED /work/c.yaml:2:10 seccomp"],
			[],
			[],
			["warning LINT_SECCOMP_STALE /work/c.yaml:2:10 seccomp"],
			[],
			[],
		]);
	});

	it("does not believe what somebody else has stored", async () => {
		const files = { "/etc/p.json": profile, "/work/c.yaml.seccomp": { content: "", uid: 1000 } };
		expect(await found("/etc/p.json", files, true)).toEqual([
			"error CONFIG_UNTRUSTED /work/c.yaml:undefined:undefined /work/c.yaml.seccomp",
		]);
		expect((await printedAs("text", "/etc/p.json", files, true)).split(": ").slice(0, 3)).toEqual([
			"abdicate",
			"error[CONFIG_UNTRUSTED] /work/c.yaml.seccomp",
			expect.stringContaining("1000"),
		]);
	});
});
