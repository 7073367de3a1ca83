import { escapeUnsafe } from "./text.ts";

/** One value in a YAML document or in advice for one, in block and in flow: plain where every parser reads it as this text. */
export function yamlScalar(text: string): string {
	return isPlain(text) ? text : yamlQuoted(text);
}

/** Words that are a truth value, a number or nothing to parsers of YAML 1.1, which Kubernetes and older Compose use. */
const meaning = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** Names and paths. A colon is none of an indicator between two other characters, but inside a name it might be a time of day. */
function isPlain(text: string): boolean {
	return /^[A-Za-z][\w.-]*$/.test(text) ? !meaning.test(text) : /^\/(?:[\w./-]|:(?=[\w./-]))*$/.test(text);
}

/** JSON's escapes are YAML's as well, but for a pair of surrogates, which would be two characters. YAML 1.2, section 5.7 */
export function yamlQuoted(text: string): string {
	const escaped = text.replace(/["\\]/g, "\\$&");
	return `"${escapeUnsafe(escaped, (code) => (code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`))}"`;
}

/** For a program with blanks in its name, which is a command line most of the time: no shell takes it apart. */
export function wordsApart(name: string): string[] {
	const words = name.split(/\s+/).filter((each) => each !== "");
	return words.length < 2 ? [] : [`a command is a list, a word each: [${words.map(yamlScalar).join(", ")}]`];
}

function hex(code: number, digits: number): string {
	return code.toString(16).padStart(digits, "0");
}
