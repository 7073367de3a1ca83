/**
 * Every error code. Codes are part of the interface and never change meaning; the words of a message may.
 * `exit`: 125 for a failure of ours, 126 found but not executable, 127 not found, 2 for wrong use of a tool.
 */
export const errorCodes = {
	USAGE: { exit: 125, summary: "the command line is not understood" },
	CONFIG_NOT_FOUND: { exit: 125, summary: "the configuration file does not exist" },
	CONFIG_UNREADABLE: { exit: 125, summary: "the configuration file cannot be read" },
	CONFIG_UNTRUSTED: { exit: 125, summary: "somebody other than root could have written the configuration file" },
	CONFIG_TOO_LARGE: { exit: 125, summary: "the configuration file passes a size, depth or node limit" },
	CONFIG_SYNTAX: { exit: 125, summary: "the configuration file is not the YAML that is accepted" },
	CONFIG_DUPLICATE_KEY: { exit: 125, summary: "a key is written twice in one mapping" },
	CONFIG_UNKNOWN_KEY: { exit: 125, summary: "a key is not known" },
	CONFIG_MISSING_KEY: { exit: 125, summary: "a required key is missing" },
	CONFIG_INVALID_VALUE: { exit: 125, summary: "a value has the wrong type or form" },
	CONFIG_CONFLICT: { exit: 125, summary: "two keys contradict each other" },
	INTERPOLATION_UNSET: { exit: 125, summary: "a ${NAME} has no value and no default" },
	INTERPOLATION_SYNTAX: { exit: 125, summary: "a $ in a value is not a known form" },
	USER_MISSING: { exit: 125, summary: "no user is configured" },
	USER_INVALID: { exit: 125, summary: "a user or group is not a valid name or id" },
	USER_UNKNOWN: { exit: 125, summary: "a user name is not in /etc/passwd" },
	USER_NO_GROUP: { exit: 125, summary: "a numeric user has no passwd entry, so its group is not known" },
	GROUP_UNKNOWN: { exit: 125, summary: "a group name is not in /etc/group" },
	USER_IS_ROOT: { exit: 125, summary: "a user that is not called root has uid 0" },
	PASSWD_UNREADABLE: { exit: 125, summary: "/etc/passwd or /etc/group is no regular file of bounded size" },
	PASSWD_MALFORMED: { exit: 125, summary: "the entry needed from /etc/passwd or /etc/group is malformed" },
	ID_UNMAPPED: { exit: 125, summary: "an id does not exist in this user namespace" },
	CAPABILITY_UNKNOWN: { exit: 125, summary: "a capability name is not known" },
	CAPABILITY_MISSING: { exit: 125, summary: "a capability that the plan needs is not held" },
	ENVIRONMENT_INVALID: { exit: 125, summary: "an environment entry cannot be passed on" },
	COMMAND_MISSING: { exit: 125, summary: "there is no command to run" },
	COMMAND_NOT_FOUND: { exit: 127, summary: "the command does not exist" },
	COMMAND_NOT_EXECUTABLE: { exit: 126, summary: "the command exists but cannot be executed" },
	LIMIT_REFUSED: { exit: 125, summary: "a resource limit may not be raised" },
	STEP_FAILED: { exit: 125, summary: "a setup step failed" },
	DROP_FAILED: { exit: 125, summary: "a step of the drop failed; the workload was not started" },
	VERIFY_FAILED: { exit: 125, summary: "the kernel's view after the drop is not what was planned" },
	SETUID_BINARY: { exit: 125, summary: "the program itself was given privilege by file mode or file capabilities" },
	INTERNAL: { exit: 125, summary: "a defect of this program" },
} as const satisfies Record<string, { exit: 125 | 126 | 127 | 2; summary: string }>;

export type ErrorCode = keyof typeof errorCodes;
