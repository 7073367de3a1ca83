import { type CapabilityName, capabilityName, capabilityNames, parseCapability } from "../../capability/names.ts";
import type { Diagnostic } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { readAction } from "./action-reading.ts";
import { isCallName } from "./calls.ts";
import type { JsonNode } from "./json.ts";
import type { Circumstances, Condition, ProfileRule } from "./profile.ts";
import { goArchitectures, operators } from "./profile-words.ts";
import { below, isEmptyList, type Members, type Reading } from "./reading.ts";

const largestValue = 0xffff_ffff_ffff_ffffn;
const numberOfArguments = 6n;
const ruleKeys = "name names action errnoRet errno args includes excludes comment".split(" ");
const argumentKeys = "index value valueTwo op comment".split(" ");
const circumstanceKeys = "caps arches minKernel".split(" ");

const places = new WeakMap<ProfileRule, () => Pick<Diagnostic, "where" | "source">>();

const placesOfNames = new WeakMap<ProfileRule, (index: number) => Pick<Diagnostic, "where" | "source">>();

/** Where a rule begins, of one that was read from a file. */
export function placeOfRule(rule: ProfileRule): Pick<Diagnostic, "where" | "source"> {
	return places.get(rule)?.() ?? {};
}

/** Where a name of such a rule stands. */
export function placeOfName(rule: ProfileRule, index: number): Pick<Diagnostic, "where" | "source"> {
	return placesOfNames.get(rule)?.(index) ?? placeOfRule(rule);
}

/** Reads the rules of a profile. */
export class RuleReading {
	readonly #reading: Reading;
	/** Where all is allowed, what is to be closed has to be known. */
	readonly #isDenyList: boolean;

	constructor(reading: Reading, isDenyList: boolean) {
		this.#reading = reading;
		this.#isDenyList = isDenyList;
	}

	rule(node: JsonNode, words: string): ProfileRule | undefined {
		const reading = this.#reading;
		const members = reading.object(node, words, ruleKeys);
		const action = readAction(reading, node, words, members, ["action", "errnoRet", "errno"]);
		const named: { readonly at: number; readonly words: string }[] = [];
		const names = this.#names(named, node, words, members, this.#isDenyList && action?.kind !== "allow" && action?.kind !== "log");
		const conditions = reading.list(members.get("args"), below(words, "args"), (each, at) => this.#condition(each, at));
		const includes = this.#circumstances(members.get("includes"), below(words, "includes"));
		const excludes = this.#circumstances(members.get("excludes"), below(words, "excludes"));
		if (action === undefined) {
			return undefined;
		}
		const rule = { names, action, conditions, includes, excludes };
		const placeAt = (at: number, key: string) => {
			const { where, source } = reading.at(at, key, "");
			return { where, source };
		};
		places.set(rule, () => placeAt(node.at, words));
		placesOfNames.set(rule, (index) => placeAt(named[index]?.at ?? node.at, named[index]?.words ?? words));
		return rule;
	}

	#names(
		named: { readonly at: number; readonly words: string }[],
		node: JsonNode,
		words: string,
		members: Members,
		mustBeKnown: boolean,
	): string[] {
		const reading = this.#reading;
		const single = members.get("name");
		const isSingle = single !== undefined && !(single.kind === "text" && single.text === "");
		const list = members.get("names");
		if (isSingle && list !== undefined && !isEmptyList(list)) {
			reading.wrong(single, below(words, "name"), "name and names say the same: only one of them may be written");
		}
		if (!isSingle && (list === undefined || isEmptyList(list))) {
			reading.wrong(list ?? node, words, "names no call");
		}
		const read = (each: JsonNode, at: string): string | undefined => {
			const name = reading.text(each, at);
			if (name === "" || (name !== undefined && mustBeKnown && !isCallName(name))) {
				return reading.wrong(each, at, `unknown call ${quoted(name)}: what is not known cannot be closed`);
			}
			if (name !== undefined) {
				named.push({ at: each.at, words: at });
			}
			return name;
		};
		const first = isSingle ? read(single, below(words, "name")) : undefined;
		return first === undefined ? reading.list(list, below(words, "names"), read) : [first];
	}

	#condition(node: JsonNode, words: string): Condition | undefined {
		const reading = this.#reading;
		const members = reading.object(node, words, argumentKeys);
		const integer = (key: string, most: bigint, message?: string): bigint | undefined => {
			const each = reading.required(node, words, members, key);
			return each && reading.integer(each, below(words, key), most, message);
		};
		const index = integer("index", numberOfArguments - 1n, "a call has six arguments, 0 to 5");
		const value = integer("value", largestValue);
		const written = reading.required(node, words, members, "op");
		const operator = written && reading.choice(written, below(words, "op"), operators, "comparison")?.value;
		// Docker writes it always, and it says something to one comparison only.
		const second = members.get("valueTwo");
		const wanted = second === undefined ? 0n : reading.integer(second, below(words, "valueTwo"), largestValue);
		if (index === undefined || value === undefined || operator === undefined || wanted === undefined) {
			return undefined;
		}
		return operator === "masked =="
			? { index: Number(index), operator, value: wanted & value, mask: value }
			: { index: Number(index), operator, value };
	}

	#circumstances(node: JsonNode | undefined, words: string): Circumstances {
		const reading = this.#reading;
		const members: Members = node === undefined ? new Map() : reading.object(node, words, circumstanceKeys);
		const capabilities = reading.list(
			members.get("caps"),
			below(words, "caps"),
			(each, at) => reading.choice(each, at, capabilityWords, "capability", { meant: capabilityMeant })?.value,
		);
		const architectures = reading.list(
			members.get("arches"),
			below(words, "arches"),
			(each, at) => reading.choice(each, at, goWords, "architecture", { meant: (word) => goMeant[word] })?.text,
		);
		const kernel = members.get("minKernel");
		const minKernel = kernel === undefined ? undefined : this.#kernel(kernel, below(words, "minKernel"));
		return minKernel === undefined ? { capabilities, architectures } : { capabilities, architectures, minKernel };
	}

	#kernel(node: JsonNode, words: string): readonly [number, number] | undefined {
		const text = this.#reading.text(node, words);
		const [, major, minor] = /^(\d{1,5})\.(\d{1,5})$/.exec(text ?? "") ?? [];
		if (major === undefined && text !== undefined) {
			const two = /^v?(\d{1,5}\.\d{1,5})\D/.exec(text)?.[1];
			const hint = two === undefined ? "" : `; runtimes take no third: "${two}"`;
			return this.#reading.wrong(node, words, `expected two numbers such as "4.8", not ${quoted(text)}${hint}`);
		}
		return text === undefined ? undefined : [Number(major), Number(minor)];
	}
}

const capabilityWords: Readonly<Record<string, CapabilityName>> = Object.fromEntries(capabilityNames.map((name) => [`CAP_${name}`, name]));
const goWords: Readonly<Record<string, true>> = Object.fromEntries(goArchitectures.map((name) => [name, true]));

/** Other words for the same machines. */
const goMeant: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64", i386: "386" };

function capabilityMeant(text: string): string | undefined {
	const name = parseCapability(text);
	return name === undefined ? undefined : `CAP_${capabilityName(name)}`;
}
