import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHost } from "./harness/host.ts";
import { probeFile } from "./harness/paths.ts";
import type { Outcome } from "./harness/process.ts";
import { credentials, dropped, netBindService } from "./run/credentials.ts";

const made = "/dev/shm/abdicate-faults";
/** The user of the workload has to reach the probe. */
const directory = mkdtempSync(join(tmpdir(), "abdicate-faults-"));
const probe = join(directory, "probe");

/** Each run makes a directory of its own, so that all make the same calls. */
const config = (run: number) => ({
	user: "65534:65534",
	workdir: "/",
	setup: [{ mkdir: `${made}/${run}` }, { wait_for: { file: "/dev/shm", interval: "10ms" } }],
	capabilities: { keep: ["NET_BIND_SERVICE"] },
	limits: { core: 0 },
	seccomp: "docker-default",
	// The probe looks there for how many filters it has.
	landlock: { read: "/proc", execute: [probe], bind: [80], base: "none" },
});
const planned = { ...dropped(65_534, 65_534, [65_534], netBindService), opensRoot: false };
const given = ({ probe: state }: Outcome) => ({ ...credentials(state), opensRoot: state.opensRoot });
const errors = ["EPERM", "ENOMEM", "EINTR"] as const;

beforeAll(() => {
	mkdirSync(made, { recursive: true });
	chmodSync(directory, 0o755);
	copyFileSync(probeFile, probe);
	chmodSync(probe, 0o755);
});
afterAll(() => {
	rmSync(directory, { recursive: true, force: true });
	rmSync(made, { recursive: true, force: true });
});

let runs = 0;
/** With the one that is configured. */
let filters = 0;

function runWith(strace: readonly string[]) {
	return runHost({ config: config(++runs), args: ["--", probe], strace });
}

/** Every call from the first change to the execve, as its name and which one of that name it is, counted from the start. */
async function callsOfARun(): Promise<readonly (readonly [name: string, nth: number])[]> {
	const outcome = await runWith([]);
	filters = outcome.probe.seccompFilters as number;
	expect(filters).toBeGreaterThan(0);
	expect(given(outcome)).toEqual(planned);
	const { trace } = outcome;
	const names = trace.split("\n").flatMap((line) => /^(\w+)\(/.exec(line)?.[1] ?? []);
	const first = names.indexOf("capset");
	const end = names.indexOf("execve", 1);
	expect(first).toBeGreaterThan(0);
	expect(end).toBeGreaterThan(first);
	const seen = new Map<string, number>();
	return names.slice(0, end).flatMap((name, index) => {
		const nth = (seen.get(name) ?? 0) + 1;
		seen.set(name, nth);
		return index >= first ? [[name, nth] as const] : [];
	});
}

function isAsPlanned(outcome: Outcome): boolean {
	return JSON.stringify(given(outcome)) === JSON.stringify(planned) && outcome.probe.seccompFilters === filters;
}

describe("a system call that fails between the first change and exec", () => {
	it("keeps the workload from running, or changes nothing of what it was to be given", async () => {
		const calls = await callsOfARun();
		let injected = 0;
		const escaped: string[] = [];
		const inject = async ([name, nth]: readonly [string, number], error: string): Promise<void> => {
			const outcome = await runWith(["-e", `trace=${name}`, "-e", `inject=${name}:error=${error}:when=${nth}`]);
			injected += 1;
			const ran = outcome.stdout.includes('"resuid"');
			if (ran ? !isAsPlanned(outcome) : outcome.status === 0) {
				escaped.push(`${name} ${nth} ${error}: ${outcome.stdout}${outcome.stderr}`);
			}
		};
		const all = calls.flatMap((call) => errors.map((error) => ({ call, error })));
		const workers = Array.from({ length: 3 }, async () => {
			for (let next = all.pop(); next !== undefined; next = all.pop()) {
				await inject(next.call, next.error);
			}
		});
		await Promise.all(workers);
		console.log(`tried: ${injected} faults injected into ${calls.length} calls`);
		expect(escaped).toEqual([]);
		expect(calls.length).toBeGreaterThan(60);
	}, 300_000);
});
