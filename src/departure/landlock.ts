import type { LandlockPart, PathRule } from "../confine/landlock/part.ts";
import { isDirectory } from "../files/kind.ts";
import { isRootsAlone, openTrusted } from "../files/open.ts";
import { splitPath } from "../files/path-text.ts";
import { UntrustedLink } from "../files/walk.ts";
import { fail } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { quoted } from "../report/text.ts";
import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Host } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";
import type { WallJourney } from "./walls.ts";

/** The work of the row `landlock`. */
export function applyLandlock(
	{ files, ports, scopes, ofFiles, paths, portRules, guard, closed }: LandlockPart,
	journey: WallJourney,
): void {
	const { host } = journey;
	const ruleset = must(host, "landlockCreateRuleset", files, ports, scopes) as number;
	withDescriptor(host, ruleset, () => {
		for (const rule of paths) {
			addPath(journey, ruleset, rule, ofFiles);
		}
		for (const { port, rights } of portRules) {
			must(host, "landlockAddPort", ruleset, port, rights);
		}
		must(host, "landlockRestrictSelf", ruleset);
	});
	if (guard !== undefined) {
		must(host, "loadFilter", guard.program, guard.flags);
	}
	if (closed !== undefined) {
		refuseOpen(host, closed);
	}
}

/** The kernel takes a right on directories for nothing else, and no rule for a pipe or a socket, which it does not wall. */
function addPath({ host, note }: WallJourney, ruleset: number, { path: at, fd: own, rights, isBase }: PathRule, ofFiles: number): void {
	const opened = own ?? openForRule(host, at, isBase);
	if (opened === undefined) {
		return;
	}
	try {
		const stat = mustRead("fstat", host.fstat(opened));
		if (own === undefined && !isDirectory(stat) && stat.nlink > 1 && !isRootsAlone(host, splitPath(at).parent)) {
			// A rule is for the file, by whatever name: one that lies elsewhere can have been given a name here. link(2)
			refuse(`${quoted(at)} has a second name, and somebody other than root could have given it this one`, ["let root own its directory"]);
		}
		const result = host.landlockAddPath(ruleset, opened, isDirectory(stat) ? rights : rights & ofFiles);
		if (result !== -errno.EBADFD) {
			mustRead("landlockAddPath", result);
		} else if (own === undefined) {
			note(`landlock: ${quoted(at)} needs no rule: it is on no file system`);
		}
	} finally {
		if (own === undefined) {
			host.close(opened);
		}
	}
}

/** By a way on which no link is another's than root's; undefined for what is passed over. */
function openForRule(host: Host, at: string, isBase: true | undefined): number | undefined {
	try {
		const opened = openTrusted(host, at, O.PATH);
		if (opened >= 0 || isBase) {
			return opened < 0 ? undefined : opened;
		}
		const { message, remedy } = errnoText("open", opened);
		const isFull = opened === -errno.EMFILE;
		return refuse(`${quoted(at)} as the user: ${message}`, isFull ? ["limits.nofile has to leave two descriptors for the wall"] : remedy);
	} catch (error) {
		if (!(error instanceof UntrustedLink)) {
			throw error;
		}
		return isBase ? undefined : refuse(error.message, ["name the real path, or let root own the link and its directory"]);
	}
}

function refuse(message: string, remedy: Problem["remedy"]): never {
	return fail("DROP_FAILED", message, { where: "drop landlock", remedy });
}

/** That the kernel said yes is not enough: a filter may have said it. seccomp(2) */
function refuseOpen(host: Host, closed: string): void {
	const opened = host.openRead(AT.FDCWD, closed, O.RDONLY | O.DIRECTORY, 0);
	if (opened >= 0) {
		fail("VERIFY_FAILED", `the wall of landlock does not stand: ${quoted(closed)} can still be read`, { where: "verification" });
	}
}
