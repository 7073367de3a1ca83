import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capabilityAt } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import type { CapabilityConfig } from "../../../src/config/config.ts";
import { depart } from "../../../src/departure/depart.ts";
import { planDeparture } from "../../../src/departure/departure.ts";
import { observeStart } from "../../../src/departure/start.ts";
import type { Accounts, Identity } from "../../../src/identity/identity.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { planSets } from "../../../src/plan/capability-sets.ts";
import { settleIdentity } from "../../../src/plan/settle-identity.ts";
import { Failure } from "../../../src/report/failure.ts";
import { dockerRoot, FakeKernel, type FakeProcess, unprivileged, WorkloadStarted } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";

const everything = (1n << 41n) - 1n;
const bits = fc.bigInt({ min: 0n, max: everything });
const capabilities = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map(capabilityAt), { maxLength: 6 });

/** What a runtime may start a container as: any sets the kernel allows, with or without no_new_privs and locked securebits. */
const starts: fc.Arbitrary<FakeProcess> = fc
	.record({
		root: fc.boolean(),
		uid: fc.integer({ min: 1, max: 70_000 }),
		bounding: bits,
		permitted: bits,
		inheritable: bits,
		nnp: fc.boolean(),
		docker: fc.boolean(),
	})
	.map(({ root, uid, bounding, permitted, inheritable, nnp, docker }) => {
		const base = root ? dockerRoot() : unprivileged(uid, uid);
		const sets = docker
			? {}
			: { bounding, permitted: permitted & bounding, effective: permitted & bounding, inheritable: inheritable & bounding, ambient: 0n };
		return { ...base, ...sets, noNewPrivs: nnp };
	});

const configs: fc.Arbitrary<CapabilityConfig> = fc.oneof(
	fc.record({ form: fc.constant("keep" as const), keep: capabilities, keepIfPresent: capabilities }),
	fc.record({ form: fc.constant("drop" as const), drop: capabilities }),
);

const requests = fc.record({
	capabilities: configs,
	uid: fc.constantFrom(0, 1000, 65_533),
	noNewPrivileges: fc.boolean(),
	securebits: fc.constantFrom(0xc3, 0xef, 0, 0xfc3, 0x400),
	whenUnprivileged: fc.constantFrom("adapt" as const, "fail" as const),
});

const accounts: Accounts = {
	userByName: () => undefined,
	userById: () => undefined,
	groupByName: () => undefined,
	membershipsOf: () => [],
	membersOf: () => [],
	usersInGroup: () => [],
	namesIn: () => [],
};

/** What the configuration allows a workload to hold, whatever the start. */
function allowed(config: CapabilityConfig, start: FakeProcess): CapabilitySet {
	switch (config.form) {
		case "keep":
			return CapabilitySet.from([...config.keep, ...config.keepIfPresent]);
		case "drop":
			return CapabilitySet.fromBits(start.permitted).minus(CapabilitySet.from(config.drop));
		case "sets":
			return config.sets.permitted;
	}
}

describe("for any start and any configuration", () => {
	it("the workload never holds what the configuration does not keep, and never is root unasked", () => {
		let started = 0;
		let refused = 0;
		fc.assert(
			fc.property(starts, requests, (process, request) => {
				const kernel = new FakeKernel({ process, files: { "/bin/true": { mode: 0o755 } } });
				const start = observeStart(kernel.host);
				const id = request.uid;
				const wanted: Identity = { uid: toUid(id), gid: toGid(id), groups: [toGid(id)], name: undefined, home: "/" };
				try {
					const { identity, change } = settleIdentity(
						wanted,
						start.credentials,
						{ accounts, namespace: undefined, whenUnprivileged: request.whenUnprivileged, withheld: undefined },
						[],
					);
					const sets = planSets(request.capabilities, start);
					const plan = planDeparture({ ...request, identity, changeIdentity: change, sets, workdir: "/" }, start, kernel.host, []);
					depart({ host: kernel.host, mask: 0n, note: () => {} }, plan);
					kernel.host.execve(["/bin/true"], ["true"], [], []);
				} catch (error) {
					if (error instanceof Failure) {
						refused += 1;
						return;
					}
					if (!(error instanceof WorkloadStarted)) {
						throw error;
					}
				}
				started += 1;
				const workload = kernel.workload?.process;
				const limit = allowed(request.capabilities, process);
				// Without no_new_privs and NOROOT, root gets back by exec what bounding and inheritable hold: they must be within the limit as well.
				expect(limit.includes(CapabilitySet.fromBits(workload?.permitted ?? everything))).toBe(true);
				expect(limit.includes(CapabilitySet.fromBits(workload?.effective ?? everything))).toBe(true);
				expect(limit.includes(CapabilitySet.fromBits(workload?.ambient ?? everything))).toBe(true);
				expect(workload?.uids.every((uid) => uid !== 0 || id === 0)).toBe(true);
				// What stays in the bounding set can only be out of reach.
				expect(limit.includes(CapabilitySet.fromBits(workload?.bounding ?? everything)) || workload?.noNewPrivs === true).toBe(true);
			}),
			{ numRuns: runs(3000) },
		);
		expect(started).toBeGreaterThan(500);
		expect(refused).toBeGreaterThan(300);
	});
});
