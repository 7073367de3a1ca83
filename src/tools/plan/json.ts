import { secretName } from "../../config/secret-name.ts";
import type { Preflight } from "../../plan/preflight.ts";
import type { Diagnostic } from "../../report/failure.ts";
import { Failure } from "../../report/failure.ts";
import { json } from "../../report/json.ts";
import { nameOfEntry } from "../../sys/environ.ts";
import { asWritten } from "./as-written.ts";
import { type ShownPlan, withItsHome } from "./shown-plan.ts";

/** The plan as data, with what it takes here and what would stop a run. */
export function planJson(
	plan: ShownPlan,
	{ steps, drop, problems, unused, unusedHere }: Preflight,
	told: object,
	assumed?: ReadonlyMap<string, string>,
): string {
	const { setup, ...others } = printableValue("", { ...plan, identity: withItsHome(plan) }) as ShownPlan;
	const outlook = {
		setup: setup.map((step, index) => {
			const { needs = [], devices = [], warnings = [] } = steps[index] ?? {};
			const free = { needs, devices, warnings: warnings.map((each) => asWritten(each, /./)) };
			return { ...step, ...(printableValue("", free) as typeof free) };
		}),
		warnings: others.warnings.map(({ message, remedy = [] }) => [message, ...remedy].join("; ")),
		...(printableValue("", told) as object),
		needs: printableValue("", drop),
		problems: problems.map(asLogged),
		unused: unused.names(),
		unused_here: unusedHere.names(),
		exit_status: statusOf(problems),
		// What stands for them above; the names alone are known.
		...(assumed === undefined ? {} : { assumed: Object.fromEntries(assumed) }),
	};
	return `${json({ ...others, ...outlook }, 2)}\n`;
}

/** Where no plan can be made. */
export function problemsJson(problems: readonly Diagnostic[]): string {
	return `${json({ problems: problems.map(asLogged), exit_status: statusOf(problems) }, 2)}\n`;
}

/** Of the run that would end with them. */
function statusOf([first, ...others]: readonly Diagnostic[]): number {
	return first === undefined ? 0 : new Failure(first, ...others).exitStatus;
}

/** As a log has it, which has not been written. */
function asLogged({ code, step, where, message, remedy = [] }: Diagnostic) {
	return { time: null, severity: "error", code, step: step ?? null, message, remedy, ...(where !== undefined && { where }) };
}

/** Members that say where something lies; what a variable brought into any other may be a secret, whatever the variable is called. */
const places: readonly string[] = [
	...["path", "paths", "patterns", "exclude", "target", "from", "to", "directory", "workdir", "home", "candidates", "bundle", "creates"],
	...["owns", "owns_copies_in", "writes_to", "secrets", "devices", "by"],
	...["label", "kind", "type", "state", "policy"],
];

/** Values of an environment, the workload's or a step's, may be secrets: a plan shows the names alone. What came out of a variable stays `${NAME}`. */
function printableValue(key: string, value: unknown): unknown {
	if (typeof value === "bigint") {
		return value.toString();
	}
	if (key === "environment" && Array.isArray(value)) {
		return value.map(nameOfEntry);
	}
	if (key === "program" && typeof value === "string") {
		// Of a filter: no variable has a part in its digits.
		return value;
	}
	if (key === "content" && typeof value === "string") {
		return `${value.length} characters`;
	}
	if (typeof value === "string") {
		return asWritten(value, places.includes(key) ? secretName : /./);
	}
	if (Array.isArray(value)) {
		return value.map((each) => printableValue(key, each));
	}
	const { toJSON } = (value ?? {}) as { toJSON?: unknown };
	return typeof value !== "object" || value === null || typeof toJSON === "function"
		? value
		: Object.fromEntries(Object.entries(value).map(([name, each]) => [name, printableValue(name, each)]));
}
