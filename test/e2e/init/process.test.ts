import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Init, runUnder, shell, startUnder, type Under } from "../../harness/init/inits.ts";
import { until } from "../harness/poll.ts";
import { situation } from "./situation.ts";

const peersAll = <T>(value: T) => ({ tini: value, "dumb-init": value, catatonit: value });

situation("a group of its own", {
	run: async (init) => {
		const { pid, ppid, pgid } = (await runUnder(init, ["/probe"])).probe;
		return { isChildOfFirst: ppid === 1, leadsGroup: pgid === pid };
	},
	right: { isChildOfFirst: true, leadsGroup: true },
});

/** Whether the workload can write to the log, a file for everybody, as process 1 has it. */
async function reachesLog(init: Init, log: string, under: Under): Promise<boolean> {
	const given = ["sh", "-c", `umask 0; exec "$@" > ${log}`, "sh"];
	const { stderr } = await runUnder(init, shell(`echo hello >> /proc/1/fd/1; cat ${log} >&2`), { given, workload: "app", ...under });
	return /^hello$/m.test(stderr);
}

situation("/proc/1/fd/1", {
	run: (init) => reachesLog(init, "/srv/log", {}),
	right: true,
	others: peersAll(false),
});

situation("/proc/1/fd/1 of a user", {
	run: (init) => reachesLog(init, "/tmp/log", { user: "1000:1000", ...(init === "ours" ? {} : { workload: "root" }) }),
	right: true,
});

situation("the environment of process 1", {
	rule: "rule 5.2",
	run: async (init) => {
		const shown = shell('tr "\\0" "\\n" </proc/1/environ');
		const changed = init === "ours" ? shown : ["env", "-u", "SECRET", "A=2", "B=3", ...shown];
		const { stdout } = await runUnder(init, changed, {
			env: { A: "1", SECRET: "x" },
			keys: { env: { set: { A: "2", B: "3" }, unset: ["SECRET"] } },
		});
		return stdout.match(/^(A|B|SECRET)=.*$/gm)?.sort();
	},
	right: ["A=2", "B=3"],
	others: peersAll(["A=1", "SECRET=x"]),
});

situation("LISTEN_PID", {
	run: async (init) => {
		const { stdout } = await runUnder(init, shell('[ $$ = "$LISTEN_PID" ] && echo "its own"'), {
			given: ["perl", "-MSocket", "-MPOSIX", "-e", "$^F = 9; socket my $s, AF_UNIX, SOCK_STREAM, 0; POSIX::dup2(fileno $s, 3); exec @ARGV"],
			env: { LISTEN_PID: "1", LISTEN_FDS: "1" },
		});
		return stdout.trim();
	},
	right: "its own",
	others: { tini: "", "dumb-init": "" },
});

situation("a closed pipe", {
	rule: "rule 5.2",
	run: async (init) => {
		const house = await startUnder(init, shell("exec 3>&-; echo closed; exec sleep 60"), {
			given: ["bash", "-c", 'mkfifo /tmp/pipe; (cat /tmp/pipe; echo ended) & exec "$@" 3>/tmp/pipe', "bash"],
			keys: { fds: "inherit" },
		});
		await house.waitForOutput("closed");
		const ends = await house.waitForOutput("ended", 1).then(
			() => true,
			() => false,
		);
		house.remove();
		return ends;
	},
	right: true,
	others: { tini: false, "dumb-init": false },
});

const switches = (pid: number): number =>
	Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

situation("idle", {
	run: async (init) => {
		const house = await startUnder(init, shell("echo up; exec sleep 60"));
		await house.waitForOutput("up");
		// The init may have something to finish.
		await delay(300);
		const before = switches(house.pid());
		await delay(1500);
		const more = switches(house.pid()) - before;
		house.remove();
		return more === 0;
	},
	right: true,
	others: { tini: false },
});

situation("tracing", {
	run: async (init) => {
		const house = await startUnder(init, shell("echo up; exec sleep 60"));
		await house.waitForOutput("up");
		const directory = mkdtempSync(join(tmpdir(), "abdicate-trace-"));
		const trace = join(directory, "trace");
		const strace = spawn("strace", ["-f", "-o", trace, "-p", `${house.pid()}`], { stdio: ["ignore", "ignore", "pipe"] });
		let said = "";
		strace.stderr.setEncoding("utf8").on("data", (text: string) => {
			said += text;
		});
		await until("strace is attached", () => said.includes("attached"));
		house.signal("TERM");
		const { status } = await house.wait();
		await until("strace has ended", () => strace.exitCode !== null);
		const isSeen = /kill\(.*SIGTERM\)\s+= 0/.test(readFileSync(trace, "utf8"));
		rmSync(directory, { recursive: true });
		house.remove();
		return { status, isSeen };
	},
	right: { status: 143, isSeen: true },
});

situation("NOTIFY_SOCKET", {
	run: async (init) => (await runUnder(init, shell("echo $NOTIFY_SOCKET"), { env: { NOTIFY_SOCKET: "/run/notify" } })).stdout,
	right: "/run/notify\n",
});
