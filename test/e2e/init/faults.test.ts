import { expect, it } from "vitest";
import { type HostOutcome, runHost } from "../harness/host.ts";

/** The workload says what its parent is. */
const run = (strace: readonly string[]): Promise<HostOutcome> =>
	runHost({
		config: { user: "65534:65534", workdir: "/", init: true, seccomp: "docker-default", capabilities: { keep: ["NET_BIND_SERVICE"] } },
		args: ["--", "sh", "-c", 'grep -E "^(Uid|Gid|Groups|NoNewPrivs|Seccomp|Cap...):" /proc/$PPID/status || exit 1; exit 7'],
		strace: ["-f", ...strace],
	});

/** What process 1 does from the fork to its readiness, as the name of the call and which one of that name it is. */
function callsOfInit(trace: string): (readonly [name: string, nth: number])[] {
	const [first = ""] = trace.split(/\s/);
	const names = trace
		.split("\n")
		.filter((line) => line.startsWith(`${first} `))
		.flatMap((line) => /^\d+ +(\w+)\(/.exec(line)?.[1] ?? []);
	const seen = new Map<string, number>();
	const counted = names.map((name) => {
		seen.set(name, (seen.get(name) ?? 0) + 1);
		return [name, seen.get(name) as number] as const;
	});
	const from = names.lastIndexOf("pipe2");
	const to = names.findIndex((name, at) => at > from && name === "wait4");
	// A descriptor is closed whatever close(2) answers, which is not how it fails here.
	return counted.slice(from, to).filter(([name]) => name !== "close");
}

it("rule 5.7: a system call that fails while the init becomes one keeps the workload from running, or changes nothing of the init", async () => {
	const whole = await run([]);
	const calls = callsOfInit(whole.trace);
	expect(whole.stdout).toMatch(/^Uid:(\t65534){4}\n/);
	expect(calls.length).toBeGreaterThan(20);
	const escaped: string[] = [];
	const all = calls.flatMap((call) => ["EPERM", "ENOMEM", "EINTR"].map((error) => ({ call, error })));
	console.log(`tried: ${all.length} faults injected into ${calls.length} calls of an init`);
	const workers = Array.from({ length: 3 }, async () => {
		for (let next = all.pop(); next !== undefined; next = all.pop()) {
			const { call, error } = next;
			const { status, stdout } = await run(["-e", `trace=${call[0]}`, "-e", `inject=${call[0]}:error=${error}:when=${call[1]}`]);
			const isRight = stdout === "" ? status !== 0 && status !== 7 : stdout === whole.stdout && status === 7;
			if (!isRight) {
				escaped.push(`${call} ${error}: ${status} ${stdout}`);
			}
		}
	});
	await Promise.all(workers);
	expect(escaped).toEqual([]);
}, 120_000);

it("rule 5.7: an init that is killed while it becomes one, at whichever of its calls, leaves no workload behind", async () => {
	const whole = await run([]);
	const calls = callsOfInit(whole.trace);
	// The last is its word that it is ready, after which the workload runs.
	const [ready, before] = [calls.at(-1), calls.slice(0, -1)];
	expect(ready?.[0]).toBe("write");
	const ran: string[] = [];
	const all = [...before];
	console.log(`tried: an init that is killed at each of ${all.length} calls`);
	const workers = Array.from({ length: 3 }, async () => {
		for (let next = all.pop(); next !== undefined; next = all.pop()) {
			const [name, nth] = next;
			const { stdout } = await run(["-e", `trace=${name}`, "-e", `inject=${name}:signal=KILL:when=${nth}`]);
			if (stdout !== "") {
				ran.push(`${name} ${nth}: ${stdout}`);
			}
		}
	});
	await Promise.all(workers);
	expect(ran).toEqual([]);
}, 120_000);
