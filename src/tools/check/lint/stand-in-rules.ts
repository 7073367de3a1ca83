import { quoted } from "../../../report/text.ts";
import { yamlQuoted, yamlScalar } from "../../../report/yaml.ts";
import { document } from "../../../steps/index.ts";
import type { YamlNode } from "../../../sys/native.ts";
import type { Found, Rule } from "./rule.ts";
import { scalarsOf } from "./scalars.ts";

/** What is no value yet, and no name of an account. */

type At = Found["at"];

/** Read as a person's, whatever they hold: what a file gets, and words for the log. */
const texts: readonly At[number][] = ["content", "append_line", "name"];

const standIns: readonly (readonly [written: RegExp, inWords: boolean, remedy: (text: string, isUser: boolean) => string])[] = [
	[
		/^(?:\.{3}|[./]?[^\s<]*<[A-Za-z][\w .-]*>|\/path\/to(?:\/.*)?|(?:change|replace)[_-]?me|todo|fixme|placeholder|your[_-][\w-]+)$/i,
		true,
		() => "write what is meant",
	],
	[/^(?:-\S+ +)*[^\s`]*\$\(.+\)|^(?:[./]\S*)?`.+`/, false, asOurs],
	[/^(?:[./]\S*)?\{\{.*\}\}/, false, asVariables],
];

const variable = "the value, or ${NAME} for a variable";

/** `{{ app.user }}`: a variable of that name is a guess. */
function asVariables(text: string): string {
	const written = text.replace(/\{\{\W*(?:\w+\.)*([A-Za-z_]\w*)\W*?\}\}/g, "${$1}");
	return `write ${/\{\{.*\}\}/.test(written) ? variable : yamlQuoted(written)}`;
}

/** `$(NAME)` as Kubernetes has it, and what programs say that is known here. */
function asOurs(text: string, isUser: boolean): string {
	const written = text.replace(
		/(?:\$\(|`)(?:([A-Z_][A-Z0-9_]*)|id -([ug])|(hostname|nproc))[)`]/g,
		(_, name?: string, id?: string, fact?: string) =>
			name ? `\${${name}}` : id ? `\${@${isUser ? "" : "user."}${id}id}` : fact === "nproc" ? "${@cpus}" : "${@hostname}",
	);
	return /\$\(|`/.test(written)
		? `there is no shell${/\$\(\(/.test(text) ? ", and nothing is computed" : ""}: write ${variable}`
		: `write ${yamlQuoted(written)}`;
}

export const standIn: Rule = {
	severity: "warning",
	summary: "A value stands for another one that nothing puts there: <NAME>, CHANGEME, /path/to, $(id -u), {{ name }}.",
	find: ({ root }) =>
		everyScalar(root, []).flatMap(([text, at]): Found[] => {
			const isWord = at.includes("command") || at.includes("run");
			// What a prompt holds the shell does that shows it.
			const isText = at.some((key) => texts.includes(key) || /^P(?:S\d|ROMPT_COMMAND)$/.test(`${key}`));
			const [, , remedy] = isText ? [] : (standIns.find(([written, inWords]) => (inWords || !isWord) && written.test(text)) ?? []);
			return remedy === undefined
				? []
				: [{ at, message: `${quoted(text)} is taken as it stands`, remedy: [remedy(text, at[0] === "user")] }];
		}),
};

function everyScalar(node: YamlNode, at: At): [string, At][] {
	switch (node.kind) {
		case "scalar":
			return [[node.text, at]];
		case "sequence":
			return node.items.flatMap((item, index) => everyScalar(item, [...at, index]));
		case "mapping":
			return node.entries.flatMap(([{ text }, value]) => everyScalar(value, [...at, text]));
	}
}

export const accountName: Rule = {
	severity: "warning",
	summary: "What is taken as the name of an account is hardly one: 1000.1000, app,app.",
	find: ({ root }) =>
		scalarsOf(document, root).flatMap(({ text, key, at }): Found[] => {
			const isAccount = /^(?:user|groups\.add|\w+\.(?:owner|group|user))$/.test(key);
			const [, first, second] = (isAccount && /^(?=\d+[. ]\d+$|[\w-]+\s*[;,])([\w-]+)(?:\s*[;,]\s*|[. ])([\w-]+)$/.exec(text)) || [];
			// A group may have blanks in its name.
			const isOdd = /^[ug]id=|%/.test(text) || (/(?:user|owner)$/.test(key) && /\s/.test(text));
			if (first === undefined && isAccount && isOdd && !/[$`]/.test(text)) {
				const [, name] = /^(?:[ug]id=)?([\w-]+)(?:$|\s)/.exec(text) ?? [];
				const told = name === undefined ? "write the name of an account, or a number" : `write ${yamlScalar(name)}`;
				return [{ at, message: `no account is called ${quoted(text)}`, remedy: [told] }];
			}
			if (first === undefined) {
				return [];
			}
			// Hardly the group of root.
			const remedy = /user$/.test(key)
				? `user: ${yamlQuoted(second === "0" ? first : `${first}:${second}`)}`
				: key === "groups.add"
					? `[${first}, ${second}]`
					: `owner: ${first}, group: ${second}`;
			return [{ at, message: `no account is called ${quoted(text)}`, remedy: [`write ${remedy}`] }];
		}),
};
