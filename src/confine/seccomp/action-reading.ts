import { suggestion } from "../../report/suggest.ts";
import { quoted } from "../../report/text.ts";
import { type ErrnoName, errno } from "../../sys/errno.ts";
import type { JsonNode } from "./json.ts";
import type { Action } from "./profile.ts";
import { actions, refusedActions } from "./profile-words.ts";
import { below, type Members, type Reading } from "./reading.ts";

/** The kernel makes 4095 of what is larger. MAX_ERRNO */
const largestErrno = 4095n;
/** What a call gets of `SCMP_ACT_ERRNO` that says no more: EPERM. */
const usualErrno = 1;

/** Of an action: its own key, that of the number of its errno, and that of its name. */
export type ActionKeys = readonly [action: string, number: string, name: string];

/** The errno is a number, or as Podman writes it a name beside it. */
export function readAction(reading: Reading, node: JsonNode, words: string, members: Members, keys: ActionKeys): Action | undefined {
	const [key, numberKey, nameKey] = keys;
	const written = reading.required(node, words, members, key);
	const kind = written && reading.choice(written, below(words, key), actions, "action", { refused: refusedActions })?.value;
	const [numbered, named] = [members.get(numberKey), members.get(nameKey)];
	const isName = numbered?.kind === "text" && Object.hasOwn(errno, numbered.text);
	const byNumber = isName
		? reading.wrong(numbered, below(words, numberKey), `expected a number, not ${quoted(numbered.text)}: a name stands in ${nameKey}`)
		: numbered && reading.integer(numbered, below(words, numberKey), largestErrno, `an errno is at most ${largestErrno}`);
	const byName = named && !(named.kind === "text" && named.text === "") ? errnoNamed(reading, named, below(words, nameKey)) : undefined;
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

function errnoNamed(reading: Reading, node: JsonNode, words: string): number | undefined {
	const name = reading.text(node, words);
	return name === undefined || Object.hasOwn(errno, name)
		? errno[name as ErrnoName]
		: reading.wrong(node, words, `unknown errno ${quoted(name)}${suggestion(name, Object.keys(errno))}`);
}
