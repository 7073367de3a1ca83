import { carryOut } from "../departure/depart.ts";
import type { Departure } from "../departure/departure.ts";
import { keepOnly } from "../departure/descriptors.ts";
import { rowsOf } from "../departure/order.ts";
import { fail } from "../report/failure.ts";
import type { Outcome } from "../steps/step.ts";
import { must } from "../sys/act.ts";
import { POLL, SIG } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";
import { forkChild } from "./fork.ts";

const states: readonly string[] = ["ok", "changed", "skipped"] satisfies Outcome["state"][];
const longestAnswer = 65_536;

/**
 * Does work in a child that has given up what the workload will not have, by the same rows: it can do nothing there that the workload could
 * not do itself. What comes of it goes through a pipe: the state on a line, then what is to be told. Throws a Failure with what went wrong.
 */
export function asWorkload(host: Host, departure: Departure, work: (host: Host) => Outcome): Outcome {
	const [answers, answer] = must(host, "pipe") as [number, number];
	const text = withDescriptor(host, answers, () => {
		const pid = forkChild(host, () => {
			// The first three stay: what is opened instead would get what is told of progress.
			keepOnly(host, 0, 1, 2, answer);
			host.write(answer, answerOf(host, departure, work));
			return 0;
		});
		host.close(answer);
		// Here signals are looked for, by the host of a first process; the child ends with this one.
		while (host.poll([[answers, POLL.IN]], -1) === -errno.EINTR) {
			// One that is none of those.
		}
		const told = mustRead("read", host.readAll(answers, longestAnswer));
		must(host, "waitpid", pid, 0);
		return told;
	});
	const [, state = "", detail = ""] = /^(\w+)\n(.*)$/s.exec(text) ?? [];
	return states.includes(state)
		? { state: state as Outcome["state"], detail }
		: fail("STEP_FAILED", detail || "the process that did it as the user was ended");
}

function answerOf(host: Host, departure: Departure, work: (host: Host) => Outcome): string {
	try {
		carryOut({ host, mask: 0n, note: () => {} }, departure, rowsOf("give up"));
		// The change of the uid has taken it away. prctl(2)
		must(host, "setParentDeathSignal", SIG.KILL);
		const { state, detail } = work(host);
		return `${state}\n${detail}`;
	} catch (error) {
		return `failed\n${error instanceof Error ? error.message : "unknown failure"}`;
	}
}
