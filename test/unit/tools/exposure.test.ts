import { describe, expect, it } from "vitest";
import { capabilityNames } from "../../../src/capability/names.ts";
import { CapabilitySet, noCapabilities } from "../../../src/capability/set.ts";
import { rateExposure } from "../../../src/tools/inspect/exposure.ts";
import { type Namespace, namespaceKinds } from "../../../src/tools/inspect/namespaces.ts";
import type { ProcessDetails } from "../../../src/tools/inspect/process-details.ts";
import { Unknown } from "../../../src/tools/inspect/unknown.ts";

const separate: readonly Namespace[] = namespaceKinds.map((kind, n) => ({ kind, id: `${n + 100}`, sharedWithInit: true, initial: false }));
const unknown = new Unknown("for a reason");

const locked = ["noroot", "noroot_locked", "no_cap_ambient_raise", "no_cap_ambient_raise_locked"];

/** All is given up, locked and its own. */
const dropped: ProcessDetails = {
	pid: 7,
	name: "app",
	parent: 1,
	uids: [1000, 1000, 1000, 1000],
	gids: [1000, 1000, 1000, 1000],
	groups: [44, 1000],
	sets: noCapabilities,
	securebits: locked,
	noNewPrivileges: true,
	seccomp: { mode: "filter", filters: 1 },
	label: "docker-default (enforce)",
	namespaces: separate,
	arguments: ["app"],
	limits: { pids: 64, memory: 1 << 26, cpu: "unlimited" },
	privilegedSockets: [{ kind: "tcp", address: "0.0.0.0", port: 80 }],
	landlock: "available",
	rlimits: { nofile: { soft: 1024, hard: 4096 }, as: { soft: "unlimited", hard: "unlimited" } },
	state: "alive",
	environment: ["PATH"],
};

const groups: Readonly<Record<number, string>> = { 44: "video", 999: "docker", 6: "disk", 108: "kvm", 5: "constructor" };
const rate = (change: Partial<ProcessDetails>) => rateExposure({ ...dropped, ...change }, (gid) => groups[gid]);
const of = CapabilitySet.of;
const sets = (change: Partial<typeof noCapabilities>) => ({ sets: { ...noCapabilities, ...change } });
const namespaces = (kind: string, change: object) => ({
	namespaces: separate.map((each) => (each.kind === kind ? { ...each, ...change } : each)),
});
const all = CapabilitySet.of(...capabilityNames);

describe("rateExposure", () => {
	it("finds nothing in a process that gave up everything", () => {
		expect(rate({})).toEqual({ overall: 0, isLeast: false, word: "minimal", findings: [] });
	});

	it.each<[string, Partial<ProcessDetails>, readonly (readonly [number, string])[]]>([
		["uid 0", { uids: [0, 0, 0, 0], gids: [0, 0, 0, 0] }, [[1.5, "uid 0"]]],
		["a saved uid 0", { uids: [1000, 1000, 0, 1000] }, [[1.5, "uid 0"]]],
		["group 0", { gids: [0, 0, 0, 0] }, [[0.5, "group root (0)"]]],
		[
			"privileged groups",
			{ groups: [5, 6, 44, 108, 999] },
			[
				[3, "group disk (6)"],
				[3, "group docker (999)"],
				[0.3, "group kvm (108)"],
			],
		],
		["a capability to the host", sets({ effective: of("SYS_ADMIN"), permitted: of("SYS_ADMIN") }), [[3, "SYS_ADMIN effective"]]],
		[
			"a permitted one",
			sets({ permitted: of("SETUID"), bounding: of("SETUID") }),
			[
				[1.5, "as uid 0 by SETUID"],
				[0.7, "SETUID permitted"],
			],
		],
		[
			"a harmless one",
			sets({ permitted: of("NET_BIND_SERVICE"), effective: of("NET_BIND_SERVICE") }),
			[[0.1, "NET_BIND_SERVICE effective"]],
		],
		["one newer than this program", sets({ permitted: CapabilitySet.fromBits(1n << 50n) }), [[0.5, "cap_50 permitted"]]],
		["bounding under no_new_privs", sets({ bounding: of("SYS_ADMIN", "SETUID", "KILL") }), [[0.1, "SYS_ADMIN in bounding only"]]],
		[
			"bounding without it",
			{ ...sets({ bounding: of("SYS_ADMIN", "SETUID", "NET_ADMIN", "KILL") }), noNewPrivileges: false },
			[
				[1, "no_new_privs off"],
				[0.3, "SYS_ADMIN in bounding only"],
				[0.2, "SETUID in bounding only"],
				[0.1, "NET_ADMIN in bounding only"],
			],
		],
		[
			"ambient and inheritable",
			sets({ ambient: of("KILL"), inheritable: of("KILL", "CHOWN"), permitted: of("KILL") }),
			[
				[0.3, "ambient set"],
				[0.2, "KILL permitted"],
				[0.1, "inheritable set"],
			],
		],
		["an open securebit", { securebits: locked.slice(1) }, [[0.3, "securebits unlocked"]]],
		["unknown securebits", { securebits: unknown }, [[0, "securebits unknown"]]],
		[
			"what is not told of it",
			{
				uids: unknown,
				gids: unknown,
				groups: unknown,
				noNewPrivileges: unknown,
				seccomp: unknown,
				label: unknown,
				privilegedSockets: unknown,
			},
			["uid", "gid", "groups", "no_new_privs", "seccomp", "label", "sockets"].map((what) => [0, `${what} unknown`] as const),
		],
		[
			"sets that are not told",
			sets({ bounding: unknown, ambient: unknown } as never),
			[
				[0, "bounding set unknown"],
				[0, "ambient set unknown"],
			],
		],
		["no filter", { seccomp: { mode: "off", filters: 0 } }, [[1, "no seccomp filter"]]],
		["no label", { label: undefined }, [[0.5, "no LSM confinement"]]],
		["AppArmor's unconfined", { label: "unconfined" }, [[0.5, "no LSM confinement"]]],
		["SELinux's unconfined", { label: "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023" }, [[0.5, "no LSM confinement"]]],
		["SELinux's container type", { label: "system_u:system_r:container_t:s0:c1,c2" }, []],
		["the host's network", namespaces("net", { initial: true }), [[1, "net namespace of the host"]]],
		["the host's clock", namespaces("time", { initial: true }), []],
		["no time namespace in an older kernel", namespaces("time", { id: undefined, initial: undefined, sharedWithInit: undefined }), []],
		["a namespace of its own", namespaces("net", { sharedWithInit: false }), []],
		["an unreadable one", namespaces("mnt", { id: unknown, initial: unknown, sharedWithInit: unknown }), [[0, "namespaces unknown"]]],
		[
			"limits missing and unknown",
			{ limits: { pids: "unlimited", memory: unknown, cpu: "unlimited" } },
			[
				[0.2, "pids unlimited"],
				[0, "memory limit unknown"],
			],
		],
		[
			"sockets that stay open",
			{
				privilegedSockets: [
					{ kind: "packet", protocol: 3 },
					{ kind: "raw6", address: "::", protocol: 58 },
				],
			},
			[
				[0.5, "open socket packet protocol 3"],
				[0.5, "open socket raw6 [::] protocol 58"],
			],
		],
	])("counts %s, and that alone", (_, change, expected) => {
		const { overall, isLeast, findings } = rate(change);
		expect(isLeast).toBe(expected.some(([points]) => points === 0));
		expect(findings.map(({ points, what }) => [points, what])).toEqual(expected);
		expect(overall).toBeCloseTo(
			expected.reduce((sum, [points]) => sum + points, 0),
			9,
		);
		expect(findings.filter(({ reason }) => reason === "")).toEqual([]);
	});

	it("takes what PID 1 of the host has for the host's, where the kernel has no fixed number", () => {
		const process = {
			namespaces: separate.map((each) => ({ ...each, initial: each.kind === "pid", sharedWithInit: ["pid", "net"].includes(each.kind) })),
		};
		expect(rate(process).findings.map(({ what }) => what)).toEqual(["net namespace of the host", "pid namespace of the host"]);
	});

	it("never says less about more, and ends at 10", () => {
		const growing = all.names().map((_, n) => CapabilitySet.fromBits((2n << BigInt(n)) - 1n));
		const figures = growing.map((set) => rate(sets({ permitted: set, effective: set })).overall);
		expect(figures).toEqual([...figures].sort((left, right) => left - right));
		expect(rate({ ...sets({ permitted: all }), uids: [0, 0, 0, 0] })).toMatchObject({ overall: 10, word: "critical" });
	});

	it.each([
		["minimal", 1, { seccomp: { mode: "off", filters: 0 } }],
		["low", 3, { groups: [6] }],
		["medium", 6, { groups: [6, 999] }],
		["high", 8.5, { groups: [6, 999], uids: [0], noNewPrivileges: false }],
	] as const)("calls it %s up to %d", (word, overall, change) => {
		expect(rate(change)).toMatchObject({ word, overall });
		expect(rate({ ...change, ...sets({ permitted: of("KILL") }) }).word).not.toBe(word);
	});
});

it("adds what no process shows, and says where that may be more", () => {
	const { isLeast, findings, overall } = rateExposure(dropped, () => undefined, [
		[30, "own /run/docker.sock", "a reason"],
		[0, "${U} assumed", "another"],
	]);
	expect({ isLeast, overall, findings }).toMatchObject({
		isLeast: true,
		overall: 3,
		findings: [
			{ points: 3, what: "own /run/docker.sock", reason: "a reason" },
			{ points: 0, what: "${U} assumed", reason: "another" },
		],
	});
});

it("is not at least 10 of 10: nothing unknown adds to that", () => {
	expect(rate({ ...sets({ effective: all, permitted: all }), label: unknown })).toMatchObject({ overall: 10, isLeast: false });
});

it("says once what is unknown of several limits for one reason", () => {
	const other = new Unknown("for another");
	const { findings } = rate({ limits: { pids: unknown, memory: other, cpu: unknown } });
	expect(findings).toEqual([
		{ points: 0, what: "pids, cpu limits unknown", reason: "for a reason" },
		{ points: 0, what: "memory limit unknown", reason: "for another" },
	]);
});
