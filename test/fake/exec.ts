import { S } from "../../src/sys/constants.ts";
import { errno } from "../../src/sys/errno.ts";
import type { FakeEntry } from "./entry.ts";
import { type FakeProcess, type Outcome, SECBIT } from "./process.ts";

const root = 0;

/** What execve(2) makes of the credentials: cap_bprm_creds_from_file, "Transformation of capabilities during execve()" in capabilities(7). */
export function execCredentials(old: FakeProcess, file: FakeEntry): Outcome {
	const [euid, egid] = setIds(old, file);
	const filePermitted = file.capabilities?.permitted ?? 0n;
	let permitted = (old.bounding & filePermitted) | (old.inheritable & (file.capabilities?.inheritable ?? 0n));
	let effective = file.capabilities?.effective ?? false;
	if (effective && (filePermitted & ~permitted) !== 0n) {
		return -errno.EPERM;
	}

	const isSetuidRoot = euid === root && old.uids[0] !== root;
	const isRootPrivileged = (old.securebits & SECBIT.NOROOT) === 0 && !(file.capabilities !== undefined && isSetuidRoot);
	if (isRootPrivileged && (euid === root || old.uids[0] === root)) {
		permitted = old.bounding | old.inheritable;
		effective ||= euid === root;
	}
	return settle(old, { euid, egid, permitted, effective, hasFileCapabilities: file.capabilities !== undefined });
}

interface Gain {
	readonly euid: number;
	readonly egid: number;
	readonly permitted: bigint;
	readonly effective: boolean;
	readonly hasFileCapabilities: boolean;
}

/** no_new_privs takes the gain away again; ambient comes last. */
function settle(old: FakeProcess, gain: Gain): FakeProcess {
	let { euid, egid, permitted } = gain;
	const isIdChanged = euid !== old.uids[1] || ![old.gids[1], ...old.groups].includes(egid);
	if ((isIdChanged || (permitted & ~old.permitted) !== 0n) && old.noNewPrivs) {
		euid = old.uids[0];
		egid = old.gids[0];
		permitted &= old.permitted;
	}
	const ambient = gain.hasFileCapabilities || isIdChanged ? 0n : old.ambient;
	permitted |= ambient;
	const isSecure =
		isIdChanged ||
		euid !== old.uids[0] ||
		egid !== old.gids[0] ||
		(old.uids[0] !== root && (gain.effective || (permitted & ~ambient) !== 0n));
	const isDeathSignalCleared = isSecure || euid !== old.uids[1] || egid !== old.gids[1] || (permitted & ~old.permitted) !== 0n;
	return {
		...old,
		uids: [old.uids[0], euid, euid],
		gids: [old.gids[0], egid, egid],
		permitted,
		effective: gain.effective ? permitted : ambient,
		ambient,
		securebits: old.securebits & ~SECBIT.KEEP_CAPS,
		parentDeathSignal: isDeathSignalCleared ? 0 : old.parentDeathSignal,
	};
}

function setIds({ uids, gids, noNewPrivs }: FakeProcess, { mode, uid, gid }: FakeEntry): [number, number] {
	const isSetgid = (mode & (S.ISGID | 0o010)) === (S.ISGID | 0o010);
	return noNewPrivs ? [uids[1], gids[1]] : [(mode & S.ISUID) === 0 ? uids[1] : uid, isSetgid ? gid : gids[1]];
}
