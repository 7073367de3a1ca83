import { withNamedSecrets } from "../../config/named-values.ts";
import type { StepOutlook } from "../../plan/preflight.ts";
import { nameOf } from "../../plan/step-name.ts";
import type { Diagnostic } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { asWritten } from "./as-written.ts";
import { goalInMessages } from "./text/page.ts";

/** With the steps as the plan shows them, and the names of variables for the values of settings. */
export function shownProblems(problems: readonly Diagnostic[], steps: readonly StepOutlook[]): readonly Diagnostic[] {
	const names = steps.map(({ step }): [string, string] => [
		nameOf(step),
		`${step.label} ${step.action.kind} ${goalInMessages(step.action)}`,
	]);
	const named = (text: string, pairs: readonly (readonly [string, string])[]) =>
		pairs.reduce((told, [name, shown]) => told.replaceAll(name, () => shown), text);
	return problems.map((each) => {
		const own = steps.find(({ step }) => nameOf(step) === each.step);
		const pairs = [...names, ...valuesOf(own)].filter(([name, shown]) => name !== shown);
		const told = (text: string) => named(text, pairs);
		return withNamedSecrets({
			...each,
			message: told(each.message),
			...(each.where !== undefined && { where: told(each.where) }),
			...(each.step !== undefined && { step: told(each.step) }),
			...(each.remedy !== undefined && { remedy: each.remedy.map(told) }),
		});
	});
}

function valuesOf(outlook: StepOutlook | undefined): [string, string][] {
	const { settings = [] } = (outlook?.step.action ?? {}) as { settings?: readonly { key: string; value: string }[] };
	return settings.flatMap(({ key, value }): [string, string][] => {
		const shown = asWritten(value, /./);
		return [
			[`${key}=${value}`, `${key}=${shown}`],
			[quoted(value), quoted(shown)],
		];
	});
}
