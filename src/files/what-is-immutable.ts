import type { Problem } from "../report/problem.ts";
import { shellWord } from "../report/shell.ts";
import { quoted } from "../report/text.ts";
import { AT } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { splitPath } from "./path-text.ts";

const [reading, writing] = [4, 2];

/** The file, or the directory that it lies in, where that is immutable: to write there is refused to everybody, with EPERM, and for nothing else. chattr(1) */
export function whatIsImmutable(reads: Reads, path: string): Problem | undefined {
	const may = (each: string, mode: number) => -reads.faccessat(AT.FDCWD, each, mode);
	// A filter may refuse the call itself.
	const found = [path, splitPath(path).parent].find((each) => may(each, writing) === errno.EPERM && may(each, reading) !== errno.EPERM);
	return found === undefined
		? undefined
		: {
				message: `${quoted(found)} is immutable (chattr +i), which binds root too`,
				remedy: [`where it lies, on the machine: chattr -i ${shellWord(found)}`],
			};
}
