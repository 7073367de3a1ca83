import { capabilityGuide, type Danger } from "../../../capability/guide.ts";
import type { CapabilityName } from "../../../capability/names.ts";
import { everyCapability, saySets } from "../../../capability/said.ts";
import { lockedSecurebits, securebitText } from "../../../capability/securebits.ts";
import type { CapabilitySet, CapabilitySets } from "../../../capability/set.ts";
import { isRegular } from "../../../files/kind.ts";
import { isExecutable } from "../../../files/permissions.ts";
import { blanksQuoted } from "../../../report/text.ts";
import { AT } from "../../../sys/constants.ts";
import { namesIn } from "./devices.ts";
import { type Page, type Row, shown, some } from "./page.ts";

const ranks: readonly Danger[] = ["low", "medium", "high", "root", "host"];
const words: Readonly<Record<Danger, string>> = {
	low: "low",
	medium: "medium",
	high: "high",
	root: "as good as root",
	host: "a way to the host",
};
/** Of more, those that are worst. */
const mostTold = 3;

/** What the workload holds, in which sets, and what that is good for in wrong hands. */
export function capabilityRow({ plan, reads }: Page): Row {
	const { sets } = plan.departure.expected;
	const titled = saySets(sets, everyCapability(reads));
	const said = titled.map(([title, names]) => (titled.length === 1 ? `${names}, ${title}` : `${title}: ${names}`));
	const told = dangers(heldIn(sets));
	const [first, ...others] = told.map(({ name, danger, abuse }) => `${name}, ${danger}: ${abuse}`);
	return told.length === 1 && said.length === 1
		? ["capabilities", `${said} (${told[0]?.danger}: ${told[0]?.abuse})`]
		: [
				"capabilities",
				...said,
				...(first === undefined ? [] : [first, ...others.slice(0, mostTold - 1), ...more(others.length + 1 - mostTold)]),
			];
}

function heldIn({ permitted, effective, ambient, inheritable }: CapabilitySets): CapabilitySet {
	return permitted.union(effective).union(ambient).union(inheritable);
}

/** The worst first. */
export function dangers(held: CapabilitySet) {
	return (held.names() as CapabilityName[])
		.flatMap((name) => {
			const guide = Object.hasOwn(capabilityGuide, name) ? capabilityGuide[name] : undefined;
			return guide === undefined ? [] : [{ name, abuse: guide.abuse, danger: words[guide.danger], rank: ranks.indexOf(guide.danger) }];
		})
		.sort((one, other) => other.rank - one.rank);
}

function more(count: number): string[] {
	return count <= 0 ? [] : [`and ${count} more: abdicate explain NAME says of each what it is good for`];
}

/** How privilege could come back, or what shuts each way. */
export function wayBackRow(page: Page): Row {
	const { plan, reads } = page;
	const { uids, noNewPrivileges, securebits, sets, groups } = plan.departure.expected;
	const isRoot = [uids.real, uids.effective, uids.saved].some((uid) => uid === 0);
	const isLocked = (securebits & lockedSecurebits) === lockedSecurebits;
	const held = sets.bounding.isEmpty
		? "the bounding set is empty, so that they give files of another user alone"
		: "the bounding set is what they can give";
	const given = noNewPrivileges ? [] : setUserIdPrograms(page);
	const isFiltered = plan.departure.rows.seccomp !== undefined || reads.getSeccomp() > 0;
	const open = [
		...(isRoot ? ["uid 0 owns what root owns, whatever it holds"] : []),
		...(noNewPrivileges ? [] : [`no_new_privs is off: set-user-ID programs change the user; ${held}`]),
		...(given.length === 0 ? [] : [`set-user-ID here: ${some(given.map((path) => shown(blanksQuoted(path))))}`]),
		...(isLocked || !isRoot ? [] : [`securebits are ${securebitText(securebits)}: what uid 0 executes gets the bounding set`]),
	];
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
