import { capability } from "../../../capability/names.ts";
import { lockedSecurebits, securebitText } from "../../../capability/securebits.ts";
import { isRegular } from "../../../files/kind.ts";
import { isExecutable } from "../../../files/permissions.ts";
import { blanksQuoted } from "../../../report/text.ts";
import { AT } from "../../../sys/constants.ts";
import { companions } from "./beside.ts";
import { dangers, isWayBack } from "./dangers.ts";
import { namesIn } from "./devices.ts";
import { namedByRoot } from "./named-by-root.ts";
import { goalOf, type Page, type Row, shown, some } from "./page.ts";
import { openSockets } from "./sockets.ts";

/** How privilege that was given up could come back. */
export interface WayBack {
	readonly by: readonly string[];
	readonly what: string;
}

export function waysBack(page: Page): WayBack[] {
	const { uids, noNewPrivileges, securebits, sets } = page.plan.departure.expected;
	const isRoot = [uids.real, uids.effective, uids.saved].includes(0 as typeof uids.real);
	const way = (isOpen: boolean, by: string, what: string): WayBack[] => (isOpen ? [{ by: [by], what }] : []);
	const programs = noNewPrivileges ? [] : setUserIdPrograms(page);
	return [
		...way(isRoot, "uid 0", "owns what root owns, whatever it holds"),
		...byKept(page),
		...byTracing(page),
		...openSockets(page).map(({ path, what }) => ({ by: [path], what })),
		...way(!noNewPrivileges, "no_new_privs off", `set-user-ID programs change the user; ${limitOf(sets.bounding.isEmpty)}`),
		...(programs.length === 0 ? [] : [{ by: programs, what: "set-user-ID" }]),
		...namedByRoot(page).map(({ path, what }) => ({ by: [path], what })),
		...way(
			isRoot && (securebits & lockedSecurebits) !== lockedSecurebits,
			`securebits ${securebitText(securebits)}`,
			"what uid 0 executes gets the bounding set",
		),
	];
}

/** What of it is open, or what shuts each way. */
export function wayBackRow(page: Page): Row {
	const { departure } = page.plan;
	const { noNewPrivileges, securebits, groups } = departure.expected;
	const isFiltered = departure.rows.seccomp !== undefined || page.reads.getSeccomp() > 0;
	const isLocked = (securebits & lockedSecurebits) === lockedSecurebits;
	const open = waysBack(page).map(({ by, what }) =>
		shown(`${some(by.map((each) => (each.startsWith("/") ? blanksQuoted(each) : each)))}: ${what}`),
	);
	const shut = [
		isLocked ? "securebits locked" : `securebits ${securebitText(securebits)}`,
		`no_new_privs ${noNewPrivileges ? "on" : "off"}`,
		`groups ${groups.join(" ") || "none"}`,
		...(isFiltered ? ["seccomp filter"] : []),
	];
	return [
		"way back",
		...(open.length === 0 ? [`none: ${shut.join(", ")}`] : [...open, shut.join(", ")]),
		...(isFiltered ? [] : ["no seccomp filter: user namespaces and all else that the kernel lets users do are open to it"]),
	];
}

/** Those of one danger at once. */
function byKept({ plan }: Page): WayBack[] {
	const { permitted, effective } = plan.departure.expected.sets;
	const kept = dangers(permitted.union(effective)).filter(isWayBack);
	return [...new Set(kept.map(({ means }) => means))].map((what) => ({
		by: kept.filter(({ means }) => means === what).map(({ name }) => name),
		what,
	}));
}

/** Of what is left beside it, whoever holds SYS_PTRACE is whatever has more. ptrace(2) */
function byTracing(page: Page): WayBack[] {
	const traces = page.plan.departure.expected.sets.permitted.has(capability("SYS_PTRACE"));
	return companions(page).flatMap(({ action, isRoots, more, can }) => {
		return traces && can.includes("trace") && (isRoots || !more.isEmpty) ? [{ by: ["SYS_PTRACE"], what: `becomes ${goalOf(action)}` }] : [];
	});
}

function limitOf(isNothing: boolean): string {
	return isNothing ? "the bounding set is empty, so that they give files of another user alone" : "the bounding set is what they can give";
}

const setUserId = 0o4000;

/** Where programs usually are; a directory that is a link is another of these. */
function setUserIdPrograms({ plan, reads }: Page): string[] {
	return ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"].flatMap((directory) =>
		namesIn(reads, directory)
			.map((name) => `${directory}/${name}`)
			.filter((path) => {
				const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
				return (
					typeof stat !== "number" &&
					isRegular(stat) &&
					(stat.mode & setUserId) !== 0 &&
					stat.uid !== plan.identity.uid &&
					isExecutable(stat)
				);
			}),
	);
}
