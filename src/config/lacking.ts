import * as v from "valibot";
import type { YamlNode } from "../sys/native.ts";
import type { Config, Lack, SetupEntry, Unasked } from "./config.ts";
import { common, stepKeys } from "./entry.ts";
import { isMapping } from "./mapping.ts";
import { independentIssues, placeFaults, type TreeFault, type Written } from "./problems.ts";
import type { Value } from "./values.ts";

type Keys = readonly (string | number)[];

interface PlacedLack extends Lack {
	readonly keys: Keys;
	readonly fault: TreeFault;
}

interface WithoutLacking {
	readonly config: Config | undefined;
	readonly told: readonly TreeFault[];
}

/**
 * The configuration without the values that lack a variable, where nothing else is wrong and each is of a key that not every start asks for:
 * a step may be passed over, a command or a variable be given. Otherwise the faults to be told: those that are errors whatever the start asks for.
 */
export function withoutLacking({ root, faults, issues, schema }: Written, value: Value, unasked: Unasked): WithoutLacking {
	const { touched } = placeFaults(root, faults);
	const lacks = lacksIn(root, faults);
	const isUnasked = ({ at, code }: Lack) => isUnset(code) && (unasked === "all" || isReplaced(at, unasked));
	const isLeft = lacks.every((each) => isUnasked(each) || (isUnset(each.code) && optionalLength(each.keys) !== undefined));
	if (!isLeft || independentIssues(root, touched, issues).length > 0) {
		return { config: undefined, told: lacks.filter((each) => !isUnasked(each) && !mayBePassedOver(value, each)).map(({ fault }) => fault) };
	}
	const ofSetup = lacks.filter(({ keys }) => keys[0] === "setup" && keys.length > 1);
	const others = lacks.filter((each) => !ofSetup.includes(each));
	const rest = others.reduceRight(
		(document, { keys }) => without(document, keys.slice(0, optionalLength(keys) ?? (keys[0] === "env" ? 3 : 1))),
		value,
	);
	const entries = isMapping(value) && Array.isArray(value["setup"]) ? value["setup"] : [];
	const lacking = new Map(
		entries.map((entry, index) => [
			index,
			lackingEntry(
				entry as Value,
				ofSetup.filter(({ keys }) => keys[1] === index),
			),
		]),
	);
	const complete = entries.filter((_, index) => lacking.get(index) === undefined);
	const result = v.safeParse(schema, entries.length === 0 ? rest : { ...(rest as object), setup: complete });
	if (!result.success) {
		return { config: undefined, told: faults };
	}
	const steps = [...result.output.setup];
	const setup = entries.map((_, index) => lacking.get(index) ?? (steps.shift() as SetupEntry));
	return { config: { ...result.output, setup, lacks: others.map(toLack) }, told: [] };
}

/** `--user` for `user`, and `--env NAME=value` for `env.set.NAME`. */
function isReplaced(at: string, options: ReadonlyMap<string, readonly string[]>): boolean {
	const [, name] = /^env\.set\.(.*)$/s.exec(at) ?? [];
	return options.has(at) || (name !== undefined && options.get("env")?.some((each) => each.startsWith(`${name}=`)) === true);
}

function isUnset(code: Lack["code"]): boolean {
	return code === "INTERPOLATION_UNSET";
}

function mayBePassedOver(value: Value, { code, keys: [first, index] }: PlacedLack): boolean {
	const steps = isMapping(value) ? value["setup"] : undefined;
	const entry = first === "setup" && Array.isArray(steps) ? steps[index as number] : undefined;
	return isUnset(code) && isMapping(entry) && "when" in entry;
}

/** How many of the keys name what can be left out, where a start may do without it. */
function optionalLength([first, second, third]: Keys): number | undefined {
	switch (first) {
		case "setup":
			return typeof second === "number" ? 2 : undefined;
		case "command":
			return second === "default" ? 2 : undefined;
		case "env":
			return second === "default" && third !== undefined ? 3 : undefined;
		default:
			return undefined;
	}
}

/** What is known of a step that lacks something: its name, and conditions that hold or not whatever is lacking. */
function lackingEntry(entry: Value, lacks: readonly PlacedLack[]): SetupEntry | undefined {
	if (lacks.length === 0 || !isMapping(entry)) {
		return undefined;
	}
	const [kind = ""] = stepKeys(entry);
	const beside = Object.fromEntries(Object.entries(entry).filter(([key]) => key !== kind)) as Value;
	// From the last on: what is taken out of a list moves those behind it.
	const known = lacks.reduceRight((document, { keys }) => {
		const [, , ...below] = keys;
		// Of several commands one is enough: without one of them the others say nothing.
		return below[0] === kind ? document : without(document, below[1] === "command" ? below.slice(0, 2) : below);
	}, beside);
	// What cannot be made out of the rest is told when the variable is there.
	const result = v.safeParse(common, known);
	const { name, when, on_error: onError } = result.success ? result.output : v.parse(common, {});
	return { kind, name, when, onError, config: undefined, lacks: lacks.map(toLack) };
}

function toLack({ at, code, message }: PlacedLack): Lack {
	return { at, code, message };
}

/** The same without what the keys lead to. */
function without(value: Value, [key, ...below]: Keys): Value {
	if (Array.isArray(value)) {
		return below.length === 0
			? value.filter((_, index) => index !== key)
			: value.map((each, index) => (index === key ? without(each, below) : each));
	}
	if (!isMapping(value)) {
		return value;
	}
	const entries = Object.entries(value) as [string, Value][];
	return Object.fromEntries(
		entries.flatMap(([name, each]) => (name !== key ? [[name, each]] : below.length === 0 ? [] : [[name, without(each, below)]])),
	);
}

function lacksIn(root: YamlNode, faults: readonly TreeFault[]): PlacedLack[] {
	const faultOf = new Map(faults.map((fault) => [fault.node, fault]));
	const visit = (node: YamlNode, keys: Keys): PlacedLack[] => {
		const fault = faultOf.get(node);
		return [
			...(fault === undefined ? [] : [{ keys, at: wordsOf(keys), code: fault.code, message: fault.message, fault }]),
			...(node.kind === "sequence" ? node.items.flatMap((item, index) => visit(item, [...keys, index])) : []),
			...(node.kind === "mapping"
				? node.entries.flatMap(([key, value]) => [...visit(key, [...keys, key.text]), ...visit(value, [...keys, key.text])])
				: []),
		];
	};
	return visit(root, []);
}

/** `env.default.NAME`; of a step what follows its number. */
function wordsOf(keys: Keys): string {
	const own = keys[0] === "setup" && keys.length > 1 ? keys.slice(2) : keys;
	const words = own.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
	return own === keys ? words.slice(1) : words;
}
