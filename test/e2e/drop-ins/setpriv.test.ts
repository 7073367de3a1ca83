import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchDirectory } from "../../harness/house/trees.ts";
import { debian } from "../harness/images.ts";
import { binary } from "../harness/paths.ts";
import { runContainer, startContainer } from "../harness/run.ts";

/** As an image has it that switches: in front of its own. */
const ours = { image: debian, entrypoint: "sh", volumes: [`${binary}:/usr/local/bin/setpriv:ro`] };
const theirs = { image: debian, entrypoint: "sh" };

/** What the entrypoint of the official Redis image does with setpriv, in our words. */
const redis = `
	has_cap() { setpriv -d | grep -q "Capability bounding set:.*\\b$1\\b"; }
	if has_cap setuid && has_cap setgid; then
		set -- setpriv --reuid redis --regid redis --clear-groups --nnp --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$@"
	fi
	exec "$@"`;
const server = ["-c", redis, "sh", "redis-server", "--save", "", "--dir", "/tmp"];

async function stateOfServer(setpriv: typeof theirs, add: readonly string[]): Promise<string> {
	const container = await startContainer({ ...setpriv, args: server, caps: { drop: ["ALL"], add } });
	await container.waitFor("it serves", async ({ exec }) => (await exec(["redis-cli", "ping"])).stdout === "PONG\n");
	const { stdout } = await container.exec(["grep", "-E", "^(Uid|Gid|Groups|Cap...|NoNewPrivs):", "/proc/1/status"]);
	expect((await container.stop()).status).toBe(0);
	return stdout;
}

describe("the official Redis line", () => {
	it.each([
		["with SETUID and SETGID alone", ["SETUID", "SETGID"], "00000000000000c0"],
		["with SETPCAP too", ["SETUID", "SETGID", "SETPCAP"], "0000000000000000"],
	])("%s serves, in the same state as with util-linux", async (_, add, bounding) => {
		const [here, there] = await Promise.all([stateOfServer(ours, add), stateOfServer(theirs, add)]);
		expect(here).toBe(there);
		expect(here).toMatch(new RegExp(`CapBnd:\\t${bounding}\\n.*\\nNoNewPrivs:\\t1\\n`, "s"));
	});

	it("stays who it is without SETUID", async () => {
		expect(await stateOfServer(ours, [])).toBe(await stateOfServer(theirs, []));
	});
});

/** mkdir(2) and mkdirat(2) fail with EPERM, on both machines' numbers. */
function filterFile(): string {
	const instruction = (code: number, yes: number, no: number, operand: number) => {
		const bytes = Buffer.alloc(8);
		bytes.writeUInt16LE(code, 0);
		bytes.writeUInt8(yes, 2);
		bytes.writeUInt8(no, 3);
		bytes.writeUInt32LE(operand, 4);
		return bytes;
	};
	const [mkdir, mkdirat] = process.arch === "x64" ? [83, 258] : [34, 34];
	const file = join(scratchDirectory(), "filter");
	writeFileSync(
		file,
		Buffer.concat([
			instruction(0x20, 0, 0, 0),
			instruction(0x15, 1, 0, mkdir),
			instruction(0x15, 0, 1, mkdirat),
			instruction(0x06, 0, 0, 0x0005_0001),
			instruction(0x06, 0, 0, 0x7fff_0000),
		]),
	);
	return file;
}

describe("walls of newer versions", () => {
	it.each<[string, string, string]>([
		["a write that is forbidden", "setpriv --landlock-access fs:write-file tee /tmp/a </dev/null", "tee: /tmp/a: Permission denied"],
		[
			"and one that is allowed again",
			"setpriv --landlock-access fs:write-file --landlock-rule path-beneath::/tmp tee /tmp/a </dev/null",
			"",
		],
		["everything", "setpriv --landlock-access fs true 2>/dev/null; echo $? >&2", "126"],
		["a signal to outside", "sleep 9 & setpriv --landlock-access scope:signal kill $!", "kill: (7): Operation not permitted"],
	])("Landlock: %s", async (_, line, expected) => {
		const { stderr } = await runContainer({ ...ours, args: ["-c", line] });
		expect(stderr.trim().replace(/\(\d+\)/, "(7)")).toBe(expected);
	});

	it("a filter of system calls, under which the ids have changed already", async () => {
		const line =
			"setpriv --seccomp-filter=/filter --reuid=app --regid=app --init-groups sh -c 'id -u; mkdir /tmp/a; grep NoNewPrivs /proc/self/status'";
		const { stdout, stderr } = await runContainer({
			...ours,
			volumes: [...ours.volumes, `${filterFile()}:/filter:ro`],
			args: ["-c", line],
		});
		expect([stdout, stderr]).toEqual(["1000\nNoNewPrivs:\t1\n", "mkdir: cannot create directory '/tmp/a': Operation not permitted\n"]);
	});
});

it("needs no account file for numbers", async () => {
	const line = "rm /etc/passwd; setpriv --reuid=7 --regid=8 --groups=9 --nnp sh -c 'echo $HOME; id'";
	const { stdout } = await runContainer({ ...ours, args: ["-c", line] });
	expect(stdout).toBe("/root\nuid=7 gid=8(mail) groups=8(mail),9(news)\n");
});
