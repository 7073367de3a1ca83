import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { flow, several, word, wrapped } from "./written.ts";

/** What a shell tests, as the conditions of a step. */
const tests: readonly (readonly [written: RegExp, ours: (...parts: readonly string[]) => string])[] = [
	[/^-[defrsx] (\S+)$/, (path = "") => `exists: ${word(path)}`],
	[/^(?:-n|! -z) \$\{?(\w+)\}?$/, (name = "") => `env: ${name}`],
	[/^(?:-z|! -n) \$\{?(\w+)\}?$/, (name = "") => `unset: ${name}`],
	[/^\$(?:\{1\}|1) ==? (\S+)$/, (command = "") => `command: ${word(command)}`],
	[
		/^(?:\$\{?|env\.)?(\w+)(?::?-)?\}? ==? (\S+)$/,
		(name = "", value = "") => `env: {${name}: ${/^(?:true|false|\d+)$/.test(value) ? yamlQuoted(value) : word(value)}}`,
	],
	[/^(?:\$\{?|env\.)?(\w+)\}? !=$/, (name = "") => `env: ${name}`],
	[/^\$\{?(\w+)(?::?-)?\}?$/, (name = "") => `env: ${name}`],
];

/** `when` by what was written for it. */
export function conditionOf(value: YamlNode): string | undefined {
	const words = value.kind === "scalar" ? value.text : value.kind === "sequence" ? value.items.map(flow).join(" ") : "";
	const plain = words
		.replace(/["']/g, "")
		.replace(/^(?:if |test |\[\[? )+| \]?\]$/g, "")
		.trim();
	for (const [written, ours] of tests) {
		const found = written.exec(plain);
		if (found !== null) {
			return `when: {${ours(...found.slice(1))}}`;
		}
	}
	return /^!|[[\]$]|[!=]=|^(?:always|never|true|false)$/i.test(words)
		? undefined
		: wrapped(value.kind === "scalar" && /^\.{0,2}\//.test(value.text) ? "when: {exists: " : "when: {env: ", several(value));
}
