import type { Container, ContainerOptions } from "../harness/run.ts";
import { as } from "./example.ts";
import { type Outlook, type Printed, type Volumes, wordsOf } from "./grants.ts";

export type Start = Partial<ContainerOptions>;

export interface Row {
	/** The privilege of what serves, or the status and the code of the error. */
	readonly ends: string;
	/** In addition; flags beside those of the table. */
	readonly start?: Start;
	/** What the volume is filled with, where it is not the image's usual one. */
	readonly volume?: string;
	/** The client, where the usual one is not let in. */
	readonly serves?: (container: Container) => Promise<boolean>;
}

/** What `plan --format docker` asks for, in its order. */
export interface Asked {
	readonly capabilities: readonly string[];
	/** Told as optional. */
	readonly optional?: readonly string[];
	readonly devices?: readonly string[];
	/** Other options, each as one text. */
	readonly options?: readonly string[];
	/** Flags under which it is asked. */
	readonly under?: readonly string[];
	/** For which it is asked, if not for the default one of the file. */
	readonly command?: readonly string[];
	/** What the test's volume does not miss, as nothing lies deeper in it. */
	readonly spare?: readonly string[];
	/** The same for any volume, and the worst ones: each capability is missed by one of them. */
	readonly ofAny: {
		readonly capabilities: readonly string[];
		readonly optional?: readonly string[];
		readonly options?: readonly string[];
		readonly worst: readonly Volumes[];
	};
}

export const nothing = { drop: ["ALL"] };
/** Docker opens low ports to everybody in its own network namespaces. */
export const guarded = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];

const everyStart = {
	root: {},
	"root, only with what the plan asks for": {},
	"root, without any capability": { caps: nothing },
	"root, no-new-privileges": { flags: ["--security-opt", "no-new-privileges"] },
	"root, read-only root file system": { flags: ["--read-only"] },
	"uid 1000": { user: "1000:1000" },
	"a random uid with gid 0": { user: "1000650000:0" },
} as const satisfies Record<string, Start>;

/** One row for each start that every image has an answer to, and further ones of its own. */
export interface Table {
	readonly asks: Asked;
	/** Without what it makes no sense to start the image at all. */
	readonly always?: Start;
	readonly every: Readonly<Record<keyof typeof everyStart, string | Row>>;
	readonly more?: Readonly<Record<string, Row>>;
}

/** The row ends with the image's user and nothing else. */
export const itself = "its user";
export const refused = "125 CAPABILITY_MISSING";
export const stepFailed = "125 STEP_FAILED";
export const asUid1000 = as(1000, 1000);
export const asRandom = as(1_000_650_000, 0);
/** A volume that anybody can write to, as a mounted directory of a user's own would be. */
export const open = "chmod 777 .";
/** What Kubernetes makes of a volume with fsGroup 0. */
export const ofGroup0 = "chgrp 0 .; chmod 775 .";

/** A row with all that its start takes. */
export type FullRow = Row & { readonly start: Start };

/** Beside the capabilities. */
function planFlags({ under = [], devices = [], options = [] }: Omit<Asked, "ofAny">): string[] {
	return [...under, ...devices, ...options.flatMap(wordsOf)];
}

/** All rows, with what their starts take. */
export function rowsOf({
	asks,
	always = {},
	every,
	more = {},
}: Omit<Table, "asks"> & { readonly asks: Omit<Asked, "ofAny"> }): [name: string, row: FullRow][] {
	const planned: Start = { caps: { drop: ["ALL"], add: asks.capabilities }, flags: planFlags(asks) };
	const full = (way: Start, row: Row): FullRow => {
		const own = way === planned ? [] : (always.flags ?? []);
		return { ...row, start: { ...always, ...way, ...row.start, flags: [...(way.flags ?? []), ...(row.start?.flags ?? own)] } };
	};
	const wayOf = (name: string) =>
		name === "root, only with what the plan asks for" ? planned : everyStart[name as keyof typeof everyStart];
	return [
		...Object.entries(every).map(([name, row]): [string, FullRow] => [
			name,
			full(wayOf(name), typeof row === "string" ? { ends: row } : row),
		]),
		...Object.entries(more).map(([name, row]): [string, FullRow] => [name, full({}, row)]),
	];
}

/** What has to be printed. */
export function expectedOf({ capabilities, optional = [], devices = [], ofAny }: Asked, outlook: Outlook): Printed {
	const add = (names: readonly string[]) => names.map((name) => `--cap-add ${name}`);
	const given = devices.length === 0 ? [] : [devices.join(" ")];
	return outlook === "this-start"
		? { flags: ["--cap-drop ALL", ...add(capabilities), ...given], optional: add(optional) }
		: {
				flags: ["--cap-drop ALL", ...add(ofAny.capabilities), ...given, ...(ofAny.options ?? [])],
				optional: add(ofAny.optional ?? []),
			};
}

export const says = async ({ exec }: Container, wanted: string, ...command: readonly string[]) =>
	(await exec(command)).stdout.includes(wanted);

/** The same client, let in as this user. */
export function asUser(container: Container, user: string): Container {
	return { ...container, exec: (args, options) => container.exec(args, { ...options, user }) };
}
