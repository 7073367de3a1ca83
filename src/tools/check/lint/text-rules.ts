import type { Correction } from "../../../report/correction.ts";
import { escapeUnsafe, unsafeCharacters } from "../../../report/text.ts";
import type { YamlNode } from "../../../sys/native.ts";
import { fieldHolds } from "../../guides/step-fields.ts";
import type { Found, Rule } from "./rule.ts";

/** What a value is: something that is named, words of a command, which may be a script, or what a file or a variable will hold. */
type Use = "name" | "command" | "data";

const commands: readonly string[] = ["command", "default"];

export const invisibleCharacter: Rule = {
	severity: "warning",
	summary:
		"A name, a path, a command or a comment holds a character that a terminal obeys or that nobody sees, so that it reads as something else.",
	find: ({ root, lines }) => [...findIn(root, [], "name"), ...lines.flatMap(inComment)],
};

function findIn(node: YamlNode, at: readonly (string | number)[], use: Use): Found[] {
	switch (node.kind) {
		case "scalar":
			return found(node.text, at, use);
		case "sequence":
			return node.items.flatMap((item, index) => findIn(item, [...at, index], use));
		case "mapping":
			return node.entries.flatMap(([{ text }, value]) => [
				...found(text, [...at, text], "name"),
				...findIn(value, [...at, text], useOf(text, at, use)),
			]);
	}
}

/** Comments turn round what stands before them on a reviewer's screen, or hide it. CVE-2021-42574 */
function inComment(line: string, index: number): Found[] {
	const column = line.search(/(?<=^|[ \t])#/);
	const text = line.slice(column).replaceAll("\t", " ");
	return column < 0
		? []
		: found(text, [], "name", { line: index + 1, column: column + 1 }).map((each) => ({
				...each,
				correction: cleaned(line, column, index + 1),
			}));
}

function cleaned(written: string, column: number, line: number): Correction {
	const [before, comment] = [written.slice(0, column), written.slice(column)].map((each) => Array.from(each));
	const start = (before?.length ?? 0) + 1;
	const text = escapeUnsafe(written.slice(column), (code) => {
		const character = String.fromCodePoint(code);
		return /\s/.test(character) ? " " : character === emoji ? character : "";
	});
	return { edits: [{ line, column: start, endLine: line, endColumn: start + (comment?.length ?? 0), text }], isCertain: true };
}

function useOf(key: string, above: readonly (string | number)[], use: Use): Use {
	if (use === "data") {
		return "data";
	}
	if (above.length === 1 && above[0] === "env") {
		return key === "set" || key === "default" ? "data" : "name";
	}
	if (key === "env") {
		// The top's own env has lists of names as well.
		return above.length === 0 ? "name" : "data";
	}
	const [first, , ...inEntry] = above;
	const holds = first === "setup" ? fieldHolds[[...inEntry, key].join(".")] : undefined;
	return holds ?? (commands.includes(key) ? "command" : "name");
}

function found(text: string, at: readonly (string | number)[], use: Use, position?: Found["position"]): Found[] {
	const characters = use === "data" ? [] : unsafeCharacters(use === "command" ? text.replace(/[\n\t]/g, "") : text.replace(emojiStyle, ""));
	const names = [...new Set(characters)].map((character) => `U+${hex(character)}`);
	return names.length === 0
		? []
		: [
				{
					at,
					...(position === undefined ? {} : { position }),
					message: `it holds ${names.join(", ")}, which a terminal obeys or nobody sees`,
					remedy: ["write it without; check and plan show such characters as escapes"],
				},
			];
}

const emoji = "\ufe0f";

/** Asks for the picture of what has one. */
const emojiStyle = /(?<=\p{Extended_Pictographic})\ufe0f/gu;

function hex(character: string): string {
	return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}
