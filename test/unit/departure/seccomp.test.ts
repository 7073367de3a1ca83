import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { depart } from "../../../src/departure/depart.ts";
import { planDeparture } from "../../../src/departure/departure.ts";
import type { DepartureRequest, LoadedFilter } from "../../../src/departure/request.ts";
import { observeStart } from "../../../src/departure/start.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { inAllSets } from "../../../src/plan/capability-sets.ts";
import { Failure } from "../../../src/report/failure.ts";
import { errno } from "../../../src/sys/errno.ts";
import { capDropAll, dockerRoot, FakeKernel, type FakeProcess, unprivileged, WorkloadStarted } from "../../fake/index.ts";

const filter: LoadedFilter = {
	profile: "docker-default",
	program: "060000000000ff7f",
	flags: 0,
	optionalFlags: 4,
	summary: "everything",
	explains: true,
};

function kernelOf(process: FakeProcess): FakeKernel {
	return new FakeKernel({ process, files: { "/bin/app": { mode: 0o755 } } });
}

function requestOf(more: Partial<DepartureRequest>): DepartureRequest {
	return {
		identity: { uid: toUid(1000), gid: toGid(1000), groups: [toGid(1000)] },
		changeIdentity: true,
		sets: inAllSets(CapabilitySet.of("NET_RAW")),
		securebits: 0,
		noNewPrivileges: true,
		workdir: undefined,
		whenUnprivileged: "adapt",
		...more,
	};
}

const exit = (candidates: readonly string[]) => ({
	argv: ["app"] as const,
	candidates,
	environment: [],
	descriptors: [],
	closesOthers: false,
	discardsOutput: false,
});

/** All of the departure, to the workload or to what is thrown instead. */
function leave({ host }: FakeKernel, request: DepartureRequest, candidates: readonly string[], lastWords?: () => never): unknown {
	const departure = planDeparture(request, observeStart(host), host, []);
	try {
		return depart({ host, mask: 0n, note: () => {}, lastWords }, departure, {}, () => exit(candidates));
	} catch (error) {
		return error;
	}
}

describe("seccomp in a departure", () => {
	it("is loaded by the last call of all, and only where it is planned", () => {
		for (const [planFilter, loaded] of [[() => filter, filter.program] as const, [undefined, undefined] as const]) {
			const kernel = kernelOf(dockerRoot({ effective: 0n }));
			expect(leave(kernel, requestOf({ planFilter }), ["/bin/app"])).toBeInstanceOf(WorkloadStarted);
			expect([kernel.workload?.filter, kernel.calls.at(-1)?.[0]]).toEqual([loaded, "execve"]);
		}
	});

	it("is for the bounding set that will be, which nobody shrinks without SETPCAP", () => {
		const asked = (process: FakeProcess, more: Partial<DepartureRequest>) => {
			const seen: string[] = [];
			const { host } = kernelOf(process);
			const planFilter = (_: unknown, bounding: CapabilitySet, mayNotGain: boolean) => {
				seen.push(`${bounding} ${mayNotGain}`);
				return filter;
			};
			planDeparture(requestOf({ planFilter, ...more }), observeStart(host), host, []);
			return seen;
		};
		const stays = { changeIdentity: false, sets: inAllSets(CapabilitySet.empty) };
		const held = CapabilitySet.fromBits(dockerRoot().bounding);
		expect(asked(dockerRoot(), {})).toEqual(["NET_RAW true"]);
		expect(asked(dockerRoot(), { sets: inAllSets(CapabilitySet.of("NET_RAW", "SYS_ADMIN")) })).toEqual(["NET_RAW true"]);
		expect(asked(unprivileged(1000, 1000), stays)).toEqual([`${held} true`]);
		expect(asked(capDropAll(), stays)).toEqual(["none true"]);
		expect(asked(dockerRoot(), { noNewPrivileges: false })).toEqual(["NET_RAW false"]);
		expect(asked({ ...dockerRoot(), noNewPrivs: true }, { noNewPrivileges: false })).toEqual(["NET_RAW true"]);
	});

	it("ends the start when the kernel does not take it", () => {
		const kernel = kernelOf({ ...dockerRoot({ effective: 0n }) });
		const error = leave(kernel, requestOf({ noNewPrivileges: false, planFilter: () => filter }), ["/bin/app"]);
		expect(error).toBeInstanceOf(Failure);
		expect((error as Failure).diagnostics.map(({ code, where, message }) => ({ code, where, message }))).toEqual([
			{ code: "DROP_FAILED", where: "drop exec", message: expect.stringMatching(/^seccomp: EACCES: /) },
		]);
		expect(kernel.workload).toBeUndefined();
	});

	it("is not loaded for a program that is not there, nor are its last words made", () => {
		const kernel = kernelOf(dockerRoot({ effective: 0n }));
		const error = leave(kernel, requestOf({ planFilter: () => ({ ...filter, explains: false }) }), ["/bin/none"], () => {
			throw new Error("nothing is to be said");
		});
		expect((error as Failure).diagnostics.map(({ code }) => code)).toEqual(["COMMAND_NOT_FOUND"]);
		expect(kernel.calls.map(([name]) => name)).not.toContain("execve");
	});

	it("is not taken for loaded where the call was not made", () => {
		const kernel = kernelOf(dockerRoot({ effective: 0n })).failOn("execve", errno.EINVAL);
		const error = leave(kernel, requestOf({ planFilter: () => filter }), ["/bin/app"]) as Error;
		expect([error.name, error.message]).toEqual(["SyscallError", 'execve "/bin/app": EINVAL']);
	});
});
