import type { Looked } from "../../../cli/look-ahead.ts";
import { secretName } from "../../../config/secret-name.ts";
import { shellWord } from "../../../report/shell.ts";
import { printable } from "../../../report/text.ts";
import { describeStep, type StepAction } from "../../../steps/index.ts";
import type { Reads } from "../../../sys/native.ts";
import { asWritten } from "../as-written.ts";
import type { ShownPlan } from "../shown-plan.ts";

/** What the text of a plan is made of. */
export interface Page {
	readonly plan: ShownPlan;
	readonly looked: Looked;
	readonly reads: Reads;
	/** False for a plan whose command stands for one that was not given. */
	readonly isCommandKnown: boolean;
	/** Of the configuration, where there is one. */
	readonly file: string | undefined;
}

/** A row of a list: what it is about, and what there is to say, in lines. */
export type Row = readonly [label: string, ...lines: readonly string[]];

/** As a terminal may have it, and without what came out of a variable that may be a secret. */
export function shown(text: string): string {
	return printable(asWritten(text, secretName));
}

/** `/a, /b, and 3 more` */
export function some(items: readonly string[], most = 6): string {
	const more = items.length - most;
	return more > 1 ? `${items.slice(0, most).join(", ")}, and ${more} more` : items.join(", ");
}

/** `/data to 999:999`, as the step itself says it in a message. */
export function goalInMessages(action: StepAction): string {
	return shown(describeStep(withNames(action), (value) => asWritten(value, secretName)));
}

/** The same with all words of its program, of which a message has the first. */
export function goalOf(action: StepAction): string {
	const goal = goalInMessages(action);
	const { command } = withNames(action) as { command?: unknown };
	const [program, ...words] = Array.isArray(command) ? (command as string[]) : [];
	const isProgram = program !== undefined && words.length > 0 && goal.startsWith(`${shown(program)} `);
	return isProgram ? `${shown(clipped([program, ...words].map(shellWord).join(" ")))}${goal.slice(shown(program).length)}` : goal;
}

const mostOfCommand = 72;

function clipped(text: string): string {
	return text.length > mostOfCommand ? `${text.slice(0, mostOfCommand - 3)}...` : text;
}

/** Words of a command, values of settings and a host name are no places: what any variable brought into them may be a secret. */
function withNames(action: StepAction): StepAction {
	const { command, settings, kind, name } = action as { command?: unknown; settings?: unknown; kind: string; name?: unknown };
	const named = (value: unknown) => (typeof value === "string" ? asWritten(value, /./) : value);
	return {
		...action,
		...(kind === "hostname" && { name: named(name) }),
		...(Array.isArray(command) && { command: command.map(named) }),
		...(Array.isArray(settings) && {
			settings: settings.map((each: object) => ({
				...Object.fromEntries(Object.entries(each).map(([key, value]) => [key, key === "key" || key === "path" ? value : named(value)])),
			})),
		}),
	} as StepAction;
}
