/** What a message is about, whoever words it. */
export type Complaint =
	| "-"
	| "usage"
	| "user"
	| "group"
	| "capability"
	| "refused"
	| "not-found"
	| "not-executable"
	| "answer"
	| "warning"
	| "text";

/** By the codes of ours. */
const codes: Readonly<Record<string, Complaint>> = {
	USAGE: "usage",
	COMMAND_MISSING: "usage",
	CONFIG_INVALID_VALUE: "usage",
	SECUREBIT_UNKNOWN: "usage",
	USER_MISSING: "user",
	USER_INVALID: "user",
	USER_UNKNOWN: "user",
	USER_NO_GROUP: "user",
	USER_IS_ROOT: "user",
	PASSWD_MALFORMED: "user",
	PASSWD_UNREADABLE: "user",
	GROUP_UNKNOWN: "group",
	CAPABILITY_UNKNOWN: "capability",
	REQUIREMENT_MISSING: "answer",
	CAPABILITY_MISSING: "refused",
	CALL_REFUSED: "refused",
	DROP_FAILED: "refused",
	ID_UNMAPPED: "refused",
	LABEL_UNAVAILABLE: "refused",
	LABEL_REFUSED: "refused",
	LANDLOCK_UNAVAILABLE: "refused",
	COMMAND_NOT_FOUND: "not-found",
	COMMAND_NOT_EXECUTABLE: "not-executable",
};

/** By the words of those that are replaced; the first that matches. */
const words: readonly (readonly [RegExp, Complaint])[] = [
	[/uid \d+ not found/, "user"],
	[/^Usage|^usage|^tini \(tini version|invalid option|unrecognized|requires? (an|--|argument)|ambiguous|doesn't allow/, "usage"],
	[
		/mutually exclusive|duplicate|incompatible|is ambiguous|doesn't allow an argument|No program|Not a valid option for|option takes </,
		"usage",
	],
	[/already forked|no forked process|KEEPCAPS, \d+\) failed: Invalid/, "usage"],
	[/bad (capability string|securebits)|securebits is not allowed|adjusting keep_caps|unknown signal|want non-negative|\w+ value:/, "usage"],
	[/unable to find user|getpwnam|parse [re]*uid|User \[.*not known|uids and gids must be/, "user"],
	[/unable to find group|getgrnam|parse [re]*gid|group id|identify gid/, "group"],
	[
		/bad capability string|unknown capability|unknown to libcap|not recognized by library|unrecognised value|internalizing|malformed|to interpret/,
		"capability",
	],
	[/exec(ute)? .*No such file|^execve .* failed|not found in \$PATH|[Nn]o such file or directory$/, "not-found"],
	[/exec(ute)?:? .*[Pp]ermission denied|\/\S+: Permission denied|cannot execute binary/, "not-executable"],
	[/^cap\[|^uid: got|^gid: got|^no-new-privs not/, "answer"],
	[/[Oo]peration not permitted|[Ii]nvalid argument|[Ff]ailed to|[Uu]nable to|not running/, "refused"],
];

const isWarning = (line: string): boolean => /: warning\[[A-Z_]+\]|^\[WARN|^Zombie processes|^To fix the problem|: warning: /.test(line);

/** What an error output complains about: its first line, or where it ended in a failure the first that is more than a warning. `-` when there is none. */
export function complaintOf(stderr: string, status: number): Complaint {
	const lines = stderr.split("\n").filter((line) => line.trim() !== "");
	const told = status === 0 ? undefined : lines.find((line) => !line.startsWith(" ") && !isWarning(line));
	const line = told ?? lines[0];
	if (line === undefined) {
		return "-";
	}
	if (isWarning(line)) {
		return "warning";
	}
	const code = /: error\[([A-Z_]+)\]/.exec(line)?.[1];
	if (code !== undefined) {
		// One code for users and groups alike.
		return code === "USER_INVALID" && /--\w*gid\b|--groups/.test(line) ? "group" : (codes[code] ?? "text");
	}
	return status === 0 ? "text" : (words.find(([pattern]) => pattern.test(line))?.[1] ?? "text");
}
