import { toGid, toUid } from "../identity/ids.ts";
import { Failure } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import type { YamlMapping } from "../sys/native.ts";
import type { ExpandTarget, FindTarget, InterpolationFault, Target } from "./facts.ts";

type Complete = (text: string) => string | InterpolationFault;

const parts: Readonly<Record<string, keyof Target>> = { "user.name": "name", "user.uid": "uid", "user.gid": "gid", "user.home": "home" };

/** A file is looked at by itself, without the accounts of its image: whoever it may be. */
const anybody: FindTarget = () => ({ uid: toUid(1000), gid: toGid(1000), name: "user", home: "/home/user" });

/** The facts of whom the completed text at the key `user` names, looked up when the first of them is asked for. */
export function targetFacts({ entries }: YamlMapping, complete: Complete, find: FindTarget = anybody): ExpandTarget {
	const user = entries.find(([key]) => key.text === "user")?.[1];
	let found: Target | InterpolationFault | undefined;
	let isLooking = false;
	return (inner) => {
		if (isLooking) {
			return { code: "INTERPOLATION_SYNTAX", message: "the facts of @user follow from this key, and cannot be part of it" };
		}
		if (found === undefined) {
			isLooking = true;
			const named = user?.kind === "scalar" ? complete(user.text) : undefined;
			// No option can name somebody else where there is none.
			const isWrong = find === anybody && typeof named === "object" && named.code !== "INTERPOLATION_UNSET";
			found = isWrong ? named : attemptToFind(find, named);
			isLooking = false;
		}
		return expand(inner, found);
	};
}

/** Who cannot be found is told where the user is asked for. */
function attemptToFind(find: FindTarget, user: string | InterpolationFault | undefined): Target | InterpolationFault {
	try {
		return find(typeof user === "string" ? user : undefined);
	} catch (error) {
		if (error instanceof Failure) {
			const [{ code, message }] = error.diagnostics;
			// An option could have named somebody else.
			return typeof user === "object" ? user : { code, message };
		}
		throw error;
	}
}

/** `user.name`, then perhaps `:-default` or `:?message`. */
function expand(inner: string, who: Target | InterpolationFault): string | InterpolationFault | undefined {
	const [, name = inner, operator, operand = ""] = /^(user\.\w+)(?::([-?])(.*))?$/s.exec(inner) ?? [];
	const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
	if (part === undefined) {
		return inner.startsWith("user.")
			? { code: "INTERPOLATION_SYNTAX", message: `@${quoted(name)} is not a fact${suggestion(name, Object.keys(parts))}` }
			: undefined;
	}
	if ("code" in who) {
		return who;
	}
	const value = who[part];
	if (value !== undefined || operator === "-") {
		return value?.toString() ?? operand;
	}
	const reason = `uid ${who.uid} has no entry in /etc/passwd, and so no name; \${@user.uid} is the number, \${@user.name:-app} has a name for it`;
	return { code: "INTERPOLATION_UNSET", message: operator === "?" && operand !== "" ? operand : reason };
}
