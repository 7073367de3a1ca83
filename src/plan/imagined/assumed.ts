import type { Config } from "../../config/config.ts";
import { assumeVariables } from "../../config/interpolated.ts";
import { unlessDefect } from "../../report/failure.ts";
import { variablesTaken } from "../../steps/facts.ts";
import { givenVariable } from "../../sys/environ.ts";

/** The configuration with these variables, where whatever else lacks one is left out. */
type Parse = (environment: ReadonlyMap<string, string>) => Promise<Config>;

/** Far from ports, ids and sizes that are written: a value that is found in a text was brought by its variable. */
const firstNumber = 48_101;

/** What a value may have to be, the likeliest first. */
function candidates(name: string, index: number): string[] {
	return [`${firstNumber + index}`, `/\${${name}}`, `\${${name}}`, "0751", "true", "1s", "127.48.0.1", "http://127.48.0.1/"];
}

/**
 * Values for the variables that a start has to be given and here is not, by their names. What only a step with a condition wants stays unset:
 * that may be why it is passed over.
 */
export async function assumedVariables(
	text: string,
	given: ReadonlyMap<string, string>,
	parse: Parse,
): Promise<ReadonlyMap<string, string>> {
	const names = variablesIn(text).filter((name) => givenVariable(given, name) === undefined);
	const assumed = new Map<string, string>();
	for (const [index, name] of names.entries()) {
		const fitting = await firstThat(candidates(name, index), (value) => isTaken(parse, new Map([...given, ...assumed, [name, value]])));
		if (fitting !== undefined) {
			const config = await parsed(parse, new Map([...given, ...assumed, [name, fitting]]));
			// Of a number alone nobody knows the group.
			assumed.set(name, config?.user === fitting ? `${fitting}:${fitting}` : fitting);
		}
	}
	const needed: [string, string][] = [];
	for (const [name, value] of assumed) {
		const others = new Map([...given, ...[...assumed].filter(([other]) => other !== name)]);
		if (await lacks(parse, others)) {
			needed.push([name, value]);
		}
	}
	const taken = await takenByName(parse, new Map([...given, ...needed]));
	const all = [...needed, ...taken.map((name): [string, string] => [name, `\${${name}}`])];
	assumeVariables(all.map(([name]) => name));
	return new Map(all);
}

/** Variables that steps take without a place in the text for them, and that nothing sets. */
async function takenByName(parse: Parse, environment: ReadonlyMap<string, string>): Promise<string[]> {
	const { setup = [], env } = (await parsed(parse, environment)) ?? {};
	const isGiven = (name: string) =>
		[name, `${name}_FILE`].some((each) => givenVariable(environment, each) !== undefined) ||
		env?.set[name] !== undefined ||
		env?.default[name] !== undefined;
	const names = setup.flatMap((step) => (step.when === undefined ? variablesTaken(step) : []));
	return [...new Set(names)].filter((name) => !isGiven(name));
}

/** `${NAME}` and `${NAME:?message}`, each once. */
function variablesIn(text: string): string[] {
	const found = text.matchAll(/\$\$|\$\{([A-Za-z_]\w*)(?:\}|:\?)/g);
	return [...new Set([...found].flatMap(([, name]) => name ?? []))];
}

async function firstThat<T>(values: readonly T[], isRight: (value: T) => Promise<boolean>): Promise<T | undefined> {
	for (const value of values) {
		if (await isRight(value)) {
			return value;
		}
	}
	return undefined;
}

async function isTaken(parse: Parse, environment: ReadonlyMap<string, string>): Promise<boolean> {
	return (await parsed(parse, environment)) !== undefined;
}

/** Whether a start would miss one. */
async function lacks(parse: Parse, environment: ReadonlyMap<string, string>): Promise<boolean> {
	const config = await parsed(parse, environment);
	return (
		(config?.lacks ?? []).length > 0 ||
		config?.setup.some(({ when, lacks: ofStep = [] }) => when === undefined && ofStep.length > 0) === true
	);
}

async function parsed(parse: Parse, environment: ReadonlyMap<string, string>): Promise<Config | undefined> {
	try {
		return await parse(environment);
	} catch (error) {
		return unlessDefect(error);
	}
}
