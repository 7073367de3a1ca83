import { readFileSync } from "node:fs";
import type { House } from "../../harness/house/run.ts";
import { type Init, shell, startUnder } from "../../harness/init/inits.ts";
import { until } from "../harness/poll.ts";
import { situation } from "./situation.ts";
import { told } from "./told.ts";

const TERM = 15;
const marker = 64;

const signal = (house: House, number: number): void => {
	process.kill(house.pid(), number);
};

/** The numbers that `workload record` has said so far. */
const recorded = async (house: House): Promise<number[]> => (await house.logs()).stdout.match(/^\d+$/gm)?.map(Number) ?? [];

const childOf = (pid: number): number => Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"), 10);
const stateOf = (pid: number): string | undefined => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];

/**
 * Whether it holds TERM back, or waits for it already. What comes before the first instruction of process 1 that asks for it, the kernel throws
 * away, whoever that is.
 */
function heeds(pid: number): boolean {
	const [, blocked = "0"] = /^SigBlk:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
	// Where it waits for it, it is not blocked for that long: sigtimedwait(2).
	return ((BigInt(`0x${blocked}`) >> BigInt(TERM - 1)) & 1n) === 1n || !Number.isNaN(childOf(pid));
}

/** What does not arrive as it came. The marker is the last that anybody takes of several. */
async function notAsItCame(init: Init): Promise<string[]> {
	const house = await startUnder(init, ["/workload", "record"]);
	await house.waitForOutput("ready");
	const workload = childOf(house.pid());
	const faults: string[] = [];
	for (const number of [...Array(marker).keys()].slice(1).filter((each) => ![9, 19].includes(each))) {
		const before = (await recorded(house)).length;
		signal(house, number);
		signal(house, marker);
		const said = await until(`${init} forwards after ${number}`, async () => {
			if (stateOf(workload) === "T") {
				faults.push(`${number} stops`);
				process.kill(workload, "SIGCONT");
			}
			const more = (await recorded(house)).slice(before);
			return more.includes(marker) && more;
		});
		if (!said.includes(number) && !faults.includes(`${number} stops`)) {
			faults.push(`${number} is kept`);
		}
	}
	house.remove();
	return faults;
}

const kept = (...numbers: readonly number[]) => numbers.map((number) => `${number} is kept`);

situation("every signal", {
	rule: "rule 5.4",
	run: notAsItCame,
	right: kept(17),
	others: {
		tini: kept(4, 5, 6, 7, 8, 11, 17, 21, 22, 31, 32, 33),
		"dumb-init": [...kept(17), "20 stops", "21 stops", "22 stops", ...kept(32, 33)],
		catatonit: kept(4, 5, 6, 7, 8, 11, 17, 20, 21, 22, 31, 32, 33),
	},
});

situation("a signal at once", {
	run: async (init) => {
		const ends = new Set<number>();
		for (let round = 0; round < 10; round++) {
			const house = await startUnder(init, ["sleep", "60"]);
			await until("it heeds TERM", () => heeds(house.pid()));
			signal(house, TERM);
			ends.add((await house.wait()).status);
			house.remove();
		}
		return [...ends];
	},
	right: [143],
});

situation("no exec", {
	run: async (init) => told(init, "echo up; sleep 60; echo after"),
	right: { status: 143, said: [], complains: false },
});

const flushes = 'trap "echo flushed; exit 0" TERM; echo up; while :; do sleep .05; done';

situation("a dropped workload without KILL", {
	rule: "rule 5.1",
	run: async (init) =>
		(({ status, said }) => ({ status, said }))(await told(init, flushes, { workload: "app", caps: { drop: ["KILL"] }, seconds: 1 })),
	right: { status: 0, said: ["flushed"] },
	others: {
		tini: { status: 1, said: [] },
		"dumb-init": { status: undefined, said: [] },
		catatonit: { status: undefined, said: [] },
	},
});

const master = `
	/workload record > /tmp/worker & worker=$!
	trap 'sleep .2; kill -TERM $worker; sleep .2; kill -KILL $worker; grep -c 15 /tmp/worker; exit 0' TERM
	until grep -q ready /tmp/worker; do sleep .01; done
	echo up
	while :; do sleep .05; done`;

situation("a signal once", {
	rule: "rule 5.4",
	run: async (init) => (await told(init, master)).said,
	right: ["1"],
	others: { "dumb-init": ["2"] },
});

situation("to the group", {
	run: async (init) => {
		const house = await startUnder(init, shell('trap "" TERM; /workload record; :'), {
			init: { group: true },
			options: { tini: ["-g"], catatonit: ["-g"] },
		});
		await house.waitForOutput("ready");
		signal(house, TERM);
		await house.waitForOutput("15");
		house.remove();
		return true;
	},
	right: true,
});

situation("signals mapped", {
	run: async (init) => {
		const house = await startUnder(init, ["/workload", "record"], {
			init: { signals: { TERM: "QUIT" } },
			options: { "dumb-init": ["-r", "15:3"] },
		});
		await house.waitForOutput("ready");
		signal(house, TERM);
		await house.waitForOutput("3");
		signal(house, 10);
		await house.waitForOutput("10");
		const all = await recorded(house);
		house.remove();
		return all;
	},
	right: [3, 10],
});

situation("kill -HUP 1", {
	run: async (init) => {
		const house = await startUnder(init, ["/workload", "record"], { workload: "app" });
		await house.waitForOutput("ready");
		const { status } = await house.exec(["kill", "-HUP", "1"], { user: "app" });
		signal(house, marker);
		await house.waitForOutput(`${marker}`);
		const all = await recorded(house);
		house.remove();
		return { status, all };
	},
	right: { status: 0, all: [1, marker] },
	others: Object.fromEntries(["tini", "dumb-init", "catatonit"].map((peer) => [peer, { status: 1, all: [marker] }])),
});

situation("an init below an init", {
	run: (init) => told(init, 'trap "echo told; exit 5" TERM; echo up; while :; do sleep .05; done', { below: init }),
	right: { status: 5, said: ["told"], complains: false },
	others: { tini: { status: 5, said: ["told"], complains: true } },
});
