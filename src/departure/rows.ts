import { confineKey } from "./confine-key.ts";
import type { AnyRow } from "./row.ts";
import { normalise } from "./rows/arrive.ts";
import { ambientClear, ambientRaise, authority, bounding, sets, transition } from "./rows/capabilities.ts";
import { cgroup, cgroupLeaf } from "./rows/cgroup.ts";
import { devices } from "./rows/devices.ts";
import { gid, groups, keepCapabilitiesOff, keepCapabilitiesOn, uid } from "./rows/identity.ts";
import { apparmor, selinux } from "./rows/labels.ts";
import { landlock } from "./rows/landlock.ts";
import { descriptors, exec, output, signalMask } from "./rows/leave.ts";
import { limits } from "./rows/limits.ts";
import { cgroupNamespace, namespaces, networkNamespace } from "./rows/namespaces.ts";
import { noNewPrivileges } from "./rows/no-new-privileges.ts";
import { parentDeathSignal } from "./rows/parent-death-signal.ts";
import { paths } from "./rows/paths.ts";
import { defaultSignals, placement, resident, residentReady } from "./rows/resident.ts";
import { nice, oomScore } from "./rows/scheduling.ts";
import { seccomp } from "./rows/seccomp.ts";
import { securebits } from "./rows/securebits.ts";
import { sessionKeyring } from "./rows/session-keyring.ts";
import { stdioOwner } from "./rows/stdio.ts";
import { tracer } from "./rows/tracer.ts";
import { umask } from "./rows/umask.ts";
import { workdir } from "./rows/workdir.ts";

/** The table: every row by its name, from first to last. A new wall is a file and a line here. docs/order.md mirrors it. */
export const rows = {
	normalise,
	namespaces,
	"cgroup-leaf": cgroupLeaf,
	devices,
	cgroup,
	"cgroup-namespace": cgroupNamespace,
	paths,
	"network-namespace": networkNamespace,
	limits,
	"oom-score": oomScore,
	nice,
	"stdio-owner": stdioOwner,
	umask,
	authority,
	bounding,
	"keep-capabilities-on": keepCapabilitiesOn,
	groups,
	gid,
	uid,
	"session-keyring": sessionKeyring,
	"keep-capabilities-off": keepCapabilitiesOff,
	transition,
	"ambient-clear": ambientClear,
	"ambient-raise": ambientRaise,
	securebits,
	sets,
	workdir,
	"no-new-privileges": noNewPrivileges,
	init: resident,
	placement,
	"default-signals": defaultSignals,
	"parent-death-signal": parentDeathSignal,
	apparmor,
	selinux,
	landlock,
	tracer,
	"init-ready": residentReady,
	descriptors,
	output,
	"signal-mask": signalMask,
	seccomp,
	exec,
} as const;

export type RowName = keyof typeof rows;
type PartOf<R> = R extends { apply(journey: never, part: infer Part): void } ? Part : never;
/** What is planned, by the names of the rows that have something to do. */
export type Parts = { readonly [Name in RowName]?: PartOf<(typeof rows)[Name]> | undefined };

export interface TableRow extends AnyRow {
	readonly name: RowName;
}

/** The compiler cannot see that a row only ever meets its own part; it is told once, here. */
export const table = Object.entries(rows).map(([name, row]) => ({ name, ...row })) as unknown as readonly TableRow[];

/** The keys of the configuration that belong to rows. */
export const rowKeys = [confineKey, ...table.flatMap(({ key }) => (key === undefined ? [] : [key]))];
