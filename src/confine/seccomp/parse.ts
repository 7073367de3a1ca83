import { type Diagnostic, Failure, fail } from "../../report/failure.ts";
import { readAction } from "./action-reading.ts";
import { JsonFault, type JsonNode, readJson } from "./json.ts";
import type { Action, Profile } from "./profile.ts";
import { architectureMeant, architectures, flagBits, refusedFlags } from "./profile-words.ts";
import { below, isEmptyList, Reading } from "./reading.ts";
import { RuleReading } from "./rule-reading.ts";
import { type Mistaken, wrappedProfile, yamlProfile } from "./wrapped.ts";

export { placeOfName, placeOfRule } from "./rule-reading.ts";

const profileKeys =
	"defaultAction defaultErrnoRet defaultErrno architectures archMap flags listenerPath listenerMetadata syscalls comment".split(" ");

/** A profile as Docker or the OCI writes it. Throws a Failure with all that is wrong: SECCOMP_PROFILE_SYNTAX, SECCOMP_PROFILE_INVALID. */
export function parseProfile(text: string, file: string): Profile {
	refuseOthers(text, file);
	const reading = new Reading(text, file);
	const tree = treeOf(text, file, reading);
	const mistaken = wrappedProfile(tree, file);
	if (mistaken === undefined && !isOfProfile(tree)) {
		fail("SECCOMP_PROFILE_INVALID", noProfile, { where: file });
	}
	if (mistaken !== undefined) {
		failMistaken(mistaken, reading, "SECCOMP_PROFILE_INVALID");
	}
	const profile = new ProfileReading(reading).profile(tree);
	reading.end();
	return profile as Profile;
}

/** Words that a profile has, or what it was taken from. */
const wordsOfProfiles = /defaultAction|syscalls|SCMP_|localhostProfile/;

const noProfile = "this is no seccomp profile: it has no defaultAction";

/** A list is told what it is. */
function isOfProfile(tree: JsonNode): boolean {
	return tree.kind === "list" || (tree.kind === "object" && tree.members.some(([{ text }]) => /^(?:default|syscalls$|arch)/.test(text)));
}

/** Any other file is somebody's, and what a message shows of it may be a secret. */
function refuseOthers(text: string, file: string): void {
	if (!wordsOfProfiles.test(text)) {
		const code = isJson(text) ? "SECCOMP_PROFILE_INVALID" : "SECCOMP_PROFILE_SYNTAX";
		fail(code, noProfile, { where: file });
	}
}

function isJson(text: string): boolean {
	try {
		readJson(text);
		return true;
	} catch (error) {
		if (error instanceof JsonFault) {
			return false;
		}
		throw error;
	}
}

function failMistaken({ at, words, message, remedy }: Mistaken, reading: Reading, code: Diagnostic["code"]): never {
	throw new Failure({ ...reading.at(at, words, message, code), remedy });
}

function treeOf(text: string, file: string, reading: Reading): JsonNode {
	try {
		return readJson(text);
	} catch (error) {
		if (error instanceof JsonFault) {
			const mistaken = yamlProfile(text, file);
			if (mistaken !== undefined) {
				failMistaken(mistaken, reading, "SECCOMP_PROFILE_SYNTAX");
			}
			if (!/defaultAction|SCMP_/.test(text)) {
				fail("SECCOMP_PROFILE_SYNTAX", noProfile, { where: file });
			}
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
		const defaultAction = readAction(reading, root, "", members, ["defaultAction", "defaultErrnoRet", "defaultErrno"]);
		const [listed, mapped] = [members.get("architectures"), members.get("archMap")];
		if (listed !== undefined && mapped !== undefined && !isEmptyList(listed) && !isEmptyList(mapped)) {
			reading.wrong(mapped, "archMap", "architectures and archMap say the same: only one of them may be written");
		}
		const isDenyList = defaultAction?.kind === "allow" || defaultAction?.kind === "log";
		const rules = new RuleReading(reading, isDenyList);
		return {
			defaultAction,
			flags: members.has("flags") ? this.#flags(members.get("flags")) : undefined,
			architectures: listed === undefined || isEmptyList(listed) ? undefined : this.#architectures(listed, "architectures"),
			archMap: mapped === undefined || isEmptyList(mapped) ? undefined : this.#archMap(mapped),
			rules: reading.list(members.get("syscalls"), "syscalls", (node, words) => rules.rule(node, words)),
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
		return this.#reading.list(
			node,
			words,
			(each, at) => this.#reading.choice(each, at, architectures, "architecture", { meant: architectureMeant })?.text,
		);
	}

	#archMap(node: JsonNode): NonNullable<Profile["archMap"]> {
		const reading = this.#reading;
		return reading.list(node, "archMap", (each, words) => {
			const members = reading.object(each, words, ["architecture", "subArchitectures", "comment"]);
			const own = reading.required(each, words, members, "architecture");
			const architecture =
				own && reading.choice(own, below(words, "architecture"), architectures, "architecture", { meant: architectureMeant })?.text;
			const subArchitectures = this.#architectures(members.get("subArchitectures"), below(words, "subArchitectures"));
			return architecture === undefined ? undefined : { architecture, subArchitectures };
		});
	}
}
