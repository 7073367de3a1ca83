import { describe, expect, it } from "vitest";
import { type Init, runUnder, shell, startUnder, type Under } from "../../harness/init/inits.ts";
import { until } from "../harness/poll.ts";
import { situation } from "./situation.ts";
import { complains, told } from "./told.ts";

const peersAll = <T>(value: T) => ({ tini: value, "dumb-init": value, catatonit: value });
const end = async (init: Init, script: string, under: Under) => {
	const { status, said } = await told(init, script, under);
	return { status, said };
};

situation("the rest is told", {
	run: (init) =>
		end(init, `setsid bash -c 'trap "echo late; exit" TERM; echo up; while :; do sleep .05; done' & sleep 60`, { init: { grace: "20s" } }),
	right: { status: 143, said: ["late"] },
	others: peersAll({ status: 143, said: [] }),
});

const leavesOnTerm = 'trap "exit 3" TERM; while :; do sleep .05; done';

situation("the rest is waited for", {
	run: (init) =>
		end(init, `bash -c 'trap "sleep .3; echo written; exit" TERM; echo up; while :; do sleep .05; done' & ${leavesOnTerm}`, {
			init: { grace: "20s" },
		}),
	right: { status: 3, said: ["written"] },
	others: peersAll({ status: 3, said: [] }),
});

situation("the rest does not end", {
	run: (init) => end(init, `(trap "" TERM; echo up; while :; do sleep .05; done) & ${leavesOnTerm}`, { init: { grace: "300ms" } }),
	right: { status: 3, said: [] },
});

/** A process 1 that waits for one child alone. */
const reapsNothing = ["perl", "-e", "my $pid = fork; exec @ARGV unless $pid; waitpid $pid, 0; exit $? >> 8"];

describe("with a grace, a process of another user", () => {
	const daemon = { setup: [{ run: { command: ["sh", "-c", "exec 0<&- >/dev/null 2>&1; sleep 600 &"], background: true } }] };
	const message = /^abdicate: warning: init: processes of other users are left, which it cannot signal/m;
	const ends = async (script: string, under: Under) => {
		const begun = Date.now();
		const { status, stdout, stderr } = await runUnder("ours", shell(script), {
			workload: "app",
			init: { grace: "20s" },
			keys: daemon,
			...under,
		});
		return { status, stdout, isSaid: message.test(stderr), isQuick: Date.now() - begun < 10_000 };
	};

	const written = `setsid bash -c 'trap "sleep .3; echo written; exit" TERM; touch /tmp/up; while :; do sleep .05; done' &
		until [ -e /tmp/up ]; do sleep .01; done; exit 3`;
	const starts: Readonly<Record<string, Under>> = { "process 1": {}, "not process 1": { given: reapsNothing } };

	it.concurrent.each(Object.entries(starts))("is not waited for, and said: %s", async (_, under) => {
		expect(await ends("exit 3", under)).toEqual({ status: 3, stdout: "", isSaid: true, isQuick: true });
	});

	it.concurrent.each(Object.entries(starts))("keeps nobody of one's own from its time: %s", async (_, under) => {
		expect(await ends(written, under)).toEqual({ status: 3, stdout: "written\n", isSaid: true, isQuick: true });
	});

	it.concurrent.each(Object.entries(starts))("is told as well where KILL is kept: %s", async (_, under) => {
		const keys = { ...daemon, capabilities: { keep: ["SETUID", "KILL"] } };
		expect(await ends("exit 3", { ...under, keys })).toEqual({ status: 3, stdout: "", isSaid: false, isQuick: true });
	});
});

const orphans = async (init: Init, under: Under & { readonly count: number }) => {
	const { stdout, stderr } = await runUnder(init, ["/workload", "orphans", `${under.count}`], under);
	return { left: stdout.trim(), complains: complains(stderr) };
};

situation("orphans", {
	rule: "rule 5.6",
	run: (init) => orphans(init, { count: init === "ours" ? 10_000 : 1000 }),
	right: { left: "0 zombies", complains: false },
	others: { alone: { left: "1000 zombies", complains: false } },
});

situation("not process 1", {
	run: (init) => orphans(init, { count: 2, given: reapsNothing }),
	right: { left: "0 zombies", complains: false },
	others: { tini: { left: "2 zombies", complains: true }, "dumb-init": { left: "2 zombies", complains: false } },
});

const waits = `
	$| = 1; my $own = fork;
	unless ($own) { sleep 60; exit }
	print "up $own.\\n";
	print wait == $own ? "own\\n" : "stranger\\n"`;

situation("children of others", {
	rule: "rule 5.6",
	run: async (init) => {
		const house = await startUnder(init, ["perl", "-e", waits]);
		const [, own = ""] = /up (\d+)\./.exec((await house.waitForOutput(".")).stdout) ?? [];
		const { stdout } = await house.exec(["sh", "-c", "(sleep .1; exit 2) & echo $!"]);
		await until(
			"the orphan is reaped",
			async () => !house.isRunning() || (await house.exec(["test", "-d", `/proc/${stdout.trim()}`])).status !== 0,
		);
		if (house.isRunning()) {
			await house.exec(["kill", own]);
		}
		const said = (await house.wait()).stdout.trim().split("\n").slice(1);
		house.remove();
		return said;
	},
	right: ["own"],
	others: { alone: ["stranger"] },
});
