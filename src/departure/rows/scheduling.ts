import { CapabilitySet } from "../../capability/set.ts";
import { integer } from "../../config/fields.ts";
import { optional } from "../../config/mapping.ts";
import { must } from "../../sys/act.ts";
import { AT, O } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import { procPath, readProc, withoutProc } from "../../sys/proc.ts";
import { row } from "../row.ts";

const ofScore = "self/oom_score_adj";

export const oomScore = row<number, number>({
	act: "confine",
	reason: "the files of /proc/self become root's with the change of the uid",
	after: {},
	key: {
		name: "oom_score_adj",
		description:
			"Whom the kernel ends when memory is short: 1000 first, -1000 never; less than that of the start takes SYS_RESOURCE. See proc_pid_oom_score_adj(5).",
		field: () => optional(() => integer(-1000, 1000)),
	},
	plan: ({ setting }) => setting,
	shown: String,
	needs: () => CapabilitySet.of("SYS_RESOURCE"),
	asks: (score, { now }) => {
		const asked = { name: "SYS_RESOURCE", purpose: "for oom_score_adj, below that of the start" } as const;
		if (now !== undefined) {
			return score < scoreNow(now) ? [asked] : [];
		}
		// Docker starts with 0, Kubernetes with up to 1000.
		return score < 0 ? [asked] : score < 1000 ? [{ ...asked, isOptional: true }] : [];
	},
	refusal: (_, reads) => withoutProc(reads, ofScore),
	apply: ({ host }, score) => {
		const fd = must(host, "open", AT.FDCWD, procPath(host, ofScore), O.WRONLY, 0, 0) as number;
		withDescriptor(host, fd, () => must(host, "write", fd, score.toString()));
	},
});

function scoreNow(reads: Reads): number {
	const text = readProc(reads, ofScore);
	return typeof text === "string" ? Number(text) : 0;
}

const RLIMIT_NICE = 13;
/** What the limit calls a nice value of 0. */
const zero = 20;

export const nice = row<number, number>({
	act: "confine",
	reason: "a nice value is lowered with SYS_NICE, which is given up with the rest",
	after: {},
	key: {
		name: "nice",
		description:
			"How much the workload yields to others: 19 most, -20 least; less than that of the start takes SYS_NICE. See setpriority(2).",
		field: () => optional(() => integer(-20, 19)),
	},
	plan: ({ setting }) => setting,
	shown: String,
	needs: () => CapabilitySet.of("SYS_NICE"),
	// Where the limit of the start lets it: getrlimit(2), RLIMIT_NICE.
	asks: (value, { now }) => {
		const lowest = now === undefined ? 0 : Math.min(0, zero - Number(mustRead("prlimit64", now.getrlimit(RLIMIT_NICE))[0]));
		return value < lowest ? [{ name: "SYS_NICE", purpose: "for nice" }] : [];
	},
	apply: ({ host }, value) => must(host, "setpriority", value),
});
