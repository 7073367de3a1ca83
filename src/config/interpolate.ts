import { toGid, toUid } from "../identity/ids.ts";
import type { ErrorCode } from "../report/codes.ts";
import { Failure } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { givenVariable, lackOfVariable } from "../sys/environ.ts";
import type { Reads, YamlMapping, YamlNode } from "../sys/native.ts";
import { type Facts, factNames, observeFacts, type Target, targetFacts } from "./facts.ts";
import { forgetInterpolated, rememberInterpolated } from "./interpolated.ts";

/** Why a value could not be completed. */
export interface InterpolationFault {
	readonly code: ErrorCode;
	readonly message: string;
}

interface InterpolationContext {
	readonly environment: ReadonlyMap<string, string>;
	readonly facts: Facts;
	readonly target?: () => Target | InterpolationFault;
}

/** Whom a user spec names, or an option in its place. Throws a Failure for who cannot be found. */
export type FindTarget = (user: string | undefined) => Target;

export interface CompleterContext extends Pick<InterpolationContext, "environment"> {
	readonly reads: Reads;
	readonly root: YamlMapping;
	readonly loadTarget: (() => Promise<FindTarget>) | undefined;
}

/** A file is looked at by itself, without the accounts of its image: whoever it may be. */
const anybody: FindTarget = () => ({ uid: toUid(1000), gid: toGid(1000), name: "user", home: "/home/user" });

/** Interpolation with the facts of this container, and of whom the completed text at the key `user` names. */
export async function completer({
	environment,
	reads,
	root,
	loadTarget,
}: CompleterContext): Promise<(text: string) => string | InterpolationFault> {
	const facts = observeFacts(reads);
	forgetInterpolated();
	const find = (asksForTarget(root) ? await loadTarget?.() : undefined) ?? anybody;
	const user = root.entries.find(([key]) => key.text === "user")?.[1];
	let found: Target | InterpolationFault | undefined;
	let isLooking = false;
	const target = (): Target | InterpolationFault => {
		if (isLooking) {
			return { code: "INTERPOLATION_SYNTAX", message: "the facts of @user follow from this key, and cannot be part of it" };
		}
		if (found === undefined) {
			isLooking = true;
			found = attemptToFind(find, user?.kind === "scalar" ? complete(user.text) : undefined);
			isLooking = false;
		}
		return found;
	};
	const complete = (text: string): string | InterpolationFault => interpolate(text, { environment, facts, target });
	return complete;
}

function asksForTarget(node: YamlNode): boolean {
	switch (node.kind) {
		case "scalar":
			return node.text.includes("${@user");
		case "sequence":
			return node.items.some(asksForTarget);
		case "mapping":
			return node.entries.some(([, value]) => asksForTarget(value));
	}
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

/** One `$` and what follows: `$$`, `${...}`, or something that is neither. */
const dollar = /\$(?:\$|\{([^{}]*)\}|([A-Za-z_{]?))/g;
/** NAME, then perhaps `:-default` or `:?message`. */
const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?::([-?])(.*))?$/s;

/** Replaces `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `${@fact}` and `$$`. The result is a value and never read again. */
export function interpolate(text: string, context: InterpolationContext): string | InterpolationFault {
	if (!text.includes("$")) {
		return text;
	}
	let fault: InterpolationFault | undefined;
	const brought: Parameters<typeof rememberInterpolated>[1][number][] = [];
	const result = text.replace(dollar, (whole: string, inner: string | undefined, stray: string | undefined, offset: number) => {
		if (whole === "$$") {
			return "$";
		}
		const value = inner === undefined ? explainStray(whole, stray ?? "") : expand(inner, context);
		if (typeof value === "string") {
			const [name = ""] = /^@?[\w.]+/.exec(inner ?? "") ?? [];
			if ((name.startsWith("@") && inner?.endsWith(`:-${value}`) !== true) || context.environment.get(name) === value) {
				brought.push({ name, value, place: whole === text ? "whole" : offset === 0 ? "start" : "inside" });
			}
			return value;
		}
		fault ??= value;
		return "";
	});
	if (brought.length > 0) {
		rememberInterpolated(result, brought);
	}
	return fault ?? result;
}

/** A `$` that starts nothing is only a `$`; one that looks like a variable is a mistake waiting to happen. */
function explainStray(whole: string, stray: string): string | InterpolationFault {
	if (stray === "") {
		return whole;
	}
	return {
		code: "INTERPOLATION_SYNTAX",
		message: stray === "{" ? "${ without its }" : "write ${NAME} for a variable, $$ for a dollar sign",
	};
}

function expand(inner: string, context: InterpolationContext): string | InterpolationFault {
	const { environment } = context;
	if (inner.startsWith("@")) {
		return expandFact(inner.slice(1), context);
	}
	const [, name, operator, operand = ""] = variable.exec(inner) ?? [];
	if (name === undefined) {
		return {
			code: "INTERPOLATION_SYNTAX",
			message: `${quoted(`\${${inner}}`)} is not a form: \${NAME}, \${NAME:-default}, \${NAME:?message}`,
		};
	}
	const value = operator === undefined ? environment.get(name) : givenVariable(environment, name);
	if (value !== undefined) {
		return value;
	}
	if (operator === "-") {
		return operand;
	}
	const reason = operator === "?" && operand !== "" ? operand : `the variable ${name} ${lackOfVariable(environment, name)}`;
	return { code: "INTERPOLATION_UNSET", message: reason };
}

/** `user.name`, then perhaps `:-default` or `:?message`. */
const fact = /^([a-z.]+)(?::([-?])(.*))?$/s;

function expandFact(inner: string, { facts, target }: InterpolationContext): string | InterpolationFault {
	const [, name = inner, operator, operand = ""] = fact.exec(inner) ?? [];
	if (factNames.includes(name as never)) {
		return facts[name as keyof Facts]();
	}
	const part = Object.hasOwn(targetFacts, name) ? targetFacts[name as keyof typeof targetFacts] : undefined;
	if (part === undefined || target === undefined) {
		return {
			code: "INTERPOLATION_SYNTAX",
			message: `@${quoted(name)} is not a fact${suggestion(name, [...factNames, ...Object.keys(targetFacts)])}`,
		};
	}
	const who = target();
	if ("code" in who) {
		return who;
	}
	const value = who[part];
	if (value !== undefined) {
		return value.toString();
	}
	if (operator === "-") {
		return operand;
	}
	const reason = `uid ${who.uid} has no entry in /etc/passwd, and so no name; \${@user.uid} is the number, \${@user.name:-app} has a name for it`;
	return { code: "INTERPOLATION_UNSET", message: operator === "?" && operand !== "" ? operand : reason };
}
