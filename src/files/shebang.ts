import { AT, O } from "../sys/constants.ts";
import type { Errno, Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";

/** The kernel looks at no more of a script: BINPRM_BUF_SIZE. */
export const headBytes = 256;

export interface Shebang {
	readonly interpreter: string;
	/** All the rest of the line, as one word. */
	readonly argument: string | undefined;
}

/**
 * The first line of a script as the kernel takes it apart: to the newline or the end of what it looks at, blanks and tabs at the end
 * left out, a NUL ends a word, and a carriage return belongs to one. `undefined` for what it does not run as a script. execve(2)
 */
export function parseShebang(head: string): Shebang | undefined {
	const buffer = head.slice(0, headBytes);
	const newline = buffer.indexOf("\n");
	const line = buffer.slice(0, newline < 0 ? headBytes - 1 : newline);
	const [, name, rest = ""] = /^#![ \t]*([^ \t\0]+)(.*)$/s.exec(line) ?? [];
	// A name that may have been cut off is refused.
	const isCut = newline < 0 && rest === "" && buffer.length === headBytes && !" \t\0".includes(buffer.at(-1) as string);
	if (name === undefined || isCut) {
		return undefined;
	}
	const [argument = ""] = rest.startsWith("\0") ? [] : rest.replace(/^[ \t]+/, "").split("\0");
	const trimmed = argument.replace(/[ \t]+$/, "");
	return { interpreter: name, argument: trimmed === "" ? undefined : trimmed };
}

/** What the file begins with; the errno when it cannot be read. */
export function readHead(reads: Reads, path: string, limit: number): string | Errno {
	const fd = reads.openRead(AT.FDCWD, path, O.RDONLY | O.NONBLOCK | O.NOCTTY, 0);
	return fd < 0 ? fd : withDescriptor(reads, fd, () => reads.read(fd, limit));
}
