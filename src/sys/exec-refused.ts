import { quoted } from "../report/text.ts";
import type { Errno } from "./native.ts";
import { SyscallError } from "./observe.ts";

/** What a program was to be given. */
export interface ExecWords {
	readonly argv: readonly string[];
	readonly environment: readonly string[];
}

/** The kernel would not execute a program that is there. */
export class ExecRefused extends SyscallError {
	readonly path: string;
	readonly given: ExecWords;

	constructor(path: string, code: Errno, given: ExecWords) {
		super(`execve ${quoted(path)}`, code);
		this.path = path;
		this.given = given;
	}
}
