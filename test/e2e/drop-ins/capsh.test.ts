import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { debian } from "../harness/images.ts";
import { binary, filterFile, probeFile } from "../harness/paths.ts";
import { runProcess } from "../harness/process.ts";

let directory: string;
const capsh = (...args: readonly string[]) => runProcess(join(directory, "capsh"), args);

beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "abdicate-capsh-"));
	for (const [from, name] of [
		[binary, "capsh"],
		[binary, "abdicate"],
		[probeFile, "probe"],
	] as const) {
		copyFileSync(from, join(directory, name));
		chmodSync(join(directory, name), 0o755);
	}
	chmodSync(directory, 0o755);
	writeFileSync(join(directory, "text"), "no program\n", { mode: 0o755 });
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const modes = "Supported modes: NOPRIV PURE1E_INIT PURE1E HYBRID\n";

describe("capsh", () => {
	it("says that there is no bash, and what else there is", async () => {
		const { status, stdout, stderr } = await capsh(`--chroot=${directory}`, "--", "-c", "id");
		expect([status, stdout]).toEqual([1, ""]);
		expect(stderr).toBe(
			"abdicate: error[COMMAND_NOT_FOUND] capsh: /bin/bash is not there, and capsh runs everything behind -- by it\n" +
				"  capsh --shell=/bin/sh ... -- -c 'COMMAND', or without any shell: --shell=/PROGRAM -- ARGUMENTS\n",
		);
	});

	it("runs a program without a shell, in a root directory that has nothing else", async () => {
		const { status, probe } = await capsh(`--chroot=${directory}`, "--drop=all", "--cap-uid=1000", "--shell=/probe", "--", "a b");
		expect(status).toBe(0);
		expect(probe).toMatchObject({ resuid: [1000, 1000, 1000], argv: ["/probe", "a b"], cwd: "/", caps: { bounding: "0000000000000000" } });
	});

	it("is itself again, in another root directory too, and by the name that it was called by", async () => {
		expect((await capsh("==", "--quiet", "==", "--modes")).stdout).toBe(modes);
		const again = ["as", "capsh", "==", "--quiet", "=+", "--modes"];
		const { status, stdout } = await runProcess(join(directory, "abdicate"), again);
		expect([status, stdout]).toEqual([0, modes]);
		const inRoot = await runProcess("/bin/bash", ["-c", `exec -a capsh ${directory}/capsh --chroot=${directory} == --modes`], {
			env: { PATH: "/nowhere:/" },
		});
		expect([inRoot.status, inRoot.stdout]).toEqual([0, modes]);
	});

	it.each([
		["--", "/text", "COMMAND_NOT_EXECUTABLE"],
		["-+", "/text", "COMMAND_NOT_EXECUTABLE"],
		["-+", "/nowhere", "COMMAND_NOT_FOUND"],
	])("tells why %s did not start %s", async (how, path, code) => {
		const { status, stderr } = await capsh(`--shell=${directory}${path}`, how);
		expect([status, stderr]).toEqual([1, expect.stringMatching(`^abdicate: error\\[${code}\\] capsh: `)]);
	});

	it("ends in 1 when what it waited for was ended by a signal", async () => {
		const { status, stderr } = await capsh("-+", "-c", "kill -9 $$");
		expect([status, stderr]).toEqual([1, expect.stringMatching(/error\[INTERRUPTED\] capsh, -\+: process \d+ was ended by signal 9/)]);
	});

	it("warns that nothing runs, unless somebody has looked", async () => {
		expect((await capsh("--noamb")).stderr).toMatch(/^abdicate: warning: capsh: nothing runs/);
		expect((await capsh("--noamb", "--current")).stderr).toBe("");
	});
});

/** BPF of a filter that answers these calls of x86_64 with 0 and does not make them, as the emulation of root by a runtime does. seccomp(2) */
const emulation = ((calls: readonly number[]) => {
	const instruction = (code: number, yes: number, no: number, value: number) => {
		const bytes = Buffer.alloc(8);
		bytes.writeUInt16LE(code, 0);
		bytes.writeUInt8(yes, 2);
		bytes.writeUInt8(no, 3);
		bytes.writeUInt32LE(value, 4);
		return bytes.toString("hex");
	};
	const [load, equal, end, allow, answerNothing] = [0x20, 0x15, 0x06, 0x7fff_0000, 0x0005_0000];
	return [
		instruction(load, 0, 0, 0),
		...calls.map((call, index) => instruction(equal, calls.length - index, 0, call)),
		instruction(end, 0, 0, allow),
		instruction(end, 0, 0, answerNothing),
	].join("");
})([105, 106, 116, 117, 119, 126]);

describe.runIf(process.arch === "x64")("rule 9.7: where set*id, setgroups and capset are answered and not made", () => {
	const under = (command: string) =>
		runHouse({
			image: debian,
			entrypoint: "sh",
			args: ["-c", `/filter load ${emulation} ${command}`],
			volumes: [`${filterFile}:/filter:ro`],
		});

	it.each(["--user=nobody", "--uid=1000", "--gid=1000", "--groups=1000", "--caps="])("capsh %s is the end", async (word) => {
		const { status, stdout, stderr } = await under(`/abdicate as capsh ${word} -- -c id`);
		expect([status, stdout, /error\[\w+\]/.exec(stderr)?.[0]]).toEqual([1, "", "error[VERIFY_FAILED]"]);
	});

	it("control: libcap's goes on as root", async () => {
		expect((await under("/usr/sbin/capsh --user=nobody -- -c 'id -u'")).stdout).toBe("0\n");
	});
});
