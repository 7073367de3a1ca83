import * as v from "valibot";
import { textLike } from "../../config/fields.ts";
import { formed } from "../../config/form.ts";
import { optional } from "../../config/mapping.ts";
import { signalNames } from "../../config/signals.ts";
import { must } from "../../sys/act.ts";
import { row } from "../row.ts";

const signal = (): v.GenericSchema<unknown, number> =>
	formed(
		v.pipe(
			textLike(/^(?:SIG)?([A-Z0-9]+)$|^none$/, "expected a signal name, such as TERM, or none"),
			v.picklist(["none", ...signalNames], "expected a signal name, such as TERM, or none"),
			v.transform((name) => (name === "none" ? 0 : signalNames.indexOf(name) + 1)),
		),
		"signal",
	);

/** A signal number; 0 for none. */
export const parentDeathSignal = row<number, number>({
	act: "part",
	reason: "the kernel clears it when an effective id changes, and in a child",
	after: { uid: "the change clears it", init: "the workload is a child then" },
	key: {
		name: "parent_death_signal",
		description: "The signal the workload gets when its parent ends, or `none`. See PR_SET_PDEATHSIG(2const).",
		field: () => optional(signal),
	},
	plan: ({ request: { ofWorkload }, setting, start }) =>
		ofWorkload === undefined ? 0 : (setting ?? (ofWorkload.keepsSignals ? undefined : start.parentDeathSignal)),
	shown: (number) => signalNames[number - 1],
	apply: ({ host }, number) => must(host, "setParentDeathSignal", number),
});
