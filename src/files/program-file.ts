import { quoted } from "../report/text.ts";
import { AT } from "../sys/constants.ts";
import { errno, saysAbsent } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { elfInterpreter } from "./elf-interpreter.ts";
import { accessFault, type Executor, unreadableScript } from "./execute-access.ts";
import { absolutePath } from "./path-text.ts";
import { certain, elfFault, formatFault, type ProgramFault } from "./program-format.ts";
import { headBytes, parseShebang, readHead } from "./shebang.ts";

/** The loader's name stands behind the program headers. */
const loaderBytes = 4096;
/** A script, and the interpreters that are scripts. Tried: with one more the kernel answers ELOOP. */
const mostScripts = 5;

/**
 * Why the kernel would not execute what lies at a path, as far as the files tell that it would look at: the program, its interpreter,
 * that one's interpreter, and the dynamic loader. `isRefused` when it has refused a format. execve(2)
 */
export function programFault(reads: Reads, path: string, executor: Executor, isRefused = false): ProgramFault | undefined {
	let at = path;
	for (let depth = 0; ; depth++) {
		const denied = accessFault(reads, at, executor, depth === 0 ? "it" : `its interpreter ${quoted(at)}`, at === path);
		const head = denied === undefined ? readHead(reads, at, loaderBytes) : -1;
		if (denied !== undefined || typeof head === "number") {
			// Who may execute need not be able to read.
			return denied;
		}
		const script = parseShebang(head.slice(0, headBytes));
		if (script === undefined) {
			return imageFault(reads, head, executor, depth === 0 ? "it" : `its interpreter ${quoted(at)}`, isRefused);
		}
		const unreadable = unreadableScript(reads, at, executor, depth === 0 ? "it" : `its interpreter ${quoted(at)}`);
		if (unreadable !== undefined) {
			return unreadable;
		}
		if (depth === mostScripts) {
			return certain("it is a script whose interpreter is a script, and so on: the kernel follows five", [
				"name a program in the #! line, such as /bin/sh",
			]);
		}
		const { interpreter } = script;
		const above = at;
		at = absolutePath(interpreter, executor.workdir);
		if (executor.isSettled?.(at) === false) {
			return undefined;
		}
		if (isMissing(reads, at)) {
			return noInterpreter(interpreter, depth === 0 ? undefined : above);
		}
		if (isLoop(reads, at)) {
			return looped(depth === 0 ? "its interpreter" : `the interpreter of ${quoted(above)},`, interpreter);
		}
	}
}

/** `asking`: the interpreter that is a script itself and names it. */
function noInterpreter(interpreter: string, asking: string | undefined): ProgramFault {
	const message =
		asking === undefined
			? `the file exists, but its interpreter ${quoted(interpreter)} does not`
			: `its interpreter ${quoted(asking)} is a script whose own, ${quoted(interpreter)}, does not exist`;
	if (interpreter.endsWith("\r")) {
		return certain(`${message}: the #! line ends in a carriage return, which belongs to the name`, [
			"save the file with Unix line ends: sed -i 's/\\r$//' FILE; in git, *.sh text eol=lf in .gitattributes",
		]);
	}
	return certain(
		message,
		interpreter.startsWith("/")
			? ["install it in the image, or name one that is there in the #! line"]
			: ["write its whole path in the #! line: PATH is not looked at, but by #!/usr/bin/env NAME"],
	);
}

/** What the image of a program asks for beside itself. */
function imageFault(reads: Reads, head: string, executor: Executor, who: string, isRefused: boolean): ProgramFault | undefined {
	const [, , , , machine] = reads.uname();
	const format = (head.startsWith("\x7fELF") ? elfFault(head, machine, isRefused) : formatFault(head)) ?? executor.barred?.(head);
	if (format !== undefined) {
		return { ...format, message: `${who} ${format.message}` };
	}
	const loader = elfInterpreter(head);
	if (loader === undefined) {
		return undefined;
	}
	const at = absolutePath(loader, executor.workdir);
	if (executor.isSettled?.(at) === false) {
		return undefined;
	}
	if (isMissing(reads, at)) {
		const file = who === "it" ? "the file" : who;
		return certain(`${file} exists, but the dynamic loader it asks for, ${quoted(loader)}, does not`, loaderRemedy(loader));
	}
	if (isLoop(reads, at)) {
		return looped(who === "it" ? "its dynamic loader" : `the dynamic loader of ${who},`, loader);
	}
	const denied = accessFault(reads, at, executor, `its dynamic loader ${quoted(loader)}`, false);
	const start = denied === undefined ? readHead(reads, at, loaderBytes) : -1;
	return typeof start === "string" && !start.startsWith("\x7fELF")
		? certain(`its dynamic loader ${quoted(loader)} is none`, loaderRemedy(loader))
		: denied;
}

/** Each C library has a loader of its own, by whose name it is known. */
function loaderRemedy(loader: string): string[] {
	const library = /\/ld-musl-/.test(loader)
		? "it was built for musl (Alpine), and this image has another C library, or none"
		: /\/ld-linux[^/]*\.so\.\d$|\/ld64?\.so\.\d$/.test(loader)
			? "it was built for glibc (Debian, Fedora), and this image has another C library (musl in Alpine), or none"
			: undefined;
	return [...(library === undefined ? [] : [library]), "use a static build, or an image with the C library it was built for"];
}

function isMissing(reads: Reads, path: string): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat === "number" && saysAbsent(stat);
}

function isLoop(reads: Reads, path: string): boolean {
	return reads.statat(AT.FDCWD, path, 0) === -errno.ELOOP;
}

function looped(what: string, path: string): ProgramFault {
	return certain(`${what} ${quoted(path)} is a link that leads back to itself`, ["make the link lead to the program, or name another one"]);
}
