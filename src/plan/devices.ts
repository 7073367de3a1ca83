import { grantRemedy } from "../capability/grant.ts";
import { type CapabilityName, capability } from "../capability/names.ts";
import { deviceDirectory, findNodes, isUnknown, nodesElsewhere } from "../confine/devices/look.ts";
import { isMachines, machinesElsewhere } from "../confine/devices/mounts.ts";
import { type DeviceNode, isNameable, isTerminal, isUsual, nodesText, usualNodes } from "../confine/devices/node.ts";
import type { DevicesPart, PlannedNode } from "../confine/devices/part.ts";
import type { FurtherDevice } from "../confine/devices/setting.ts";
import { applyDevices, foundDevices, noneBeside } from "../departure/devices.ts";
import type { Start } from "../departure/start.ts";
import type { DevicesAsk } from "../departure/walls.ts";
import { tableOf } from "../files/mount-facts.ts";
import type { MountLine } from "../files/mountinfo.ts";
import { isWithin } from "../files/path-text.ts";
import { observeUserNamespace } from "../identity/user-namespace.ts";
import { Attempts } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";
import { printable } from "../report/text.ts";
import { yamlScalar } from "../report/yaml.ts";
import { madeBy, type StepAction } from "../steps/index.ts";
import type { Made } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import { searchingOf } from "./able-to-mount.ts";
import { warnOfKept } from "./confine-notes.ts";
import { planFurther, type WantedNode } from "./further-devices.ts";
import { keptOpening, withoutDevice } from "./kept-opening.ts";
import { requireMountCalls } from "./mount-calls.ts";
import { isMounting, type SetupStep } from "./mounting.ts";
import { refuseOpenedDevices } from "./opened-before.ts";
import { orRefuse } from "./untold.ts";

export { applyDevices, foundDevices };

const where = "devices";

/** Plans the wall: a new /dev, or that there is nothing to do, or why this start cannot have it. */
export function planDevices(further: readonly FurtherDevice[], ask: DevicesAsk): DevicesPart | undefined {
	return orRefuse(where, () => plan(further, ask));
}

function plan(further: readonly FurtherDevice[], ask: DevicesAsk): DevicesPart | undefined {
	const { start, reads, ofWorkload } = ask;
	const found = lookAtDevices(further, ask);
	sayWhatStays(found, ask);
	const kept = keptOpening(ask, found.foreign);
	if (ofWorkload.isEntering && found.differs) {
		refuseEntering(found.foreign, found.elsewhere);
	}
	const mayBeMade = may(ask, "MKNOD") && ofWorkload.setup.some((step) => mayMakeNodes(step, reads));
	const isRebuilt = found.differs || (may(ask, "SYS_ADMIN") && (mayBeMade || kept !== undefined));
	if (!isRebuilt || ofWorkload.isEntering) {
		return ofWorkload.isEntering ? undefined : leftAsItIs(found.wanted, kept, mayBeMade, ask);
	}
	if (!may(ask, "SYS_ADMIN")) {
		refuseWithoutMounting(found.foreign, found.elsewhere);
	}
	requireMountCalls(start, reads, where);
	return newDirectory(found, kept, ask);
}

interface Found {
	readonly table: readonly MountLine[];
	readonly nodes: readonly DeviceNode[];
	readonly wanted: readonly WantedNode[];
	/** What is there and neither usual nor wanted. */
	readonly foreign: readonly DeviceNode[];
	/** Where the machine's own are mounted. */
	readonly elsewhere: readonly string[];
	/** Whether what is there is not what is to be. */
	readonly differs: boolean;
}

function lookAtDevices(further: readonly FurtherDevice[], ask: DevicesAsk): Found {
	const table = tableOf(ask.reads);
	const nodes = findNodes(ask.reads, isWorkload(ask)).sort((one, other) => (one.path < other.path ? -1 : 1));
	const errors = new Attempts();
	const wanted = further.flatMap((each) => errors.attempt(() => planFurther(each, ask)) ?? []);
	errors.end();
	const foreign = nodes.filter((node) => !isUsual(node) && !wanted.some((each) => isThere(node, each)));
	const elsewhere = machinesElsewhere(table).map(({ point }) => point);
	const differs = foreign.length > 0 || elsewhere.length > 0 || isMachines(table) || wanted.some(isMade);
	return { table, nodes, wanted, foreign, elsewhere, differs };
}

/** Of this very start alone. */
function sayWhatStays({ table, wanted, elsewhere }: Found, { start, reads, note, ofWorkload, request }: DevicesAsk): void {
	if (start.isImagined !== true) {
		if (!ofWorkload.isEntering) {
			const isWanted = ({ type, rdev }: DeviceNode) => wanted.some((each) => each.type === type && each.rdev === rdev);
			refuseOpenedDevices(ofWorkload.pass, isWanted, reads);
		}
		for (const node of nodesElsewhere(table, reads).filter((each) => !isUsual(each) && !elsewhere.includes(each.path))) {
			note(`devices: the node ${printable(node.path)} is mounted elsewhere than below /dev, and stays`);
		}
	}
	if (ofWorkload.settings["paths"] === undefined) {
		warnOfKept(request, where, ofWorkload.warn);
	}
}

/** An ordinary /dev stays; that nothing else is there in the end is proved where a step could make it, or what is kept could. */
function leftAsItIs(
	wanted: readonly PlannedNode[],
	kept: string | undefined,
	mayBeMade: boolean,
	ask: DevicesAsk,
): DevicesPart | undefined {
	const isTried = kept !== undefined && may(ask, "MKNOD");
	if (kept !== undefined && !isTried) {
		ask.note(`devices: ${kept} is kept, and whether the device cgroup refuses other devices cannot be tried without MKNOD`);
	}
	return mayBeMade || isTried ? unchanged(wanted, isTried ? kept : undefined, ask.start) : undefined;
}

function newDirectory({ table, nodes, wanted, elsewhere, differs }: Found, kept: string | undefined, ask: DevicesAsk): DevicesPart {
	ask.note(
		"devices: the device cgroup stays as the runtime has set it, which nothing in a container can close: a node in a volume without nodev opens what it allows",
	);
	for (const point of elsewhere) {
		ask.note(`devices: the nodes in ${printable(point)} cannot be opened any more: it gets nodev`);
	}
	const makes = may(ask, "MKNOD") && observeUserNamespace(ask.reads) === undefined;
	const late = wanted.filter(({ isLate }) => isLate).map(({ path }) => path);
	const planned = [...usualOf(nodes, makes, isMachines(table)), ...wanted.map(({ isLate: _, ...node }) => node)];
	const needs: CapabilityName[] = [
		"SYS_ADMIN",
		...(planned.some(isMade) ? (["MKNOD"] as const) : []),
		...(planned.some((node) => isMade(node) && node.gid !== 0) ? (["CHOWN"] as const) : []),
	];
	return {
		builds: true,
		nodes: planned,
		late,
		isMachines: isMachines(table),
		kept,
		needs,
		isLacking: differs,
		makesNamed: wanted.some(isMade),
		found: nodesText(planned, late),
	};
}

function may({ start }: DevicesAsk, name: CapabilityName): boolean {
	return start.credentials.sets.permitted.has(capability(name));
}

function isMade({ by }: PlannedNode): boolean {
	return by === "mknod";
}

/** Whether there may be another node after it, or something over /dev. */
function mayMakeNodes(step: SetupStep, reads: Reads): boolean {
	const isAround = ({ path, isTree }: Made) => isWithin(path, deviceDirectory) || (isTree === true && isWithin(deviceDirectory, path));
	return isMounting(step, reads) || madeBy(step.action as StepAction).some(isAround);
}

function unchanged(nodes: readonly PlannedNode[], kept: string | undefined, start: Start): DevicesPart {
	const needs: CapabilityName[] = [...(kept === undefined ? [] : (["MKNOD"] as const)), ...searchingOf(start)];
	return { builds: false, nodes, late: [], isMachines: false, kept, needs, isLacking: false, makesNamed: false, found: noneBeside };
}

/** Started as the user that it goes on as: what is closed to it by another's directory is closed. */
function isWorkload({ request: { identity }, start: { credentials } }: DevicesAsk): boolean {
	return identity.uid !== 0 && identity.uid === credentials.uids.effective;
}

/** The same device: where reading and writing are not both wanted, by the very name, of which the plan knows that it fits. */
function isThere(node: DeviceNode, wanted: PlannedNode): boolean {
	return node.type === wanted.type && node.rdev === wanted.rdev && (wanted.by === "bind" || node.path === wanted.path);
}

/** Those of the default set; by binds only what is there. A terminal of one's own is always the old one. */
function usualOf(nodes: readonly DeviceNode[], makes: boolean, isNewTerminals: boolean): PlannedNode[] {
	const old = (path: string) => nodes.find((node) => node.path === path);
	const usual = usualNodes.flatMap((node): PlannedNode[] => {
		const there = old(node.path);
		const isSame = there?.type === node.type && there.rdev === node.rdev;
		return makes ? [{ ...node, by: "mknod" }] : isSame ? [{ ...there, by: "bind" }] : [];
	});
	const [console, ptmx] = ["console", "ptmx"].map((name) => old(`${deviceDirectory}/${name}`));
	return [
		...usual,
		...(console !== undefined && console.type === "c" && isTerminal(console.rdev) ? [{ ...console, by: "bind" } as const] : []),
		// Where it is no link to that of devpts, that of devpts may be closed; and it goes by the directory it lies in, which a bind has not.
		...(ptmx !== undefined && isUsual(ptmx) && makes && !isNewTerminals
			? [{ ...ptmx, mode: 0o666, uid: 0, gid: 0, by: "mknod" } as const]
			: []),
	];
}

function refuseEntering(foreign: readonly DeviceNode[], elsewhere: readonly string[]): never {
	const found = [...foreign.map(({ path }) => path), ...elsewhere].map(printable).join(", ");
	const what = found === "" ? "and this one does not fit" : `and these are open here: ${found}`;
	return fail("CONFINE_REFUSED", `enter makes no other /dev, ${what}`, {
		where,
		remedy: ["enter a container whose first program was started by this configuration, by the runtime: docker exec, kubectl exec"],
	});
}

function refuseWithoutMounting(foreign: readonly DeviceNode[], elsewhere: readonly string[]): never {
	const known = foreign.filter((each) => !isUnknown(each));
	const names = foreign.map(({ path }) => printable(path));
	const nameable = known.filter(isNameable);
	const list = nameable.map(({ path }) => yamlScalar(path)).join(", ");
	const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
	const found = [...names.slice(0, 5), ...elsewhere.map(printable)].join(", ");
	const what = found === "" ? "what is wanted takes a new /dev" : `${found}${more}: not of the default set`;
	return fail("CONFINE_REFUSED", `${what}, and without SYS_ADMIN the workload's /dev stays as it is`, {
		where,
		remedy: [
			...(nameable.length === 0 || known.length < names.length || names.length > 5
				? []
				: [`devices: [${list}], where the workload is to have it`]),
			`or ${withoutDevice}`,
			...grantRemedy(["SYS_ADMIN"]).map((each) => `or let it be taken away: ${each}`),
		],
	});
}
