import { AT, S } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { absolutePath } from "../sys/paths.ts";

/** Interpreters that run the file that is their first argument, and the options after which there is code or a module instead. */
const families: readonly { readonly names: RegExp; readonly code: RegExp }[] = [
	{ names: /^(ba|da|a|k|mk|z)?sh$/, code: /^[-+]\w*c/ },
	{ names: /^(python|pypy)[\d.]*$/, code: /^-\w*[cm]$/ },
	{ names: /^(perl|ruby|node|nodejs|php|lua|luajit|tclsh|Rscript)[\d.]*$/, code: /^-\w*[eEr]$|^-p$|^--(eval|print)/ },
];

/** The file that an interpreter is told to run, when it is one that is known and the file is there. */
export function takenScript(
	name: string,
	words: readonly string[],
	{ reads, workdir }: { readonly reads: Reads; readonly workdir: string },
): string | undefined {
	const family = families.find(({ names }) => names.test(name));
	if (family === undefined) {
		return undefined;
	}
	const codeAt = words.findIndex((word) => family.code.test(word));
	const candidates = (codeAt < 0 ? words : words.slice(0, codeAt)).filter((word) => !/^[-+]/.test(word));
	// The value of an option may come first; it is no file as a rule.
	return candidates.map((word) => absolutePath(word, workdir)).find((path) => isRegular(reads, path));
}

function isRegular(reads: Reads, path: string): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat !== "number" && (stat.mode & S.IFMT) === S.IFREG;
}
