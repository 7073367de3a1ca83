import type { Correction } from "../report/correction.ts";
import type { Diagnostic } from "../report/failure.ts";
import type { YamlNode } from "../sys/native.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { Advice } from "./foreign-words.ts";
import { childOf, type Place } from "./locate.ts";
import type { Proposal } from "./proposal.ts";
import type { Refused } from "./refused.ts";
import { lineOf, ownedBy } from "./shell-words.ts";

/**
 * What to do about a key or a value that was refused. What is to be written is tried: it is told only when the schema takes it, where it would
 * stand.
 */
export interface Advised extends Pick<Diagnostic, "code" | "message">, Partial<Pick<Place, "keys" | "node">> {}

export type Advising = Partial<Pick<Diagnostic, "message" | "remedy" | "correction">> & {
	readonly isRename?: boolean;
	readonly known?: string;
};

export function corrects(correction: Correction | undefined): Pick<Diagnostic, "correction"> {
	return correction === undefined ? {} : { correction };
}

/** In one line, or as the lines that are to stand there. */
export function toWrite({ told: [first = "", ...others], note }: Proposal): string[] {
	const written = others.length === 0 ? [`write ${first}`] : ["write", ...[first, ...others].map((line) => `  ${line}`)];
	return note === undefined ? written : [...written, ...note.split("\n")];
}

/** Whose a tree is to be, by the same variables as the user, needs no word. */
export function forUser(advice: Advice, root: YamlNode): Advice {
	const user = childOf(root, "user");
	const text = user?.kind === "scalar" ? ownedBy(user.text, advice.text) : advice.text;
	return text === advice.text ? advice : { ...advice, text, isGuess: false };
}

/** A line of a shell script among the steps that does nothing here. */
export function needless(keys: Refused["keys"], value: YamlNode): Elsewhere | undefined {
	if (keys.length === 3 && keys[2] === "when" && value.kind === "scalar" && /^(?:always|true)$/i.test(value.text)) {
		return { told: ["leave when out: a step is done at each start"], isCertain: true };
	}
	if (keys.length === 4 && keys[3] === "modes" && value.kind === "scalar" && /^(?:keep|none|preserve|unchanged)$/i.test(value.text)) {
		return { told: ["leave modes out: without it they stay as they are"], isCertain: true };
	}
	return keys.length === 2 && keys[0] === "setup" ? leftOut("", value) : undefined;
}

export function leftOut(name: string, value: YamlNode): Elsewhere | undefined {
	const leave = value.kind === "scalar" ? lineOf(`${name} ${value.text}`)?.leave : undefined;
	// What makes an account may be what the file names.
	const isCertain =
		value.kind !== "scalar" || !/^(?:(?:user|group)?add(?:user|group)?|(?:user|group)mod)\b/.test(`${name} ${value.text}`.trim());
	return leave === undefined ? undefined : { told: [`leave it out: ${leave}`], isCertain };
}
