import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { runHouse } from "../harness/house/run.ts";
import { busybox } from "./harness/images.ts";
import { binary } from "./harness/paths.ts";
import { until } from "./harness/poll.ts";
import { runProcess } from "./harness/process.ts";

interface Started {
	readonly child: ChildProcess;
	readonly pid: number;
	readonly output: () => string;
	readonly ended: Promise<readonly [status: number | null, signal: string | null]>;
}

const started: ChildProcess[] = [];

afterEach(() => {
	for (const child of started.splice(0)) {
		child.kill("SIGKILL");
	}
});

function start(program: string, ...args: readonly string[]): Started {
	const child = spawn(program, args, { stdio: "pipe" });
	started.push(child);
	let text = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (chunk: string) => {
			text += chunk;
		});
	}
	const ended = once(child, "close") as Promise<[number | null, string | null]>;
	return { child, pid: child.pid ?? 0, output: () => text, ended };
}

/** Starts a watch, and waits until it has looked once and sleeps until the next time. */
async function watch(pid: number, ...more: readonly string[]): Promise<Started> {
	const watching = start(binary, "inspect", `${pid}`, "--watch", ...more);
	await until("the watch waits for its process", () => {
		const fds = readdirSync(`/proc/${watching.pid}/fd`).map((fd) => linkOf(`/proc/${watching.pid}/fd/${fd}`));
		return fds.includes("anon_inode:[pidfd]") && /\) S /.test(readFileSync(`/proc/${watching.pid}/stat`, "utf8"));
	});
	return watching;
}

/** A directory of descriptors changes while it is read. */
function linkOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return "";
	}
}

/** The values of the JSON form, each set on its own. */
async function stateOf(pid: number): Promise<Record<string, unknown>> {
	const { sets, unknown: _, ...rest } = JSON.parse((await runProcess(binary, ["inspect", `${pid}`, "--json"])).stdout);
	return { ...rest, ...sets };
}

const drop = "setpriv --reuid=1234 --regid=1235 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all,+chown";

/** Waits for a line, has less from then on, and becomes another program after a second line. */
function startDropping(): Started {
	return start("bash", "-c", `read -r line; exec ${drop} bash -c 'read -r line; exec sleep 300'`);
}

describe("inspect --watch", () => {
	it("prints as JSON exactly what makes the state before into the state after, and ends with the process", async () => {
		const child = startDropping();
		const before = await stateOf(child.pid);
		const watching = await watch(child.pid, "--json");
		expect(watching.output()).toBe("");
		child.child.stdin?.write("go\n");
		await until("the drop is seen", () => watching.output().includes('"what":"noNewPrivileges"'));
		child.child.stdin?.end("go\n");
		await until("the second program is seen", () => /"what":"name".*"to":"sleep"/.test(watching.output()));
		const after = await stateOf(child.pid);
		child.child.kill("SIGKILL");
		expect(await watching.ended).toEqual([0, null]);
		const lines = watching.output().trimEnd().split("\n");
		const changes = lines.map((line) => JSON.parse(line) as { seconds: number; what: string; from: unknown; to: unknown });
		expect(changes.pop()).toEqual({ seconds: expect.any(Number), what: "ended" });
		const state = { ...before };
		for (const { what, from, to } of changes) {
			expect(state[what] ?? null, what).toEqual(from);
			state[what] = to;
		}
		expect(state).toEqual(after);
		expect(after).toMatchObject({ uids: [1234, 1234, 1234, 1234], groups: [], noNewPrivileges: true, permitted: [], bounding: ["CHOWN"] });
		expect(changes.map(({ seconds }) => seconds)).toEqual(changes.map(({ seconds }) => seconds).sort((left, right) => left - right));
	});

	it("prints as text what changes, and nothing else", async () => {
		const child = startDropping();
		const watching = await watch(child.pid);
		child.child.stdin?.end("go\ngo\n");
		await until("the drop is seen", () => watching.output().includes(" -> sleep\n"));
		child.child.kill("SIGKILL");
		expect(await watching.ended).toEqual([0, null]);
		const lines = watching
			.output()
			.trimEnd()
			.split("\n")
			.map((line) => line.replace(/^\+[0-9]+\.[0-9]s /, ""));
		const last = (title: string) =>
			lines
				.filter((line) => line.startsWith(`${title}: `))
				.at(-1)
				?.replace(/^.* -> /, "");
		expect({ bounding: last("bounding"), uid: last("uid"), nnp: last("no_new_privs"), end: lines.at(-1) }).toEqual({
			bounding: "CHOWN",
			uid: "1234",
			nnp: "on",
			end: "ended",
		});
	});

	it("is silent while nothing changes, and ends with an interrupt", async () => {
		const child = start("sleep", "300");
		await until("sleep runs", () => readFileSync(`/proc/${child.pid}/comm`, "utf8") === "sleep\n");
		const watching = await watch(child.pid);
		watching.child.kill("SIGINT");
		expect(await watching.ended).toEqual([null, "SIGINT"]);
		expect(watching.output()).toBe("");
	});

	it("refuses to watch itself, a process that is none, and several", async () => {
		const run = async (...args: readonly string[]) => {
			const { status, stdout, stderr } = await runHouse({ image: busybox, args: ["inspect", "--watch", ...args] });
			return [status, stdout, stderr];
		};
		const own = [2, "", "abdicate: error[USAGE]: --watch needs the pid of another process\n"];
		expect(await run()).toEqual(own);
		expect(await run("1")).toEqual(own);
		expect(await run("4321")).toEqual([1, "", "abdicate: error[PROCESS_UNKNOWN]: /proc/4321/status: ENOENT: there is no such process\n"]);
		expect(await run("1", "--all")).toEqual([2, "", "abdicate: error[USAGE]: --watch goes with --json alone, and one process\n"]);
	});
});
