import { type CapabilityName, capabilityName, capabilityNames, parseCapability } from "../../capability/names.ts";
import { type Diagnostic, Failure } from "../../report/failure.ts";
import { suggestion } from "../../report/suggest.ts";
import { quoted } from "../../report/text.ts";
import { type ErrnoName, errno } from "../../sys/errno.ts";
import { isCallName } from "./calls.ts";
import { JsonFault, type JsonNode, readJson } from "./json.ts";
import type { Action, Circumstances, Condition, Profile, ProfileRule } from "./profile.ts";
import { actions, architectures, flagBits, goArchitectures, operators, refusedActions, refusedFlags } from "./profile-words.ts";
import { below, type Members, Reading } from "./reading.ts";

/** The kernel makes 4095 of what is larger. MAX_ERRNO */
const largestErrno = 4095n;
const largestValue = 0xffff_ffff_ffff_ffffn;
const numberOfArguments = 6n;
/** What a call gets of `SCMP_ACT_ERRNO` that says no more: EPERM. */
const usualErrno = 1;

const profileKeys = [
	..."defaultAction defaultErrnoRet defaultErrno architectures archMap flags listenerPath listenerMetadata syscalls comment".split(" "),
];
const ruleKeys = "name names action errnoRet errno args includes excludes comment".split(" ");
const argumentKeys = "index value valueTwo op comment".split(" ");
const circumstanceKeys = "caps arches minKernel".split(" ");

const places = new WeakMap<ProfileRule, () => Pick<Diagnostic, "where" | "source">>();

/** Where a rule begins, of one that was read from a file. */
export function placeOfRule(rule: ProfileRule): Pick<Diagnostic, "where" | "source"> {
	return places.get(rule)?.() ?? {};
}

/** A profile as Docker or the OCI writes it. Throws a Failure with all that is wrong: SECCOMP_PROFILE_SYNTAX, SECCOMP_PROFILE_INVALID. */
export function parseProfile(text: string, file: string): Profile {
	const reading = new Reading(text, file);
	const profile = new ProfileReading(reading).profile(treeOf(text, reading));
	reading.end();
	return profile as Profile;
}

function treeOf(text: string, reading: Reading): JsonNode {
	try {
		return readJson(text);
	} catch (error) {
		if (error instanceof JsonFault) {
			throw new Failure(reading.at(error.at, "", error.message, "SECCOMP_PROFILE_SYNTAX"));
		}
		throw error;
	}
}

class ProfileReading {
	readonly #reading: Reading;

	constructor(reading: Reading) {
		this.#reading = reading;
	}

	/** What is wrong with it is told by the reading; then there may be no default. */
	profile(root: JsonNode): Omit<Profile, "defaultAction"> & { readonly defaultAction: Action | undefined } {
		const reading = this.#reading;
		const members = reading.object(root, "", profileKeys);
		for (const key of ["listenerPath", "listenerMetadata"]) {
			const node = members.get(key);
			if (node !== undefined && !(node.kind === "text" && node.text === "")) {
				reading.wrong(node, key, "is for a process that answers instead of the kernel, and there is none");
			}
		}
		const defaultAction = this.#action(root, "", members, ["defaultAction", "defaultErrnoRet", "defaultErrno"]);
		const [listed, mapped] = [members.get("architectures"), members.get("archMap")];
		if (listed !== undefined && mapped !== undefined && !isEmptyList(listed) && !isEmptyList(mapped)) {
			reading.wrong(mapped, "archMap", "architectures and archMap say the same: only one of them may be written");
		}
		const isDenyList = defaultAction?.kind === "allow" || defaultAction?.kind === "log";
		return {
			defaultAction,
			flags: members.has("flags") ? this.#flags(members.get("flags")) : undefined,
			architectures: listed === undefined || isEmptyList(listed) ? undefined : this.#architectures(listed, "architectures"),
			archMap: mapped === undefined || isEmptyList(mapped) ? undefined : this.#archMap(mapped),
			rules: reading.list(members.get("syscalls"), "syscalls", (node, words) => this.#rule(node, words, isDenyList)),
		};
	}

	#flags(node: JsonNode | undefined): string[] {
		return this.#reading.list(
			node,
			"flags",
			(each, words) => this.#reading.choice(each, words, flagBits, "flag", { refused: refusedFlags })?.text,
		);
	}

	#architectures(node: JsonNode | undefined, words: string): string[] {
		return this.#reading.list(node, words, (each, at) => this.#reading.choice(each, at, architectures, "architecture")?.text);
	}

	#archMap(node: JsonNode): NonNullable<Profile["archMap"]> {
		const reading = this.#reading;
		return reading.list(node, "archMap", (each, words) => {
			const members = reading.object(each, words, ["architecture", "subArchitectures", "comment"]);
			const own = this.#required(each, words, members, "architecture");
			const architecture = own && reading.choice(own, below(words, "architecture"), architectures, "architecture")?.text;
			const subArchitectures = this.#architectures(members.get("subArchitectures"), below(words, "subArchitectures"));
			return architecture === undefined ? undefined : { architecture, subArchitectures };
		});
	}

	#rule(node: JsonNode, words: string, isDenyList: boolean): ProfileRule | undefined {
		const reading = this.#reading;
		const members = reading.object(node, words, ruleKeys);
		const action = this.#action(node, words, members, ["action", "errnoRet", "errno"]);
		const names = this.#names(node, words, members, isDenyList && action?.kind !== "allow" && action?.kind !== "log");
		const conditions = reading.list(members.get("args"), below(words, "args"), (each, at) => this.#condition(each, at));
		const includes = this.#circumstances(members.get("includes"), below(words, "includes"));
		const excludes = this.#circumstances(members.get("excludes"), below(words, "excludes"));
		if (action === undefined) {
			return undefined;
		}
		const rule = { names, action, conditions, includes, excludes };
		places.set(rule, () => {
			const { where, source } = reading.at(node.at, words, "");
			return { where, source };
		});
		return rule;
	}

	#names(node: JsonNode, words: string, members: Members, mustBeKnown: boolean): string[] {
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
			return name;
		};
		const first = isSingle ? read(single, below(words, "name")) : undefined;
		return first === undefined ? reading.list(list, below(words, "names"), read) : [first];
	}

	/** The errno is a number, or as Podman writes it a name beside it. */
	#action(node: JsonNode, words: string, members: Members, [key, numberKey, nameKey]: [string, string, string]): Action | undefined {
		const reading = this.#reading;
		const written = this.#required(node, words, members, key);
		const kind = written && reading.choice(written, below(words, key), actions, "action", { refused: refusedActions })?.value;
		const [numbered, named] = [members.get(numberKey), members.get(nameKey)];
		const byNumber = numbered && reading.integer(numbered, below(words, numberKey), largestErrno, `an errno is at most ${largestErrno}`);
		const byName = named && !(named.kind === "text" && named.text === "") ? this.#errnoName(named, below(words, nameKey)) : undefined;
		if (kind === undefined) {
			return undefined;
		}
		if (kind !== "errno") {
			for (const [each, name] of [
				[numbered, numberKey],
				[byName === undefined ? undefined : named, nameKey],
			] as const) {
				if (each !== undefined) {
					reading.wrong(each, below(words, name), `only SCMP_ACT_ERRNO gives an errno`);
				}
			}
			return { kind };
		}
		if (numbered !== undefined && named !== undefined && byNumber !== undefined && byName !== undefined && byNumber !== BigInt(byName)) {
			reading.wrong(named, below(words, nameKey), `is ${byName}, and ${numberKey} is ${byNumber}`);
		}
		return { kind, value: Number(byNumber ?? byName ?? usualErrno) };
	}

	#errnoName(node: JsonNode, words: string): number | undefined {
		const name = this.#reading.text(node, words);
		return name === undefined || Object.hasOwn(errno, name)
			? errno[name as ErrnoName]
			: this.#reading.wrong(node, words, `unknown errno ${quoted(name)}${suggestion(name, Object.keys(errno))}`);
	}

	#condition(node: JsonNode, words: string): Condition | undefined {
		const reading = this.#reading;
		const members = reading.object(node, words, argumentKeys);
		const integer = (key: string, most: bigint, message?: string): bigint | undefined => {
			const each = this.#required(node, words, members, key);
			return each && reading.integer(each, below(words, key), most, message);
		};
		const index = integer("index", numberOfArguments - 1n, "a call has six arguments, 0 to 5");
		const value = integer("value", largestValue);
		const written = this.#required(node, words, members, "op");
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
			return this.#reading.wrong(node, words, `expected two numbers such as "4.8", not ${quoted(text)}`);
		}
		return text === undefined ? undefined : [Number(major), Number(minor)];
	}

	#required(node: JsonNode, words: string, members: Members, key: string): JsonNode | undefined {
		// Of what is no object it is said already.
		return members.get(key) ?? (node.kind === "object" ? this.#reading.wrong(node, words, `the key ${key} is missing`) : undefined);
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

function isEmptyList(node: JsonNode): boolean {
	return node.kind === "list" && node.items.length === 0;
}
