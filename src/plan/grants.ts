import type { CapabilityName } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import { flagsOf, type Limit, limitsOf } from "../confine/cgroup/limits.ts";
import type { CgroupSetting } from "../confine/cgroup/setting.ts";
import type { DevicesSetting } from "../confine/devices/setting.ts";
import type { NamespacesSetting } from "../confine/namespaces.ts";
import { type Parts, rows } from "../departure/rows.ts";
import type { Given, GivenDevice } from "../steps/step.ts";
import type { Reads } from "../sys/native.ts";
import { readProc } from "../sys/proc.ts";
import { type Due, dueSteps } from "./due-steps.ts";
import { isSpared, settleHeld, tellUnits } from "./held.ts";
import type { Planned, Surroundings } from "./surroundings.ts";
import { choose, keeper, keptWants, wantsOf, withGivingUp } from "./wants.ts";

/** What a runtime has to give a container that starts as root, so that a plan can be carried out; nothing more. */
export interface Grants {
	/** By name, in the order of their numbers. */
	readonly capabilities: readonly CapabilityName[];
	/** What each is for, in the same order. */
	readonly purposes: ReadonlyMap<CapabilityName, string>;
	/** Paths of devices that have to be there, and what has to be allowed of r, w and m. */
	readonly devices: readonly GivenDevice[];
	/** Kernel settings that only the runtime can make, and those that only the machine has. */
	readonly sysctls: Readonly<Record<string, string>>;
	readonly machineSettings: Readonly<Record<string, string>>;
	/** A host name that the runtime can give, so that no capability is needed for it. */
	readonly hostname: string | undefined;
	/** A namespace of cgroups by the runtime, where the machine's usual one is its own. */
	readonly isCgroupPrivate?: true;
	/** Of the whole container, which is enough where nothing is delegated, as in any that these flags start. */
	readonly limits?: readonly Limit[];
	/** Whose usual profile refuses it, whatever is held, and what. */
	readonly unconfined: Readonly<Partial<Record<Refuser, string>>>;
}

type Refuser = "apparmor" | "seccomp";

export interface AllGrants {
	readonly needed: Grants;
	/** What a start does without, with less. */
	readonly optional: Grants;
	/** What could not be looked at, so that more is asked for. */
	readonly remarks: readonly string[];
}

/** Of a plan that was made as if everything were granted. */
export function minimalGrants(planned: Planned, reads: Reads, surroundings: Surroundings): AllGrants {
	const isKept = keeper(planned.config.capabilities);
	const neededFor = (dues: readonly Due[]) => {
		const wants = wantsOf(planned, dues, reads, surroundings).filter(({ isOptional }) => !isOptional);
		return withGivingUp(choose(wants), isKept);
	};
	const dues = settleHeld(dueSteps(planned, reads, surroundings), neededFor);
	const needed = neededFor(dues);
	const more = choose(
		wantsOf(planned, dues, reads, surroundings).filter(({ isOptional }) => isOptional),
		needed,
	);
	const optional = tellUnits(needed.has("SETPCAP") ? more : withGivingUp(more, isKept), needed, dues, surroundings);
	const refusals = refusalsOf(planned, dues, surroundings, reads);
	const grants = (purposes: ReadonlyMap<CapabilityName, string>, isOptional: boolean): Grants => {
		const given = dues.filter((due) => isSpared(due) === isOptional).map((due) => due.given);
		return {
			capabilities: CapabilitySet.of(...purposes.keys()).names() as CapabilityName[],
			purposes,
			devices: devicesOf([...given, ...(isOptional ? [] : ofWall(planned))]),
			sysctls: Object.assign({}, ...given.map(({ sysctls }) => sysctls)),
			machineSettings: Object.assign({}, ...given.map(({ machineSettings }) => machineSettings)),
			hostname: given.findLast(({ hostname }) => hostname !== undefined)?.hostname,
			unconfined: Object.fromEntries(refusals.filter((each) => each.isOptional === isOptional).map(({ who, what }) => [who, what])),
		};
	};
	const isCgroupPrivate = namespacesOf(planned).includes("cgroup");
	return {
		needed: { ...grants(needed, false), ...(isCgroupPrivate && { isCgroupPrivate }), ...limitsByRuntime(planned) },
		optional: grants(optional, true),
		remarks: [...dues.flatMap(remarksOf), ...remarksOfLimits(planned, surroundings), ...remarksOfNamespaces(planned, surroundings)],
	};
}

function limitsByRuntime({ config }: Planned): Pick<Grants, "limits"> {
	const setting = config.rows["cgroup"] as CgroupSetting | undefined;
	return setting === undefined ? {} : { limits: limitsOf(setting, () => "") };
}

/** For runtimes whose keys have none for each of them. */
function remarksOfLimits(planned: Planned, { runtime }: Surroundings): string[] {
	const { limits } = limitsByRuntime(planned);
	return limits === undefined || runtime === "docker" ? [] : flagsOf(limits).map((each) => `cgroup, where none is delegated: ${each}`);
}

function namespacesOf({ config }: Planned): NamespacesSetting {
	return (config.rows["namespaces"] as NamespacesSetting | undefined) ?? [];
}

/** What takes no capability where the runtime gives it, and is no flag that is always right. */
function remarksOfNamespaces(planned: Planned, { runtime }: Surroundings): string[] {
	const names = namespacesOf(planned);
	const network = {
		docker: "--network none (compose: network_mode: none)",
		kubernetes: undefined,
		oci: "a network namespace without interfaces",
	};
	const without = network[runtime];
	return [
		...(names.includes("cgroup") && runtime !== "docker"
			? [`namespaces: cgroup: ${runtime === "oci" ? "linux.namespaces with cgroup" : "as the node gives it with cgroups of version 2"}`]
			: []),
		...(names.includes("net") && without !== undefined
			? [`namespaces: net: ${without} gives it without SYS_ADMIN, where no step needs the network`]
			: []),
	];
}

function remarksOf({ label, unseen, madeDevices }: Due): string[] {
	return [
		...unseen.map((why) => `${label}: ${why}, so that what any volume may need is asked for`),
		...madeDevices.map(
			(path) => `${label}: ${path} is made by a step before, so that it takes a rule with its numbers: --device-cgroup-rule 'b MAJOR:* rw'`,
		),
	];
}

/** What is refused whatever is held. Docker's filter opens what mounts with SYS_ADMIN, and keyctl with nothing. */
function refusalsOf({ plan, config }: Planned, dues: readonly Due[], { outlook, runtime }: Surroundings, reads: Reads): Refusal[] {
	const now = outlook === "any-volume" ? undefined : reads;
	const isConfined = now === undefined || typeof readProc(now, "self/attr/apparmor/current") === "string";
	// A Pod is given the runtime's profile by what is printed, whatever there is here.
	const isFiltered = now === undefined || runtime === "kubernetes" || now.getSeccomp() > 0;
	const mounting = dues.filter(({ given, needs }) => given.mounts !== undefined && needs.some(({ anyOf }) => anyOf.includes("SYS_ADMIN")));
	const mayMount = keptWants(config.capabilities).some(({ anyOf }) => anyOf.includes("SYS_ADMIN"));
	const surely = mounting.some((due) => due.given.mounts === "always" && !isSpared(due)) || wallsMount(plan.departure.rows, now);
	const { apparmor, "session-keyring": keyring } = plan.departure.rows;
	return [
		...(isConfined && apparmor !== undefined
			? [{ who: "apparmor", what: "for apparmor, since the usual profile lets nothing enter another", isOptional: false } as const]
			: []),
		...(isConfined && surely ? [{ who: "apparmor", what: "to mount, which the usual profile refuses", isOptional: false } as const] : []),
		...(isConfined && !surely && apparmor === undefined && (mounting.length > 0 || mayMount)
			? [{ who: "apparmor", what: "if anything is mounted, which the usual profile refuses", isOptional: true } as const]
			: []),
		...(isFiltered && keyring === true
			? [{ who: "seccomp", what: "for session_keyring: new; a profile that allows keyctl is enough", isOptional: false } as const]
			: []),
	];
}

/** Whether what closes paths has to be mounted, since the runtime has not closed them. */
function wallsMount({ namespaces, devices, paths }: Parts, now: Reads | undefined): boolean {
	const by = { now, whenUnprivileged: "fail" } as const;
	const isMounting = namespaces?.names.includes("mount") === true && (rows.namespaces.asks?.(namespaces, by) ?? []).length > 0;
	const isNewDirectory = devices !== undefined && (rows.devices.asks?.(devices, by) ?? []).length > 0;
	return isMounting || isNewDirectory || (paths !== undefined && (rows.paths.asks?.(paths, by) ?? []).length > 0);
}

interface Refusal {
	readonly who: Refuser;
	readonly what: string;
	readonly isOptional: boolean;
}

/** Those beside the default set: the wall takes them from the start. */
function ofWall({ config }: Planned): Given[] {
	const further = config.rows["devices"] as DevicesSetting | undefined;
	return further === undefined || further === "none" ? [] : [{ devices: further.map(({ path, access }) => ({ path, access })) }];
}

/** Of several words about one device the last counts. */
function devicesOf(given: readonly Given[]): Grants["devices"] {
	const found = given.flatMap(({ devices = [] }) => devices.map((each): [string, GivenDevice] => [each.path, each]));
	return [...new Map(found).values()].filter(({ access }) => access !== "none");
}
