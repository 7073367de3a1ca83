import { expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { depart } from "../../../src/departure/depart.ts";
import { planDeparture } from "../../../src/departure/departure.ts";
import type { DepartureRequest, IdentityChange } from "../../../src/departure/request.ts";
import { observeStart } from "../../../src/departure/start.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { type Call, dockerRoot, FakeKernel } from "../../fake/index.ts";

const docker = CapabilitySet.fromBits(dockerRoot().permitted);
const none = CapabilitySet.empty;

function request(change: IdentityChange): DepartureRequest {
	return {
		identity: { uid: toUid(0), gid: toGid(0), groups: [] },
		changeIdentity: false,
		change,
		sets: { bounding: docker, permitted: none, effective: none, inheritable: none, ambient: none },
		securebits: 0,
		noNewPrivileges: false,
		workdir: undefined,
		whenUnprivileged: "adapt",
	};
}

/** The ids and groups behind the proof, and what was asked of the kernel before it tries to regain them. */
function becoming(change: IdentityChange) {
	const kernel = new FakeKernel({ process: dockerRoot() });
	const plan = planDeparture(request(change), observeStart(kernel.host), kernel.host, []);
	let asked: readonly Call[] = [];
	const look = () => {
		asked = kernel.changes.filter(([name]) => ["setgroups", "setresgid", "setresuid"].includes(name));
	};
	depart({ host: kernel.host, mask: 0n, note: () => {} }, plan, { "give up": look });
	const { uids, gids, groups } = kernel.process;
	return { uids, gids, groups, asked };
}

it("changes what is named, and leaves the rest", () => {
	expect(becoming({})).toEqual({ uids: [0, 0, 0], gids: [0, 0, 0], groups: [0], asked: [] });
	expect(becoming({ groups: [] })).toEqual({ uids: [0, 0, 0], gids: [0, 0, 0], groups: [], asked: [["setgroups", []]] });
	expect(becoming({ gids: toGid(7) })).toEqual({ uids: [0, 0, 0], gids: [7, 7, 7], groups: [0], asked: [["setresgid", 7, 7, 7]] });
});

it("takes three ids that differ, in one call each, and proves each of them", () => {
	const uids = { real: toUid(1000), effective: toUid(1001), saved: toUid(1001) };
	const gids = { real: toGid(5), effective: toGid(6), saved: toGid(7) };
	expect(becoming({ uids, gids, groups: [toGid(44)] })).toEqual({
		uids: [1000, 1001, 1001],
		gids: [5, 6, 7],
		groups: [44],
		asked: [
			["setgroups", [44]],
			["setresgid", 5, 6, 7],
			["setresuid", 1000, 1001, 1001],
		],
	});
});

it("finds out a kernel that kept another saved id", () => {
	const kernel: FakeKernel = new FakeKernel({
		process: dockerRoot(),
		overrides: { getresuid: () => [kernel.process.uids[0], kernel.process.uids[1], 0] },
	});
	const plan = planDeparture(request({ uids: toUid(1000) }), observeStart(kernel.host), kernel.host, []);
	expect(() => depart({ host: kernel.host, mask: 0n, note: () => {} }, plan)).toThrow(
		"uid: planned 1000 1000 1000, the kernel says 1000 1000 0",
	);
});
