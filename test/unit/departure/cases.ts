import { CapabilitySet, noCapabilities } from "../../../src/capability/set.ts";
import type { LandlockPart } from "../../../src/confine/landlock/part.ts";
import type { Departure } from "../../../src/departure/departure.ts";
import type { ThreeSets } from "../../../src/departure/request.ts";
import type { PlacementPart, ResidentPart } from "../../../src/departure/resident.ts";
import type { Parts } from "../../../src/departure/rows.ts";
import type { Credentials } from "../../../src/identity/credentials.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel, type FakeProcess, type SecurityModule, unprivileged } from "../../fake/index.ts";

/** A start and what is to become of it. */
export interface DropCase {
	readonly start: FakeProcess;
	readonly plan: Departure;
	/** The state of the workload as it begins, in the kernel's units. */
	readonly workload: FakeProcess;
	readonly securityModule?: SecurityModule;
}

export const program = "/bin/workload";
export const home = "/home/app";

export function kernelFor({ start, securityModule }: DropCase, overrides: Partial<Host> = {}): FakeKernel {
	return new FakeKernel({
		process: start,
		machine: securityModule === undefined ? {} : { securityModule },
		overrides,
		files: { [program]: { mode: 0o755 }, [home]: { kind: "directory", uid: 1000, gid: 1000, mode: 0o700 } },
	});
}

const bind = CapabilitySet.of("NET_BIND_SERVICE");
const raw = CapabilitySet.of("NET_RAW");
const setpcap = CapabilitySet.of("SETPCAP");
const docker = CapabilitySet.fromBits(dockerRoot().permitted);

function inThree(set: CapabilitySet, inheritable = set): ThreeSets {
	return { effective: set, permitted: set, inheritable };
}

/** Between setup and drop nothing is effective. */
const afterSetup = dockerRoot({ effective: 0n, parentDeathSignal: 9 });
const authority: ThreeSets = {
	effective: CapabilitySet.of("SETGID", "SETUID", "SETPCAP"),
	permitted: docker,
	inheritable: CapabilitySet.empty,
};

function ids(uid: number, gid: number, groups: readonly number[]): Pick<Credentials, "uids" | "gids" | "groups"> {
	return {
		uids: { real: toUid(uid), effective: toUid(uid), saved: toUid(uid) },
		gids: { real: toGid(gid), effective: toGid(gid), saved: toGid(gid) },
		groups: groups.map(toGid),
	};
}

function inAll(set: CapabilitySet): typeof noCapabilities {
	return { bounding: set, permitted: set, effective: set, inheritable: set, ambient: set };
}

/** To no port but one, whatever the file system. */
const noConnections: LandlockPart = {
	abi: 7,
	files: 0,
	ofFiles: 0,
	ports: 2,
	scopes: 0,
	paths: [],
	portRules: [{ as: "connect", port: 443, rights: 2 }],
	// It lets everything pass.
	guard: { program: "060000000000ff7f", flags: 4 },
	closed: undefined,
};

/** uid 1000 that may bind low ports: every row has something to do. */
const oneKept: DropCase = {
	start: afterSetup,
	plan: {
		rows: {
			authority,
			bounding: docker.minus(bind),
			"keep-capabilities-on": true,
			groups: [44, 1000].map(toGid),
			gid: toGid(1000),
			uid: toUid(1000),
			"session-keyring": true,
			"keep-capabilities-off": true,
			transition: inThree(bind.union(setpcap), bind),
			"ambient-clear": true,
			"ambient-raise": bind,
			securebits: 0xc3,
			sets: inThree(bind),
			workdir: home,
			"no-new-privileges": true,
			"parent-death-signal": 15,
			landlock: noConnections,
		},
		expected: { ...ids(1000, 1000, [44, 1000]), sets: inAll(bind), securebits: 0xc3, noNewPrivileges: true },
	},
	workload: {
		uids: [1000, 1000, 1000],
		gids: [1000, 1000, 1000],
		groups: [44, 1000],
		bounding: 0x400n,
		permitted: 0x400n,
		effective: 0x400n,
		inheritable: 0x400n,
		ambient: 0x400n,
		securebits: 0xc3,
		noNewPrivs: true,
		parentDeathSignal: 15,
		keyring: 1000,
		isWalled: true,
	},
};

/** The same with other parts; a row without one does nothing. */
export function changed({ rows, expected }: Departure, parts: Parts, state: Partial<Credentials> = {}): Departure {
	return { rows: { ...rows, ...parts }, expected: { ...expected, ...state } };
}

const noBits = { bounding: 0n, permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n } as const;

/** uid 1000 with nothing at all. */
const nothingKept: DropCase = {
	start: afterSetup,
	plan: changed(
		oneKept.plan,
		{
			bounding: docker,
			"session-keyring": undefined,
			transition: inThree(setpcap, CapabilitySet.empty),
			"ambient-raise": undefined,
			sets: inThree(CapabilitySet.empty),
		},
		{ sets: noCapabilities },
	),
	workload: { ...oneKept.workload, ...noBits, keyring: -1 },
};

/** `user: root`: what makes root powerful is the bounding set and the missing NOROOT. */
const rootKept: DropCase = {
	start: afterSetup,
	plan: changed(
		oneKept.plan,
		{ groups: [toGid(0)], gid: toGid(0), uid: toUid(0), "session-keyring": undefined, workdir: "/" },
		{ ...ids(0, 0, [0]), sets: inAll(bind), securebits: 0xc3, noNewPrivileges: true },
	),
	workload: { ...oneKept.workload, uids: [0, 0, 0], gids: [0, 0, 0], groups: [0], keyring: -1 },
};

/** `user: root` with `no_new_privileges: false`, so that NOROOT alone stands between exec and the capabilities. */
const rootWithoutNoNewPrivileges: DropCase = {
	start: afterSetup,
	plan: changed(
		rootKept.plan,
		{ bounding: docker.minus(bind.union(raw)), "no-new-privileges": undefined, landlock: undefined },
		{ sets: { ...inAll(bind), bounding: bind.union(raw) }, noNewPrivileges: false },
	),
	workload: { ...rootKept.workload, bounding: 0x2400n, noNewPrivs: false, isWalled: false },
};

/** `securebits: none`: KEEP_CAPS must go by its own row. */
const noSecurebits: DropCase = {
	start: afterSetup,
	plan: changed(oneKept.plan, { "session-keyring": undefined, transition: inThree(bind), securebits: undefined }, { securebits: 0 }),
	workload: { ...oneKept.workload, securebits: 0, keyring: -1 },
};

/** Started as the user already, with an ambient capability that the runtime gave; the expert form keeps it inheritable only. */
const ambientInherited: DropCase = {
	start: unprivileged(1000, 1000, { permitted: 0x2000n, inheritable: 0x2000n, ambient: 0x2000n }),
	plan: changed(
		oneKept.plan,
		{
			authority: { effective: CapabilitySet.empty, permitted: raw, inheritable: raw },
			bounding: undefined,
			"keep-capabilities-on": undefined,
			groups: undefined,
			gid: undefined,
			uid: undefined,
			"session-keyring": undefined,
			"keep-capabilities-off": undefined,
			transition: inThree(raw),
			"ambient-raise": undefined,
			securebits: undefined,
			sets: inThree(raw),
		},
		{
			...ids(1000, 1000, [1000]),
			sets: { bounding: docker, permitted: raw, effective: raw, inheritable: raw, ambient: CapabilitySet.empty },
			securebits: 0,
			noNewPrivileges: true,
		},
	),
	workload: { ...oneKept.workload, ...noBits, groups: [1000], bounding: 0xa804_25fbn, inheritable: 0x2000n, securebits: 0, keyring: -1 },
};

/** The user keeps DAC_OVERRIDE for nothing: the home of somebody else is closed to it. */
export const closedWorkdir: DropCase = {
	...oneKept,
	plan: changed(oneKept.plan, { uid: toUid(1001), gid: toGid(1001), groups: [toGid(1001)] }),
};

/** NO_SETUID_FIXUP was on and locked at the start: the change of the uid takes nothing away by itself. */
const fixupOff: DropCase = {
	start: { ...afterSetup, securebits: 0x0c },
	plan: changed(oneKept.plan, { securebits: 0xcf }, { securebits: 0xcf }),
	workload: { ...oneKept.workload, securebits: 0xcf },
};

/** Under a profile that may be added to, and no more than that. */
const apparmorAdded: DropCase = {
	...oneKept,
	start: { ...oneKept.start, label: "outer" },
	plan: changed(oneKept.plan, {
		apparmor: { label: "demo", besides: "outer", file: "self/attr/apparmor/exec", written: "stack demo" },
	}),
	workload: { ...oneKept.workload, label: "demo//&outer" },
	securityModule: { kind: "apparmor", known: { demo: "enforce", outer: "enforce" }, mayChoose: { outer: ["demo"] } },
};

const [initial, app] = ["system_u:system_r:initial_t:s0", "system_u:system_r:app_t:s0"] as const;

const selinuxChosen: DropCase = {
	...oneKept,
	start: { ...oneKept.start, label: initial },
	plan: changed(oneKept.plan, { selinux: { label: app, file: "self/attr/exec", written: app } }),
	workload: { ...oneKept.workload, label: app },
	securityModule: { kind: "selinux", known: { [initial]: "", [app]: "" }, mayChoose: { [initial]: [app] } },
};

const init: ResidentPart & { readonly placement: PlacementPart } = {
	signals: {},
	exitStatuses: {},
	toGroup: false,
	subreaper: false,
	graceMs: undefined,
	atEnd: undefined,
	resetsSignals: true,
	keepsPrivilege: false,
	texts: {},
	summary: "keeps nothing",
	daemons: "warn",
	stopsToo: false,
	keepsKill: false,
	needsFilter: false,
	parentDeathSignal: 15,
	parent: 0,
	path: "/usr/bin/abdicate",
	placement: { place: "session", terminal: undefined, isForeground: false },
};

/** The workload is a child of an init that has no more than it. */
const withInit: DropCase = {
	...oneKept,
	plan: changed(oneKept.plan, { init, placement: init.placement, "default-signals": true, "init-ready": true }),
	workload: {
		...oneKept.workload,
		forked: { parent: { permitted: 0x400n, noNewPrivs: true }, leads: "session", hasWaited: true, hasDefaults: true },
	},
};

/** As gosu: no row touches a set, and what is left of them is the kernel's doing. */
const idsAlone: DropCase = {
	start: dockerRoot({ groups: [0, 4, 27], parentDeathSignal: 9 }),
	plan: {
		rows: { groups: [toGid(44)], gid: toGid(1000), uid: toUid(1000), workdir: "/" },
		expected: { ...ids(1000, 1000, [44]), sets: { ...noCapabilities, bounding: docker }, securebits: 0, noNewPrivileges: false },
	},
	workload: {
		...oneKept.workload,
		...noBits,
		groups: [44],
		bounding: docker.bits,
		securebits: 0,
		noNewPrivs: false,
		parentDeathSignal: 0,
		keyring: -1,
		isWalled: false,
	},
};

export const dropCases = {
	oneKept,
	nothingKept,
	rootKept,
	rootWithoutNoNewPrivileges,
	noSecurebits,
	ambientInherited,
	fixupOff,
	apparmorAdded,
	selinuxChosen,
	withInit,
	idsAlone,
} as const satisfies Record<string, DropCase>;
export type DropCaseName = keyof typeof dropCases;
export const dropCaseNames = Object.keys(dropCases) as DropCaseName[];
