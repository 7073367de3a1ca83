import type { Printed } from "./wish.ts";

declare const __VERSION__: string;

/** Whose interface this is. */
const like = "1.2.5";

export function printedBy(name: string, what: Printed): readonly string[] {
	return what === "version" ? [versionText()] : helpOf(name);
}

function versionText(): string {
	return `dumb-init v${like} (abdicate ${__VERSION__})`;
}

function helpOf(name: string): readonly string[] {
	return [
		versionText(),
		`Usage: ${name} [OPTIONS] [--] PROGRAM [ARG...]`,
		"",
		"Starts the program in a session of its own and stays: hands signals on to its process group, reaps what others leave, and ends with",
		"its status, after TERM to what is left of the group.",
		"",
		"  -c, --single-child   no session: signals go to the program alone",
		"  -r, --rewrite S:R    hand on signal R for signal S, by number; 0 hands on nothing; may be repeated",
		"  -v, --verbose        say what happens",
		"  -V, --version        the version",
		"  -h, --help           this text",
		"",
		"  DUMB_INIT_SETSID=0   the same as -c",
		"  DUMB_INIT_DEBUG=1    the same as -v",
	];
}
