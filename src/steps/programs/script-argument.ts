import { isRegular } from "../../files/kind.ts";
import { absolutePath } from "../../files/path-text.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { leadsThroughProc } from "./shapers.ts";

/** Interpreters that run the file that is their first argument, and the letters of the options that are given code or a module instead. */
const families: Readonly<Record<string, string>> = {
	"sh bash rbash dash ash ksh mksh lksh yash zsh fish": "c",
	"python pypy": "cm",
	"perl ruby node nodejs php lua luajit tclsh Rscript": "eErp",
};

/** The file that an interpreter is told to run, when it is one that is known and the file is there. */
export function takenScript(
	name: string,
	words: readonly string[],
	{ reads, workdir }: { readonly reads: Reads; readonly workdir: string },
): string | undefined {
	const plain = name.replace(/[\d.]+$/, "");
	const [, letters] = Object.entries(families).find(([names]) => names.split(" ").includes(plain)) ?? [];
	if (letters === undefined) {
		return undefined;
	}
	const codeAt = words.findIndex((word) => word.startsWith("-") && !word.startsWith("--") && letters.includes(word.at(-1) ?? ""));
	const candidates = (codeAt < 0 ? words : words.slice(0, codeAt)).filter((word) => !word.startsWith("-"));
	// The value of an option may come first; it is no file as a rule.
	return candidates.map((word) => absolutePath(word, workdir)).find((path) => isFile(reads, path) || leadsThroughProc(reads, path));
}

function isFile(reads: Reads, path: string): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat !== "number" && isRegular(stat);
}
