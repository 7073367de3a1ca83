import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { childOf } from "./locate.ts";
import { argument, splitWords } from "./written.ts";

/** Whose a dollar sign is: ours in a value, a shell's in its script, where it is doubled. */

type Keys = readonly (string | number)[];

/** `$NAME` and the forms of a shell, as they are written here. */
function inOurForm(text: string): string {
	return text
		.replace(/(^|[^$])\$(?=[A-Za-z_])(\w+)/g, "$1${$2}")
		.replace(/\$\{(\w+)(?:-|:=|=)/g, "${$1:-")
		.replace(/\$\{(\w+)\?/g, "${$1:?");
}

/** For the shell alone; what is ours already stays. */
function forShell(text: string): string {
	return text.replace(/\$\$|\$\{@?[\w.]+(?:\}|:[-?][^}]*\})|\$/g, (each) => (each === "$" ? "$$" : each));
}

const shell = /(?:^|\/)(?:ba|da|a|z|k)?sh$/;

/** The place of the script among the words of a command, -1 where no shell is asked for. */
function scriptIn(words: readonly string[]): number {
	const flag = words.findIndex((each) => /^-\w*c$/.test(each));
	return flag > 0 && words.slice(0, flag).some((each) => shell.test(each)) ? flag + 1 : -1;
}

/** The words that a shell would make of a line, or the shell itself with the line as its script. */
export function commandOfLine(text: string): string | undefined {
	if (needsShell(text)) {
		return `[sh, -c, ${yamlQuoted(text.trim().replace(/\$+/g, (each) => (each.length % 2 === 0 ? each : `${each}$`)))}]`;
	}
	// What the container is given is put there by itself.
	const [first, ...rest] = (splitWords(text) ?? []).filter((each) => !/^\$(?:[@*]|\{[@*]\})$/.test(each));
	const words = first === undefined ? [] : first === "exec" ? rest : [first, ...rest];
	const script = scriptIn(words);
	const written = words.map((each, index) => argument(index === script ? forShell(each) : inOurForm(each)));
	return written.length === 0 ? undefined : `[${written.join(", ")}]`;
}

/** Outside of quotes. */
export function needsShell(text: string): boolean {
	return /[|&;<>()`\n]|\$\(/.test(text.replace(/"(?:[^"`$\\]|\\.|\$(?![({]))*"|'[^']*'/g, "x"));
}

/** The text at a key, as it is to be. */
export function dollarsOf(keys: Keys, text: string, root: YamlNode): string {
	const above = keys.slice(0, -1).reduce<YamlNode | undefined>(childOf, root);
	const words = above?.kind === "sequence" ? above.items.map((each) => (each.kind === "scalar" ? each.text : "")) : [];
	return words.length > 0 && scriptIn(words) === keys.at(-1) ? forShell(text) : inOurForm(text);
}

/** A name without braces may be the shell's, or no name at all: `pa$word`. */
export function hasBareName(text: string): boolean {
	return /(?:^|[^$])\$(?!\{)/.test(text);
}
