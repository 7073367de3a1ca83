import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { flow, word } from "./written.ts";

/** What looks like a variable. What is written small may be a fact of another tool, a user or a program. */
const variable = "(?:\\$\\{?|env[. ])?([A-Z_][A-Z\\d_]*)(?::?-)?\\}?";

const ofVariable = (before: string, after = "") => new RegExp(`^${before}${variable}${after}$`);

type Asked = readonly [key: "env" | "unset" | "exists" | "command", value: string];

/** What a shell, a template or a workflow asks, as the conditions of a step. */
const tests: readonly (readonly [written: RegExp, ours: (...parts: readonly string[]) => Asked])[] = [
	[/^(?:(?:-[defrsx]|exists) )?(\.{0,2}\/\S*)$/, (path = "") => ["exists", word(path)]],
	[/^\$(?:\{1\}|1) ==? (\S+)$/, (command = "") => ["command", word(command)]],
	[ofVariable("(?:-n |! -z )?", "(?: !=| is (?:defined|set))?"), (name = "") => ["env", name]],
	[ofVariable("(?:-z |! -n |! ?|not )"), (name = "") => ["unset", name]],
	[ofVariable("", " (?:==?|is (?:not (?:defined|set)|un(?:defined|set)))"), (name = "") => ["unset", name]],
	[
		ofVariable("", "(?: ?==? ?| -eq )([^\\s=!<>]+)"),
		(name = "", value = "") => ["env", `${name}: ${/^(?:true|false|\d+)$/.test(value) ? yamlQuoted(value) : word(value)}`],
	],
];

/** `when` by what was written for it: all of what is asked, or nothing where a part of it is not understood. */
export function conditionOf(value: YamlNode): string | undefined {
	const parts =
		value.kind === "scalar" ? bare(value.text).split(/ and | ?&& ?|, */) : value.kind === "sequence" ? value.items.map(flow) : [];
	const asked = new Map<Asked[0], readonly string[]>();
	for (const part of parts.map(bare)) {
		const [written, ours] = tests.find(([each]) => each.test(part)) ?? [];
		if (written === undefined || ours === undefined) {
			return undefined;
		}
		const [key, text] = ours(...(written.exec(part) ?? []).slice(1));
		asked.set(key, [...(asked.get(key) ?? []), text]);
	}
	const texts = [...asked].map(([key, all]) => `${key}: ${together(all)}`);
	return texts.length === 0 ? undefined : `when: {${texts.join(", ")}}`;
}

/** Names beside pairs are refused as what they become, `[A, B: c]`. */
function together(all: readonly string[]): string {
	return all.every((each) => each.includes(": ")) ? `{${all.join(", ")}}` : all.length === 1 ? `${all[0]}` : `[${all.join(", ")}]`;
}

/** Without what a shell or a template has around it. */
function bare(text: string): string {
	return text
		.replace(/["']/g, "")
		.replace(/^(?:if |test |\[\[? *)+|;? *\]?\]$/g, "")
		.trim();
}

/** What is not so may be meant of the value: an empty one, `false`, 0. */
export function isUnsureCondition(value: YamlNode, condition: string): boolean {
	return /^when: .*\bunset: /.test(condition) && /!(?! ?-[nz]|=)|\bnot (?!defined|set)/.test(flow(value));
}

/** Whether a key may be a variable that is compared. */
export function isVariable(key: string): boolean {
	return ofVariable("").test(key);
}
