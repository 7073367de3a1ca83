import { isReadOnlyLine, parseMounts } from "../../../files/mountinfo.ts";
import { allows, mayChange, type Viewer } from "../../../files/permissions.ts";
import { idNames } from "../../../identity/id-names.ts";
import { blanksQuoted } from "../../../report/text.ts";
import { giftsOf } from "../../../steps/facts.ts";
import type { Gift } from "../../../steps/step.ts";
import { AT } from "../../../sys/constants.ts";
import { nameOfEntry } from "../../../sys/environ.ts";
import type { Reads } from "../../../sys/native.ts";
import { mustReadProc } from "../../../sys/proc.ts";
import { own, powerfulGroups } from "../../guides/powerful-groups.ts";
import { secretName } from "../../guides/secret-name.ts";
import { besideLines } from "./beside.ts";
import { namesIn, openDevices } from "./devices.ts";
import { dueSteps } from "./gets.ts";
import { type Page, type Row, shown, some } from "./page.ts";
import { openSockets } from "./sockets.ts";

/** What somebody still has who has taken the workload over, as far as a look before the setup can tell. */
export function reachableRow(page: Page): Row {
	const devices = list("opens the devices", openDevices(page));
	const lines = [...writable(page), ...secrets(page), ...devices, ...sockets(page), ...besideLines(page), ...groups(page)];
	return [
		"still reachable",
		...(lines.length === 0 ? ["beside what it gets, no volume, secret, device, socket or daemon that is known of"] : lines),
	];
}

const list = (title: string, paths: readonly string[]): string[] =>
	paths.length === 0 ? [] : [`${title} ${some([...new Set(paths)].map((path) => shown(blanksQuoted(path))))}`];

/** What steps make the workload's own. */
function giftsTo(page: Page, wanted: Gift["what"]): string[] {
	const { uid: user } = page.plan.identity;
	return dueSteps(page).flatMap(({ action }) =>
		giftsOf(action).flatMap(({ what, path, uid }) => (what === wanted && uid === user ? [path] : [])),
	);
}

/** Who serves these may be asleep, and would be asked. */
const asked = /^(?:fuse|nfs|cifs|smb|9p|ceph|afs)/;
/** Not of files that anybody keeps. */
const ofKernel = /^\/(?:proc|sys|dev)(?:\/|$)/;
const tableLimit = 16 * 1024 * 1024;

function writable(page: Page): string[] {
	const { looked, reads } = page;
	const given = giftsTo(page, "owned");
	const table = mustReadProc(reads, "self/mountinfo", tableLimit) ?? "";
	const mounts = parseMounts(table)
		.filter((line) => !isReadOnlyLine(line) && !asked.test(line.type) && !ofKernel.test(line.point) && line.point !== "/")
		.filter(({ point }) => {
			const stat = reads.statat(AT.FDCWD, point, AT.SYMLINK_NOFOLLOW);
			return typeof stat !== "number" && mayChange(stat, "none", looked.plan.identity);
		})
		.map(({ point }) => point);
	return [
		...list("owns", given),
		...list(
			"writes to",
			mounts.filter((point) => !given.includes(point)),
		),
	];
}

const secretDirectory = "/run/secrets";

function secrets(page: Page): string[] {
	const { plan, reads } = page;
	const variables = [...new Set(plan.environment.map(nameOfEntry))].filter((name) => secretName.test(name) && !/_FILE$/i.test(name));
	return [
		...list("reads the secrets", [...giftsTo(page, "hidden"), ...readableIn(secretDirectory, plan.identity, reads)]),
		...list("has variables named like secrets:", variables),
	];
}

function readableIn(directory: string, viewer: Viewer, reads: Reads): string[] {
	return namesIn(reads, directory)
		.map((name) => `${directory}/${name}`)
		.filter((path) => {
			const stat = reads.statat(AT.FDCWD, path, 0);
			return typeof stat !== "number" && allows(stat, viewer, 4);
		});
}

function sockets(page: Page): string[] {
	return openSockets(page).map(({ path, what }) => shown(`${blanksQuoted(path)}: ${what}`));
}

function groups({ plan, reads }: Page): string[] {
	const nameOf = idNames(reads, "/etc/group");
	return plan.departure.expected.groups.flatMap((gid) => {
		const name = gid === 0 ? "root" : nameOf(gid);
		const [, reason] = (name === undefined ? undefined : own(powerfulGroups, name)) ?? [];
		return reason === undefined ? [] : [`group ${name} (${gid}): ${reason}`];
	});
}
