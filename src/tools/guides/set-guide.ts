import type { SetName } from "../../capability/set.ts";

interface SetGuide {
	readonly is: string;
	readonly filled: string;
	/** What it means when no other set has what this one has. */
	readonly alone: string;
	/** What becomes of it before the workload runs. */
	readonly here: string;
}

/** The five sets of a process. capabilities(7) */
export const setGuide: Readonly<Record<SetName, SetGuide>> = {
	bounding: {
		is: "a ceiling: what set-user-ID root programs and file capabilities can give at most",
		filled: "by the runtime (--cap-add, --cap-drop); from then on it only shrinks, which takes SETPCAP",
		alone: "nothing is held, but a set-user-ID root program brings it back, unless no_new_privs is on",
		here: "emptied but for what is kept; without SETPCAP the start is refused",
	},
	permitted: {
		is: "what the process may make effective whenever it likes, by one call (capset)",
		filled: "by exec: for uid 0 from inheritable and bounding, for others from ambient and what the file has",
		alone: "held in all but name: no check passes now, and each does after the call",
		here: "emptied but for what is kept, and proved",
	},
	effective: {
		is: "what the kernel looks at when a call needs a capability",
		filled: "by capset from permitted; by exec for uid 0, from ambient, or where the file says so",
		alone: "cannot be: it lies within permitted",
		here: "empty between steps; in a step exactly what that needs; then as permitted",
	},
	inheritable: {
		is: "what an exec gives where the file has it as inheritable too (setcap cap_x+i); uid 0 gets it from any file",
		filled: "by capset, from permitted or, with SETPCAP, bounding; stays over exec",
		alone: "nothing is held: a leftover of capsh --inh= or a Docker before 20.10.14 (CVE-2022-24769)",
		here: "emptied but for what is kept, which ambient takes",
	},
	ambient: {
		is: "what each program that is executed keeps, without file capabilities and as any user",
		filled: "by prctl from what is permitted and inheritable; a set-user-ID program and a change of uid from 0 empty it",
		alone: "cannot be: it lies within permitted and inheritable",
		here: "how the workload gets what is kept; emptied but for that",
	},
};
