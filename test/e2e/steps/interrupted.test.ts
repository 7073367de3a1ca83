import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, describe, expect, it } from "vitest";
import { runHost } from "../harness/host.ts";

const top = mkdtempSync(join(tmpdir(), "abdicate-interrupted-"));
chmodSync(top, 0o755);
afterAll(() => rmSync(top, { recursive: true, force: true }));

const [first = "", second = ""] = rootCertificates;
const changing = /^(mknodat|fchownat|renameat2|unlinkat|mkdirat|fchmod|fsync|write|openat2)\(/;

function run(directory: string, strace?: readonly string[]) {
	const config = {
		user: "65534:65534",
		setup: [
			{ mkdir: `${directory}/user` },
			{ device: { path: `${directory}/dev/zero`, major: 1, minor: 5, mode: "0640", group: 5 } },
			{ ca_certificates: { bundle: `${directory}/user/ca.crt`, system: "none", extra: { env: ["FIRST", "SECOND"] } } },
		],
	};
	return runHost({ config, args: ["--", "/bin/true"], env: { FIRST: first, SECOND: second }, ...(strace === undefined ? {} : { strace }) });
}

/** Type, mode, owner and name of everything below a directory, the numbers of the device, and the sums of the files. */
function stateOf(directory: string): string {
	const script = "find . -mindepth 1 -printf '%y %m %U:%G %P\\n' | sort; stat -c %t:%T dev/zero; cksum user/*";
	return execFileSync("sh", ["-c", script], { cwd: directory, encoding: "utf8" });
}

function fresh(): string {
	const directory = mkdtempSync(join(top, "run-"));
	chmodSync(directory, 0o755);
	return directory;
}

describe("steps that are killed", () => {
	it("leave what the next start makes into the same as a start that was not", async () => {
		const expected = fresh();
		const { status, trace } = await run(expected, []);
		expect(status).toBe(0);
		expect(stateOf(expected).replace(/\d+ \d+ (?=user)/, "")).toBe(
			`c 640 65534:5 dev/zero
d 755 0:0 dev
d 755 65534:65534 user
f 644 65534:65534 user/ca.crt
1:5
user/ca.crt
`,
		);
		const seen = new Map<string, number>();
		const calls = trace.split("\n").flatMap((line) => {
			const name = changing.exec(line)?.[1];
			if (name === undefined) {
				return [];
			}
			seen.set(name, (seen.get(name) ?? 0) + 1);
			return [[name, seen.get(name)] as const];
		});
		expect([...seen.keys()].sort()).toEqual(
			["fchmod", "fchownat", "fsync", "mkdirat", "mknodat", "openat2", "renameat2", "unlinkat", "write"].sort(),
		);
		for (const [name, nth] of calls) {
			const directory = fresh();
			const killed = await run(directory, ["-e", `inject=${name}:signal=KILL:when=${nth}`]);
			expect(killed.status, `${name} ${nth}`).not.toBe(0);
			expect((await run(directory)).status, `after ${name} ${nth}`).toBe(0);
			expect(stateOf(directory), `after ${name} ${nth}`).toBe(stateOf(expected));
		}
	}, 120_000);
});
