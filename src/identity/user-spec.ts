import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { type Gid, parseId, toGid, toUid, type Uid } from "./ids.ts";

/** `user`, `user:group`, by name or by number. */
export interface UserSpec {
	readonly user: Uid | string;
	/** `undefined` when the spec names none. */
	readonly group: Gid | string | undefined;
}

const longestName = 256;
const remedy = ["a user is a login name or a decimal id from 0 to 4294967294, a group likewise: app, 1000, app:video, 1000:1000"];

/** Strict: nothing is trimmed, guessed or narrowed, because a number that is read wrong may be root's. `where` is the key it is written at. USER_INVALID */
export function parseUserSpec(text: string, where = "user"): UserSpec {
	const parts = text.split(":");
	const [user = "", group] = parts;
	if (parts.length > 2) {
		fail("USER_INVALID", `${quoted(text)} has more than one colon`, { where, remedy });
	}
	const id = parseNameOrId(user, "user", where);
	return {
		user: typeof id === "number" ? toUid(id) : id,
		group: group === undefined ? undefined : parseGroup(group, where),
	};
}

/** One group, by name or by number. `where` is the key it is written at. */
export function parseGroup(text: string, where = "user"): Gid | string {
	const id = parseNameOrId(text, "group", where);
	return typeof id === "number" ? toGid(id) : id;
}

function parseNameOrId(text: string, what: string, where: string): number | string {
	const id = parseId(text);
	if (typeof id === "number") {
		return id;
	}
	if (id === "invalid") {
		fail("USER_INVALID", `${quoted(text)} is not a ${what} id`, { where, remedy });
	}
	if (!isName(text)) {
		fail("USER_INVALID", text === "" ? `the ${what} is empty` : `${quoted(text)} is not a ${what} name`, { where, remedy });
	}
	return text;
}

/**
 * Wider than useradd(8) allows, as systemd takes names it did not make: not what an account file cannot hold or uses for
 * something else (`:`, control characters, a leading `+`, `-` or `#`), and not what is a path or a number gone wrong. Directory services have
 * names of several words, `domain users`; a blank around a name, or of another kind, is a slip.
 */
function isName(text: string): boolean {
	if (text === "" || text.length > longestName || text === "." || text === "..") {
		return false;
	}
	const words = text.split(" ");
	return (
		!words.includes("") &&
		!/^[-+#]|[:/\x00-\x1f\x7f-\x9f\ud800-\udfff]/u.test(text) &&
		!words.some((word) => /\s/.test(word)) &&
		!words.every((word) => /^(?:[0-9]+|0[xob][0-9a-f]*)$/i.test(word))
	);
}
