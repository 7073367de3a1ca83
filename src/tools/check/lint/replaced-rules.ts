import { capability } from "../../../capability/names.ts";
import { baseName } from "../../../files/path-text.ts";
import { isRoot, keptBy } from "./root-rules.ts";
import { placeOfWord, type Rule, wordsOfCommand } from "./rule.ts";

const ofTini = /^-[^-ep]*[ep]$/;
/** Options of each that take the next word, in a bundle too. */
const inits: Readonly<Record<string, RegExp>> = {
	tini: ofTini,
	"tini-static": ofTini,
	"docker-init": ofTini,
	"dumb-init": /^(?:-[^-r]*r|--rewrite)$/,
	catatonit: /^\b$/,
};

/** By which a program changes the user; those without change it whatever the options are. */
const changes = {
	gosu: undefined,
	"su-exec": undefined,
	su: undefined,
	sudo: undefined,
	runuser: undefined,
	chpst: /^-[uU]/,
	setuidgid: undefined,
	"s6-setuidgid": undefined,
	"s6-applyuidgid": undefined,
	setpriv: /^--(?:re|r|e)[ug]id|^--(?:clear|init)-groups$|^--groups/,
	capsh: /^--(?:user|uid|gid|groups)=/,
} as const;

/** How many words an init takes for itself before the program that it starts; 0 for another command. */
export function wordsOfInit([first = "", ...rest]: readonly string[]): number {
	const name = baseName(first);
	const taking = Object.hasOwn(inits, name) ? inits[name] : undefined;
	if (taking === undefined) {
		return 0;
	}
	let at = 0;
	for (let word = rest[at]; word?.startsWith("-"); word = rest[at]) {
		at += taking.test(word) ? 2 : 1;
		if (word === "--") {
			break;
		}
	}
	return at + 1;
}

/** Whether the first of the words is a program that changes the user, by what follows it. */
export function changesUser([first = "", ...words]: readonly string[]): boolean {
	const name = baseName(first);
	const option = Object.hasOwn(changes, name) ? changes[name as keyof typeof changes] : /^\b$/;
	return option === undefined || words.some((word) => option.test(word));
}

export const userTwice: Rule = {
	severity: "error",
	summary: "The command begins with a program that changes the user, as the user that it would change to, and without SETUID and SETGID.",
	find: (subject) => {
		const words = wordsOfCommand(subject);
		const skipped = wordsOfInit(words);
		const { permitted } = keptBy(subject.config.capabilities);
		const mayChange = permitted.has(capability("SETUID")) && permitted.has(capability("SETGID"));
		if (mayChange || !changesUser(words.slice(skipped))) {
			return [];
		}
		const name = baseName(words[skipped] ?? "");
		const who = isRoot(subject.config) ? "root without SETUID and SETGID" : "the user already";
		return [
			{
				at: placeOfWord(subject, skipped, "user"),
				message: `${name} would change to a user as ${who}: it is refused, and the start ends there`,
				remedy: [`leave ${name} and its user out of the command: user: does it, and takes the capabilities too`],
			},
		];
	},
};
