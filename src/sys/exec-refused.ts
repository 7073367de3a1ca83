import { quoted } from "../report/text.ts";
import type { Errno } from "./native.ts";
import { SyscallError } from "./observe.ts";

/** The kernel would not execute a program that is there. */
export class ExecRefused extends SyscallError {
	readonly path: string;

	constructor(path: string, code: Errno) {
		super(`execve ${quoted(path)}`, code);
		this.path = path;
	}
}
