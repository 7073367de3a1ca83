import type { ErrorCode } from "../../../report/codes.ts";
import { type Diagnostic, Failure } from "../../../report/failure.ts";
import type { Host } from "../../../sys/native.ts";
import { refuseBorrowedPrivilege } from "../../borrowed-privilege.ts";
import type { DropIn } from "../../drop-in.ts";

/** With which status the program that is stood in for ends. */
export interface Ends {
	/** The command line is not understood. */
	readonly usage: number;
	readonly refused: number;
	/** A user, a group, a capability or a file of the command line that there is not, where that is no refusal. */
	readonly unknown?: number;
	/** The command is nowhere. */
	readonly notFound: number;
	readonly notExecutable: number;
}

/** Who tells nothing by it. */
export function alwaysEndingWith(status: number): Ends {
	return { usage: status, refused: status, notFound: status, notExecutable: status };
}

/** A drop-in, which ends as the program does whose name it has. It runs with nobody's privilege but its caller's. */
export function endingAs(ends: Ends, work: DropIn): DropIn {
	return async (host, name, args) => {
		try {
			refuseBorrowedPrivilege(host);
			return await work(host, name, args);
		} catch (error) {
			return await endOf(host, name, ends, error);
		}
	};
}

/** Says what was wrong. The status. */
export async function endOf(host: Host, name: string, ends: Ends, error: unknown): Promise<number> {
	const [{ tell }, { spokenHere }] = await Promise.all([import("../../../report/tell.ts"), import("../../../sys/runtime.ts")]);
	const diagnostics = error instanceof Failure ? error.diagnostics : [(await import("../../unexplained.ts")).unexplained(error)];
	tell(
		host,
		{ format: "text" },
		spokenHere(
			host,
			diagnostics.map((each) => ({ ...each, where: placeIn(name, each) })),
		),
	);
	return Math.max(...diagnostics.map((each) => statusOf(ends, each)));
}

function statusOf(ends: Ends, { code }: Diagnostic): number {
	switch (code) {
		case "USAGE":
			return ends.usage;
		case "COMMAND_NOT_FOUND":
			return ends.notFound;
		case "COMMAND_NOT_EXECUTABLE":
			return ends.notExecutable;
		default:
			return isUnknown(code) ? (ends.unknown ?? ends.refused) : ends.refused;
	}
}

const unknown: readonly string[] = [
	"CAPABILITY_UNKNOWN",
	"CONFIG_INVALID_VALUE",
	"CONFIG_UNREADABLE",
	"GROUP_UNKNOWN",
	"LANDLOCK_RULE",
	"SECCOMP_PROFILE_SYNTAX",
];

function isUnknown(code: ErrorCode): boolean {
	return unknown.includes(code) || /^(?:USER|PASSWD)_/.test(code);
}

/** Which of our programs speaks, where each could be one of many in a line of them. */
function placeIn(name: string, { where }: Diagnostic): string {
	return where === undefined || where === "command" || where === name ? name : `${name}, ${where}`;
}
