import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binary, root } from "./harness/paths.ts";

const directory = mkdtempSync(join(tmpdir(), "abdicate-package-"));
let script: string;

/** The package as it would be published, unpacked where there is nothing to import. */
beforeAll(() => {
	execFileSync("node", ["scripts/package.mjs"], { cwd: root });
	execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", directory], { cwd: root, stdio: "pipe" });
	const [tarball = ""] = readdirSync(directory).filter((name) => name.endsWith(".tgz"));
	execFileSync("tar", ["-xzf", tarball], { cwd: directory });
	const { bin } = JSON.parse(readFileSync(join(directory, "package/package.json"), "utf8")) as { bin: { abdicate: string } };
	script = join(directory, "package", bin.abdicate);
	mkdirSync(join(directory, "data"));
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Said {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

function run(program: string, args: readonly string[]): Said {
	const { status, stdout, stderr } = spawnSync(program, args, {
		cwd: directory,
		encoding: "utf8",
		env: { PATH: process.env["PATH"], NAME: "value", HOME: "/nowhere" },
	});
	return { status, stdout, stderr };
}

const byBinary = (...args: readonly string[]) => run(binary, args);
const byNode = (...args: readonly string[]) => run(process.execPath, [script, ...args]);

function config(content: string | Uint8Array, mode = 0o644): string {
	const file = join(directory, "entrypoint.yaml");
	writeFileSync(file, content);
	chmodSync(file, mode);
	return file;
}

const steps = `user: nobody
groups: {from_path: [/dev/null, "/dev/tt*"], add: [tty]}
setup:
  - own: ${directory}/data
  - {mkdir: {path: ./new/deep, mode: "2750"}, when: {exists: /etc/passwd}}
  - listen: {tcp: [80, "[::1]:8080"], unix: ./socket}
  - mount: {type: tmpfs, target: ${directory}/data}
  - run: [sh, -c, "true"]
limits: {nofile: 100, core: 0}
env: {set: {A: "\${@cpus} \${@memory} \${@hostname} \${NAME}"}, clear: true}
capabilities: {keep_if_present: [NET_BIND_SERVICE, SYS_ADMIN]}
`;

describe("the package", () => {
	it("holds its bundle and what the law wants, and depends on nothing", () => {
		const listed = execFileSync("tar", ["-tzf", readdirSync(directory).find((name) => name.endsWith(".tgz")) as string], {
			cwd: directory,
			encoding: "utf8",
		});
		expect(listed.trim().split("\n").sort()).toEqual(
			["LICENSE", "README.md", "dist/node/NOTICES.txt", "dist/node/abdicate.mjs", "package.json"].map((name) => `package/${name}`),
		);
		expect(JSON.parse(readFileSync(join(directory, "package/package.json"), "utf8")).dependencies).toBeUndefined();
		const imported = [...readFileSync(script, "utf8").matchAll(/^import .* from "(.*)";$/gm)].map(([, name = ""]) => name);
		expect(imported.length).toBeGreaterThan(0);
		expect(imported.filter((name) => !name.startsWith("node:"))).toEqual([]);
	});

	it("lists what is in it, in the versions of the lock file", () => {
		const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
			packages: Record<string, { version: string }>;
		};
		const [, ...rows] = byNode("--version", "--verbose").stdout.trim().split("\n");
		expect(rows.map((row) => row.split(/ +/).slice(0, 2))).toEqual(
			["commander", "valibot", "yaml"].map((name) => [name, packages[`node_modules/${name}`]?.version]),
		);
	});

	it("is a command where npm installs it, without a registry", () => {
		const [tarball = ""] = readdirSync(directory).filter((name) => name.endsWith(".tgz"));
		const prefix = join(directory, "installed");
		execFileSync("npm", [
			"install",
			"--silent",
			"--offline",
			"--no-audit",
			"--ignore-scripts",
			"--prefix",
			prefix,
			join(directory, tarball),
		]);
		expect(run(join(prefix, "node_modules/.bin/abdicate"), ["decode", "1"])).toEqual(byBinary("decode", "1"));
	});

	it.each(["run", "enter", "as", "inspect", "compile", "--", "-u", ""])("says that %j needs the binary", (word) => {
		const args = word === "" ? [] : [word];
		const { status, stdout, stderr } = byNode(...args);
		expect([status, stdout]).toEqual([2, ""]);
		expect(stderr).toContain(
			`abdicate: error[USAGE]: ${["enter", "as", "inspect", "compile"].includes(word) ? word : "run"} needs the binary`,
		);
	});
});

describe("says what the binary says", () => {
	it.each([
		[["--version"], 0],
		[["--help"], 0],
		[["plan", "--help"], 0],
		[["schema"], 0],
		[["completion", "bash"], 0],
		[["completion", "tcsh"], 2],
		[["explain", "SYS_ADMIN"], 0],
		[["explain", "capabilities.keep"], 0],
		[["explain", "mount"], 0],
		[["explain", "openat2"], 0],
		[["explain", "browser"], 0],
		[["explain", "nothing-like-it"], 2],
		[["decode", "00000000a80425fb"], 0],
		[["decode", "cap_net_raw+ep"], 0],
		[["decode", "!cap_chown,^cap_net_raw"], 0],
		[["decode", "xyz"], 2],
		[["check", "/nonexistent"], 1],
		[["check", "."], 1],
		[["check", "--nope"], 2],
		[["plan", "--format", "xml"], 2],
		[["--dry-run", "-u", "nobody", "--setup", "own: ./data", "--", "sh", "-c", "true"], 0],
		[["--dry-run", "-u", "nobody", "--", "no-such-program"], 1],
	] as const)("to %j", (args, status) => {
		const said = byNode(...args);
		expect(said).toEqual(byBinary(...args));
		expect(said.status).toBe(status);
		expect(said.stdout + said.stderr).not.toBe("");
	});

	it.each([
		["a file of one line", "user: app\n", 0],
		["the example", readFileSync(join(root, "examples/quickstart/entrypoint.yaml")), 0],
		["all kinds of steps, of which one takes a risk", steps, 1],
		["BOM and CRLF", "\ufeffuser: app\r\nnice: 5\r\n", 0],
		["an empty file", "", 0],
		["several mistakes", 'usr: app\nnice: 99\nhome: "\u00e9$X"\nsetup: [{ownn: /a}]\n', 1],
		["a changed filter", "seccomp: {profile: docker-default, allow: [read], deny: [execve]}\n", 1],
		["a filter with a slip", "seccomp: {profile: docker-default, allow: [reed]}\n", 1],
		["a key written twice", "user: app\nuser: root\n", 1],
		["a tag", "user: !!binary aGk=\n", 1],
		["a byte that is no UTF-8", Buffer.from("user: app\nhome: /\xff\xe9\n", "latin1"), 1],
		["a variable that whoever starts it has to set", "user: ${NOBODY:?who}\n", 0],
		["no mapping", "- user\n", 1],
		["one that is too large", `# ${"x".repeat(300_000)}\n`, 1],
	])("when it checks %s", (_, content, status) => {
		const file = config(content);
		const said = byNode("check", file);
		expect(said).toEqual(byBinary("check", file));
		expect(said.status).toBe(status);
	});

	it("when others may write the file", () => {
		const file = config("user: app\n", 0o666);
		expect(byNode("check", file)).toEqual(byBinary("check", file));
	});

	it.each(["json", "text"])("when it plans, as %s", (format) => {
		const file = config(steps);
		const said = byNode("plan", file, "--format", format, "--", "sh", "-c", "true");
		expect(said).toEqual(byBinary("plan", file, "--format", format, "--", "sh", "-c", "true"));
		expect(said.stdout).toContain("mkdir");
		expect(said.status).toBe(0);
	});

	it("but in its own words where the parser of YAML speaks", () => {
		const file = config("user: [app\n");
		const place = (said: Said) => [said.status, /^abdicate: error\[\w+\] \S+/.exec(said.stderr)?.[0]];
		expect(place(byNode("check", file))).toEqual(place(byBinary("check", file)));
	});
});
