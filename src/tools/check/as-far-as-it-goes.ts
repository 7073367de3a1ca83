import type { RunOptions } from "../../cli/options.ts";
import { type Amended, makePlan } from "../../cli/run.ts";
import type { Config } from "../../config/config.ts";
import { grantedStart } from "../../plan/granted-start.ts";
import type { Planned } from "../../plan/surroundings.ts";
import { type Diagnostic, Failure } from "../../report/failure.ts";
import type { Reads } from "../../sys/native.ts";
import { asFinding } from "./lint/findings.ts";

/** What could be planned, and why the rest could not. */
export interface AsFarAsItGoes {
	/** Without what is wrong; `undefined` where nothing is left. */
	readonly planned: Planned | undefined;
	readonly faults: readonly Diagnostic[];
	/** False where another command stands for the one that is wrong. */
	readonly isCommandKnown: boolean;
}

/** Plans until it goes, each time without what was found wrong: one mistake hides no other. */
export async function planAsFarAsItGoes(reads: Reads, options: RunOptions, file: string): Promise<AsFarAsItGoes> {
	const faults: Diagnostic[] = [];
	const left = new Set<string>();
	for (;;) {
		try {
			const planned = await makePlan(reads, options, "look", grantedStart, (config) => without(config, left));
			return { planned, faults, isCommandKnown: !left.has("command") };
		} catch (error) {
			if (!(error instanceof Failure)) {
				throw error;
			}
			const isNew = (each: Diagnostic) => !faults.some((known) => known.message === each.message && known.where === each.where);
			faults.push(...error.diagnostics.filter(isNew));
			const known = left.size;
			for (const each of error.diagnostics) {
				left.add(partOf(each, file));
			}
			if (left.size === known) {
				return { planned: undefined, faults, isCommandKnown: !left.has("command") };
			}
		}
	}
}

/** `setup[1]` of a step, else the key at the top of the file. */
function partOf(diagnostic: Diagnostic, file: string): string {
	if (diagnostic.code === "USER_MISSING") {
		return "user";
	}
	const { key } = asFinding(file, diagnostic);
	return /^setup\[\d+\]/.exec(key)?.[0] ?? /^\w*/.exec(key)?.[0] ?? "";
}

/** Whoever is not known is root here, from whom nothing is kept: what only depends on the user is not told then. */
function without(config: Config, left: ReadonlySet<string>): Amended {
	const has = (key: string) => left.has(key);
	const { command, env, groups, setup, rows, lacks = [] } = config;
	const isUserLeft = has("user") || has("groups");
	return {
		config: {
			...config,
			lacks: lacks.filter(({ at }) => ![...left].some((key) => at === key || at.startsWith(`${key}.`) || at.startsWith(`${key}[`))),
			...(isUserLeft && { user: "0:0", groups: { ...groups, add: [], fromPath: [] } }),
			...(has("capabilities") && { capabilities: { form: "keep", keep: [], keepIfPresent: [] } }),
			...(has("command") && { command: { ...command, default: [] } }),
			...(has("env") && { env: { ...env, fromFile: [], set: {}, default: {} } }),
			...(has("workdir") && { workdir: undefined }),
			rows: Object.fromEntries(Object.entries(rows).filter(([key]) => !has(key))),
		},
		...(has("command") && { given: ["/"] }),
		isPlanned: (entry) => !has(`setup[${setup.indexOf(entry)}]`),
	};
}
