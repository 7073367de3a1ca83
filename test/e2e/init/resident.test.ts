import { openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { House } from "../../harness/house/run.ts";
import { runUnder, shell, startUnder, type Under } from "../../harness/init/inits.ts";

/** Some lines of /proc/PID/status, as they stand there. */
function statusOf(pid: number, ...names: readonly string[]): Record<string, string> {
	const text = readFileSync(`/proc/${pid}/status`, "utf8");
	return Object.fromEntries(names.map((name) => [name, new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m").exec(text)?.[1] ?? "missing"]));
}

const workloadOf = (house: House): number => {
	const pid = house.pid();
	return Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"), 10);
};

async function startIdle(under: Under = {}): Promise<{ house: House; resident: number; workload: number }> {
	const house = await startUnder("ours", ["/probe", "sleep"], { workload: "app", ...under });
	await house.waitForOutput("ready");
	return { house, resident: house.pid(), workload: workloadOf(house) };
}

const ids = ["Uid", "Gid", "Groups", "NoNewPrivs"];
const sets = ["CapInh", "CapPrm", "CapEff", "CapAmb"];
const none = "0000000000000000";
const kill = "0000000000000020";
const nothing = Object.fromEntries(sets.map((set) => [set, none]));

const starts: Readonly<Record<string, { readonly under: Under; readonly holds?: Record<string, string>; readonly bounding?: string }>> = {
	"a user": { under: {} },
	root: { under: { workload: "root" } },
	"a user with a capability": { under: { keys: { capabilities: { keep: ["NET_BIND_SERVICE"] } } } },
	"a user that may become others": {
		under: { keys: { capabilities: { keep: ["SETUID", "SETGID", "KILL"] } } },
		holds: { ...nothing, CapPrm: kill, CapEff: kill },
	},
	"a start as the user": { under: { user: "1000:1000" } },
	"a start as the user without any capability": { under: { user: "1000:1000", caps: { drop: ["ALL"] } } },
};

describe("rule 5.1: the resident beside", () => {
	it.each(Object.entries(starts))("%s holds nothing", async (_, { under, holds = nothing }) => {
		const { house, resident, workload } = await startIdle(under);
		expect(statusOf(resident, ...ids)).toEqual(statusOf(workload, ...ids));
		expect(statusOf(resident, ...sets)).toEqual(holds);
		const [ours, theirs] = [resident, workload].map((pid) => BigInt(`0x${statusOf(pid, "CapBnd")["CapBnd"]}`));
		expect((ours ?? 1n) & ~(theirs ?? 0n)).toBe(0n);
		expect(statusOf(resident, "NoNewPrivs", "Seccomp")).toEqual({ NoNewPrivs: "1", Seccomp: "2" });
		house.remove();
	});

	it("a workload that is root has no more of root", async () => {
		const { house, resident } = await startIdle({ workload: "root" });
		expect(statusOf(resident, "CapBnd", "Uid")).toEqual({ CapBnd: none, Uid: "0\t0\t0\t0" });
		house.remove();
	});
});

/** The sums of /proc/PID/smaps_rollup in kB. Clean pages are the file's, and shared with every other container of the machine. */
function memoryOf(pid: number): { resident: number; own: number } {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
	const of = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)?.[1]);
	return { resident: of("Rss"), own: of("Private_Dirty") };
}

/** All that a process has in its memory, and may be read. */
function contentOf(pid: number): Buffer {
	const file = openSync(`/proc/${pid}/mem`, "r");
	const parts = readFileSync(`/proc/${pid}/maps`, "utf8")
		.split("\n")
		.flatMap((line) => {
			const [, from = "", to = ""] = /^(\w+)-(\w+) r\S+ .*?(?<!\[vvar\]|\[vvar_vclock\]|\[vsyscall\])$/.exec(line) ?? [];
			if (from === "") {
				return [];
			}
			const start = Number.parseInt(from, 16);
			const bytes = Buffer.alloc(Number.parseInt(to, 16) - start);
			return [bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start))];
		});
	return Buffer.concat(parts);
}

describe("rule 5.2: the memory of the resident", () => {
	it("is small", async () => {
		const { house, resident } = await startIdle();
		const { resident: all, own } = memoryOf(resident);
		house.remove();
		expect({ all: all <= 1024 || all, own: own <= 100 || own }).toEqual({ all: true, own: true });
	});

	it("holds nothing of the configuration and of what it took away", async () => {
		const { house, resident, workload } = await startIdle({
			env: { WITHDRAWN: "withdrawn-by-the-configuration", ABDICATE_LOG: "text" },
			keys: {
				env: { set: { GIVEN: "given-to-the-workload" }, unset: ["WITHDRAWN"] },
				setup: [{ name: "name-of-a-step", mkdir: "/srv/made-by-a-step" }],
			},
		});
		const content = contentOf(resident);
		const found = [
			"given-to-the-workload",
			"withdrawn-by-the-configuration",
			"name-of-a-step",
			"made-by-a-step",
			'"workdir":"/"',
			"ABDICATE_LOG=",
		];
		// The first shows that it is looked for in the right place.
		expect(found.filter((text) => content.includes(text))).toEqual(["given-to-the-workload"]);
		expect(readFileSync(`/proc/${resident}/environ`)).toEqual(readFileSync(`/proc/${workload}/environ`));
		expect(readFileSync(`/proc/${resident}/cmdline`, "utf8")).toBe("abdicate-init\0");
		house.remove();
	});
});

const descriptorsOf = (pid: number): Record<string, string> =>
	Object.fromEntries(readdirSync(`/proc/${pid}/fd`).map((fd) => [fd, readlinkSync(`/proc/${pid}/fd/${fd}`)]));

describe("the resident", () => {
	it("has the workload's standard descriptors, no others, and no directory of the workload's", async () => {
		const { house, resident, workload } = await startIdle({
			given: ["bash", "-c", 'exec "$@" 3</etc/hostname', "bash"],
			keys: { fds: "inherit", workdir: "/srv" },
		});
		const { 0: input, 1: output, 2: errors, 3: passed } = descriptorsOf(workload);
		expect(passed).toBe("/etc/hostname");
		expect(descriptorsOf(resident)).toEqual({ 0: input, 1: output, 2: errors });
		expect([readlinkSync(`/proc/${resident}/cwd`), readlinkSync(`/proc/${workload}/cwd`)]).toEqual(["/", "/srv"]);
		house.remove();
	});

	it.each([
		["closes", "exec 3>&-; echo up; exec sleep 60", 1],
		["keeps", "echo up; exec sleep 60", 0],
	])("keeps no socket open: one that the workload %s", async (_, script, status) => {
		const house = await startUnder("ours", shell(script), { workload: "app", keys: { setup: [{ listen: { name: "http", tcp: 8080 } }] } });
		await house.waitForOutput("up");
		expect((await house.exec(["bash", "-c", "exec 5<>/dev/tcp/127.0.0.1/8080"])).status).toBe(status);
		house.remove();
	});

	const driven = (pid: string) =>
		shell(`
			/workload record > /tmp/said &
			until grep -q ready /tmp/said && grep -q '^State:.*sleeping' /proc/$!/status; do sleep .01; done
			/workload drive ${pid}; kill -TERM 1; sleep 60`);

	it("does nothing but its work for who traces it, as the workload's user may", async () => {
		const refused = await runUnder("ours", driven("1"), { workload: "app" });
		const calls = ["getuid", "socket", "openat", "fork", "tiocsti"];
		expect([refused.status, refused.stdout]).toEqual([143, calls.map((call) => `${call} EPERM\n`).join("")]);
		// Another program of the workload's has no filter.
		const control = await runUnder("ours", driven("$!"), { workload: "app" });
		expect(control.stdout).toMatch(/^getuid answers\nsocket answers\nopenat EFAULT\nfork answers\ntiocsti ENOTTY\n$/);
	});

	it("lets the workload's user look at it as at the workload", async () => {
		const { house } = await startIdle();
		const { stdout } = await house.exec(["bash", "-c", "readlink /proc/1/exe; ls /proc/1/fd; wc -c < /proc/1/environ"], { user: "app" });
		expect(stdout).toMatch(/^\/abdicate\n0\n1\n2\n[1-9]\d*\n$/);
		house.remove();
	});
});
