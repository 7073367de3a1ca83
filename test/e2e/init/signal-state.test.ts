import { readFileSync } from "node:fs";
import { type Init, runUnder, shell, startUnder, type Under } from "../../harness/init/inits.ts";
import { until } from "../harness/poll.ts";
import { situation } from "./situation.ts";

/** What the workload finds of these lines of its status. */
async function masks(init: Init, fields: readonly string[], under: Under = {}): Promise<string[]> {
	const { stdout } = await runUnder(init, ["grep", "-E", `^(${fields.join("|")}):`, "/proc/self/status"], under);
	return stdout.split("\n").flatMap((line) => /:\s*0*(\w+)$/.exec(line)?.[1] ?? []);
}

situation("blocked signals", {
	rule: "rule 5.5",
	run: (init) => masks(init, ["SigBlk"], { given: ["env", "--block-signal=TERM,USR1"] }),
	right: ["0"],
	others: { tini: ["4200"], catatonit: ["384200"] },
});

situation("ignored signals", {
	rule: "rule 5.5",
	run: (init) => masks(init, ["SigIgn"], { given: ["env", "--ignore-signal=INT,PIPE,XFSZ"] }),
	right: ["0"],
	others: { tini: ["1001002"], catatonit: ["1001002"] },
});

situation("clean signals", {
	run: (init) => masks(init, ["SigBlk", "SigIgn"]),
	right: ["0", "0"],
	others: { catatonit: ["380000", "0"] },
});

/** The end, or that there is none although nobody is left. */
async function endOrHang(init: Init, given: readonly string[]): Promise<number | "hangs"> {
	const house = await startUnder(init, shell("exit 42"), { given });
	let quiet = 0;
	await until("it ends, or has nobody for some time", () => {
		quiet = house.isRunning() && hasNoChild(house.pid()) ? quiet + 1 : 0;
		return !house.isRunning() || quiet > 20;
	});
	const end = house.isRunning() ? "hangs" : (await house.wait()).status;
	house.remove();
	return end;
}

/** Also when the process has just gone. */
function hasNoChild(pid: number): boolean {
	try {
		return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8") === "";
	} catch {
		return true;
	}
}

situation<number | "hangs">("SIGCHLD ignored", {
	rule: "rule 5.3",
	run: (init) => endOrHang(init, ["env", "--ignore-signal=CHLD"]),
	right: 42,
	others: { tini: "hangs", catatonit: "hangs" },
});

situation("SIGCHLD blocked", { run: (init) => endOrHang(init, ["env", "--block-signal=CHLD"]), right: 42 });
