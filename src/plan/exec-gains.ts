import { effectiveFileCapabilities } from "../capability/file-capabilities.ts";
import type { Config } from "../config/config.ts";
import type { Start } from "../departure/start.ts";
import { printable } from "../report/text.ts";
import { AT, O, S } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { placeOf } from "./command.ts";
import type { Plan } from "./plan.ts";

/** What no_new_privs makes void: what the command's file would give by being executed, and the key that leaves it out. execve(2) */
export function lostGains(
	{ command, departure }: Plan,
	start: Start,
	reads: Reads,
	{ noNewPrivileges }: Pick<Config, "noNewPrivileges">,
): string[] {
	const path = placeOf(command, departure.rows.workdir ?? start.workdir, reads);
	const isRuntimes = start.credentials.noNewPrivileges;
	const gains = path === undefined || !departure.expected.noNewPrivileges ? undefined : gainsOf(reads, path);
	if (path !== undefined && gains !== undefined) {
		return [
			`the command ${printable(path)} ${gains}, which no_new_privs makes void: it runs as who it is started as; ${
				isRuntimes ? byRuntime : "no_new_privileges: false gives it that, with no capability outside the bounding set"
			}`,
		];
	}
	return isRuntimes && !noNewPrivileges ? [`no_new_privileges: false has no effect: ${byRuntime}`] : [];
}

const byRuntime = "the runtime has set it (docker run --security-opt no-new-privileges, kubernetes: allowPrivilegeEscalation: false)";

function gainsOf(reads: Reads, path: string): string | undefined {
	const stat = reads.statat(AT.FDCWD, path, 0);
	if (typeof stat === "number") {
		return undefined;
	}
	if ((stat.mode & S.ISUID) !== 0) {
		return `is set-user-ID of uid ${stat.uid}`;
	}
	const fd = reads.openRead(AT.FDCWD, path, O.PATH, 0);
	const marked = fd < 0 ? undefined : withDescriptor(reads, fd, () => effectiveFileCapabilities(reads, fd));
	return marked === undefined || marked.isEmpty ? undefined : `has the file capabilities ${marked}`;
}
