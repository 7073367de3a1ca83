import { readFileSync } from "node:fs";

/** Docker's default, and the machine's: a house has no more than that. */
const docker = 0xa80425fbn;
const held = BigInt(`0x${/^CapBnd:\s*(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`);
const bit = {
	setgid: 1n << 6n,
	setuid: 1n << 7n,
	setpcap: 1n << 8n,
	netBindService: 1n << 10n,
	netAdmin: 1n << 12n,
	sysResource: 1n << 24n,
};

interface Identity {
	readonly uid: number;
	readonly groups: readonly number[];
	readonly home: string;
	/** The bounding set, and what root holds. */
	readonly capabilities: bigint;
	readonly ambient?: bigint;
}

const root = (capabilities: bigint, groups: readonly number[] = [0]): Identity => ({ uid: 0, groups, home: "/root", capabilities });
const app = (capabilities: bigint, ambient?: bigint): Identity => {
	const identity = { uid: 1000, groups: [1000], home: "/home/app", capabilities };
	return ambient === undefined ? identity : { ...identity, ambient };
};

/** All that a start can have, so that what is recorded does not depend on a machine which has SYS_RESOURCE as well. */
export const allCapabilities = 0x1ff_ffff_ffffn & ~bit.sysResource;
export const dockerCapabilities = docker;

/** Whether the machine grants what the recorded results were made with. */
export const isWholeMachine = (held & allCapabilities) === allCapabilities;

const identities: Readonly<Record<string, Identity>> = {
	root: root(allCapabilities & held, [0, 4, 27]),
	dd: root(docker),
	drop: root(0n),
	setid: root(bit.setgid | bit.setuid),
	setpc: root(bit.setgid | bit.setuid | bit.setpcap),
	u1000: app(docker),
	uamb: app(docker | bit.netAdmin, bit.netBindService),
};

/** What a start has besides. */
const extras: Readonly<Record<string, readonly string[]>> = {
	nnp: ["no-new-privileges"],
	/** What a caller leaves: all of it is to be handed on. */
	odd: [
		...["ignore", "2", "ignore", "10", "ignore", "13", "block", "12", "block", "15"],
		...["umask", "027", "nice", "5", "limit", "4", "4096", "8192", "parent-death", "10", "descriptor", "5", "/dev/null"],
	],
	/** A soft limit below the hard one, of open files. */
	nofile: ["limit", "7", "256", "4096"],
};

/** The account files of a root: as usual, with lines in them that nobody should have written, or none. */
export const accountFiles = ["usual", "broken", "bare"] as const;
export type AccountFiles = (typeof accountFiles)[number];

const places = ["first", "broken", "bare"];

export interface Start {
	readonly operations: readonly string[];
	readonly env: Readonly<Record<string, string>>;
	/** The first process of a process namespace. */
	readonly isFirst: boolean;
	readonly accounts: AccountFiles;
}

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A start by its name, such as `dd+nnp`. */
export function startOf(name: string, given: Readonly<Record<string, string>>): Start {
	const [first = "", ...more] = name.split("+");
	const identity = identities[first];
	const strange = more.find((each) => !(each in extras) && !places.includes(each));
	if (identity === undefined || strange !== undefined) {
		throw new Error(
			`no start ${name}; there are ${Object.keys(identities).join(", ")} with +${[...Object.keys(extras), ...places].join(", +")}`,
		);
	}
	const env = { PATH: path, HOME: identity.home, HOSTNAME: "box", FOO: "bar", ...given };
	const all = more.flatMap((each) => extras[each] ?? []);
	return {
		env,
		isFirst: more.includes("first"),
		accounts: accountFiles.find((each) => more.includes(each)) ?? "usual",
		operations: [
			...Object.entries(env).flatMap(([key, value]) => ["env", `${key}=${value}`]),
			...["capabilities", identity.capabilities.toString(16), "groups", identity.groups.join()],
			...["limit", "7", "4096", "4096"],
			...(identity.ambient === undefined ? [] : ["ambient", identity.ambient.toString(16)]),
			...all.filter((_, at) => all[at] !== "no-new-privileges"),
			...["user", `${identity.uid}`, `${identity.uid}`],
			...(more.includes("nnp") ? ["no-new-privileges"] : []),
			...["directory", "/case"],
		],
	};
}
