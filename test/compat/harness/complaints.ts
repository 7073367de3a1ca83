/** What a message is about, whoever words it. */
export type Complaint =
	| "-"
	| "usage"
	| "value"
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
	CONFIG_INVALID_VALUE: "value",
	SECUREBIT_UNKNOWN: "value",
	USER_MISSING: "user",
	USER_INVALID: "user",
	USER_UNKNOWN: "user",
	USER_NO_GROUP: "user",
	USER_IS_ROOT: "user",
	PASSWD_MALFORMED: "user",
	PASSWD_UNREADABLE: "user",
	GROUP_UNKNOWN: "group",
	CAPABILITY_UNKNOWN: "capability",
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
	[/Not a valid option for|option takes <|bad securebits|adjusting keep_caps|unknown signal|want non-negative|\w+ value:/, "value"],
	[/uid \d+ not found/, "user"],
	[
		/^Usage|^usage|invalid option|unrecognized option|requires? (an|--|argument)|mutually exclusive|duplicate|incompatible|No program|^tini \(tini version/,
		"usage",
	],
	[/unable to find user|getpwnam|parse [re]*uid|User \[.*not known|uids and gids must be/, "user"],
	[/unable to find group|getgrnam|parse [re]*gid|group id|identify gid/, "group"],
	[/unknown capability|bad capability string|unknown to libcap/, "capability"],
	[/exec(ute)? .*No such file|not found in \$PATH|No such file or directory$/, "not-found"],
	[/exec(ute)?:? .*[Pp]ermission denied|\/\S+: Permission denied|cannot execute binary/, "not-executable"],
	[/not permitted$|not in ambient|not in bounding|not set$|got=.*want=/, "answer"],
];

const refused =
	/Operation not permitted|operation not permitted|Invalid argument|invalid argument|failed to|Failed to|[Uu]nable to|not running/;

/** What the first line of an error output complains about. `-` when there is none. */
export function complaintOf(stderr: string, status: number): Complaint {
	const first = stderr.split("\n").find((line) => line.trim() !== "");
	if (first === undefined) {
		return "-";
	}
	const [, kind, code = ""] = /: (error|warning)\[([A-Z_]+)\]/.exec(first) ?? [];
	if (kind === "warning" || /^\[WARN/.test(first) || /: warning: /.test(first)) {
		return "warning";
	}
	if (kind === "error") {
		return codes[code] ?? "text";
	}
	if (status === 0) {
		return "text";
	}
	if (/^cap\[|^uid: got|^no-new-privs|not permitted$/.test(first) && !/Operation|operation/.test(first)) {
		return "answer";
	}
	const known = words.find(([pattern]) => pattern.test(first));
	return known !== undefined && !(known[1] === "answer" && refused.test(first)) ? known[1] : refused.test(first) ? "refused" : "text";
}
