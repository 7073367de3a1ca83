import type { Printed } from "./wish.ts";

declare const __VERSION__: string;

/** Whose interface this is. */
const like = "0.19.0";

export function printedBy(name: string, what: Printed): readonly string[] {
	switch (what) {
		case "version":
			return [versionText()];
		case "help":
			return helpOf(name);
		case "licence":
			return [
				`abdicate ${__VERSION__}, which stands in for tini here and has none of its code.`,
				"Licensed under the Apache License, Version 2.0: http://www.apache.org/licenses/LICENSE-2.0",
				"Without warranties or conditions of any kind. What is inside, with licences: abdicate --version --verbose",
			];
	}
}

function versionText(): string {
	return `tini version ${like} (abdicate ${__VERSION__})`;
}

function helpOf(name: string): readonly string[] {
	return [
		`${name} (${versionText()})`,
		`Usage: ${name} [OPTIONS] [--] PROGRAM [ARG...]`,
		"",
		"Starts the program and stays: hands signals on to it, reaps what others leave, and ends with its status.",
		"",
		"  -s         become a child subreaper, for where this is not process 1",
		"  -p SIGNAL  ask for this signal when the parent ends: SIGTERM, SIGKILL",
		"  -g         hand signals on to the program's whole process group",
		"  -e STATUS  end with 0 instead of this status; may be repeated",
		"  -w         say which processes were reaped",
		"  -v         say more; up to three times",
		"  -l         the licence",
		"  -h         this text",
		"  --version  alone: the version",
		"",
		"  TINI_SUBREAPER, TINI_KILL_PROCESS_GROUP  set to anything: -s, -g",
		"  TINI_VERBOSITY                           0 says nothing, 1 is usual, up to 4",
	];
}
