import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { givenVariable, lackOfVariable } from "../sys/environ.ts";
import type { Reads, YamlMapping, YamlNode } from "../sys/native.ts";
import { type ExpandTarget, type Facts, type FindTarget, factNames, type InterpolationFault, observeFacts } from "./facts.ts";
import { butBeside } from "./given-beside.ts";
import { forgetInterpolated, rememberInterpolated } from "./interpolated.ts";

interface InterpolationContext {
	readonly environment: ReadonlyMap<string, string>;
	readonly facts: Facts;
	readonly expandTarget?: ExpandTarget | undefined;
	/** The document that the text is part of. */
	readonly root?: YamlMapping | undefined;
}

export interface CompleterContext extends Pick<InterpolationContext, "environment"> {
	readonly reads: Reads;
	readonly root: YamlMapping;
	readonly loadTarget: (() => Promise<FindTarget>) | undefined;
}

/** Interpolation with the facts of this container, and, for a document that asks for them, of whom its key `user` names. */
export async function completer(
	text: string,
	{ environment, reads, root, loadTarget }: CompleterContext,
): Promise<(text: string) => string | InterpolationFault> {
	const facts = observeFacts(reads);
	forgetInterpolated();
	const expandTarget: ExpandTarget | undefined = text.includes("${@user.")
		? (await import("./target-facts.ts")).targetFacts(root, (each) => complete(each), await loadTarget?.())
		: undefined;
	const complete = (each: string): string | InterpolationFault => interpolate(each, { environment, facts, expandTarget, root });
	return complete;
}

/**
 * The key `user` where it came out as root without the file saying root or 0: whoever sets a variable would make the workload root. A default after
 * `:-` stands in the file, and says it too.
 */
export function unwrittenRoot(
	{ entries }: YamlMapping,
	complete: (text: string) => string | InterpolationFault,
): { readonly node: YamlNode; readonly code: "USER_IS_ROOT"; readonly message: string } | undefined {
	const node = entries.find(([key]) => key.text === "user")?.[1];
	const completed = node?.kind === "scalar" ? complete(node.text) : undefined;
	if (node?.kind !== "scalar" || typeof completed !== "string" || !isRoot(completed)) {
		return undefined;
	}
	const written = node.text.replace(dollar, (_, inner: string | undefined) => /:-(.*)$/s.exec(inner ?? "")?.[1] ?? "");
	const message = `${quoted(node.text)} came out as root, which the file does not say: to run as root on purpose, user: root, or 0 as the default after :-`;
	return isRoot(written) ? undefined : { node, code: "USER_IS_ROOT", message };
}

function isRoot(spec: string): boolean {
	return /^(?:0|root)(?::|$)/.test(spec);
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
	const { environment, root } = context;
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
	return { code: "INTERPOLATION_UNSET", message: `${reason}${root === undefined ? "" : butBeside(root, name)}` };
}

function expandFact(name: string, { facts, expandTarget }: InterpolationContext): string | InterpolationFault {
	if (factNames.includes(name as never)) {
		return facts[name as keyof Facts]();
	}
	return expandTarget?.(name) ?? { code: "INTERPOLATION_SYNTAX", message: `@${quoted(name)} is not a fact${suggestion(name, factNames)}` };
}
