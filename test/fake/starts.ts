import type { FakeProcess, Machine } from "./process.ts";

const none = { bounding: 0n, permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n } as const;

/** Docker's default 14, as /proc/self/status of an ordinary container shows them. */
const dockerDefault = 0xa804_25fbn;

const rootIds = {
	uids: [0, 0, 0],
	gids: [0, 0, 0],
	groups: [0],
	securebits: 0,
	noNewPrivs: false,
	parentDeathSignal: 0,
	keyring: -1,
	isWalled: false,
} as const;

/** `docker run`: root with the default capabilities. */
export function dockerRoot(more: Partial<FakeProcess> = {}): FakeProcess {
	return { ...rootIds, ...none, bounding: dockerDefault, permitted: dockerDefault, effective: dockerDefault, ...more };
}

/** `docker run --cap-drop ALL`: root in name only. */
export function capDropAll(more: Partial<FakeProcess> = {}): FakeProcess {
	return { ...rootIds, ...none, ...more };
}

/** `docker run --user uid:gid`: no capability but in the bounding set, whatever was added. */
export function unprivileged(uid: number, gid: number, more: Partial<FakeProcess> = {}): FakeProcess {
	return { ...rootIds, ...none, uids: [uid, uid, uid], gids: [gid, gid, gid], groups: [gid], bounding: dockerDefault, ...more };
}

/** `docker run --privileged`: everything the kernel has. */
export function privilegedRoot(last = 40, more: Partial<FakeProcess> = {}): FakeProcess {
	const all = (1n << BigInt(last + 1)) - 1n;
	return { ...rootIds, ...none, bounding: all, permitted: all, effective: all, ...more };
}

/** Root of a user namespace that an unprivileged user made with one id: everything, except what other ids are needed for. */
export function rootlessRoot(last = 40): { readonly process: FakeProcess; readonly machine: Partial<Machine> } {
	return {
		process: privilegedRoot(last, { groups: [65_534] }),
		machine: { last, uidMap: [[0, 1000, 1]], gidMap: [[0, 1000, 1]], setgroupsDenied: true },
	};
}
