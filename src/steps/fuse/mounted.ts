import { findMount } from "../../files/mountinfo.ts";
import { MOUNT_ATTR, makeMount, unmountLazily } from "../../files/mounting.ts";
import { lookTrusted, mustOpenTrusted } from "../../files/open.ts";
import { baseName } from "../../files/path-text.ts";
import { UntrustedLink } from "../../files/walk.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import { exitStatus } from "../../sys/wait-status.ts";
import type { ApplyContext } from "../step.ts";
import { childNames, type FuseAction, mountOptions } from "./action.ts";

/** The type of the FUSE file system that is mounted there; `undefined` when there is none. */
export function typeAt(reads: Reads, target: string): string | undefined {
	const fd = lookTrusted(reads, target, O.PATH);
	const type = fd < 0 ? undefined : withDescriptor(reads, fd, () => findMount(reads, fd)?.type);
	return type?.startsWith("fuse") ? type : undefined;
}

/** Mounted with the ids of the workload, which alone may then use it unless `allow_other` is on. mount.fuse3(8) */
export function mountDevice(host: Host, action: FuseAction, device: number): void {
	const { target, source, identity, command } = action;
	const parameters = [`fd=${device}`, "rootmode=40000", `user_id=${identity.uid}`, `group_id=${identity.gid}`, ...mountOptions(action)];
	const directory = mustOpenTrusted(host, target, O.PATH | O.DIRECTORY);
	withDescriptor(host, directory, () =>
		makeMount(
			host,
			{ type: `fuse.${baseName(command[0])}`, source, parameters, attributes: MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV },
			directory,
		),
	);
}

/** Whether what is mounted there answers the workload's user; not when its daemon is gone. */
export function answers({ target, readyTimeoutMs }: FuseAction, { lookAs }: ApplyContext): boolean {
	const look = lookAs(childNames.user, target);
	const status = look.wait(readyTimeoutMs);
	const code = status === undefined ? errno.ETIMEDOUT : (exitStatus(status) ?? errno.EIO);
	look.stop();
	if (code !== 0 && code !== errno.ENOTCONN) {
		const { message, remedy } = errnoText("fuse", code);
		fail("STEP_FAILED", `${quoted(target)} is mounted already, but answers the user with ${message}`, { remedy });
	}
	return code === 0;
}

/** As `detach`; the failure that led here is the one to report. */
export function abandon(host: Host, target: string): void {
	try {
		detach(host, target);
	} catch (error) {
		if (!(error instanceof SyscallError || error instanceof UntrustedLink)) {
			throw error;
		}
	}
}

export function detach(host: Host, target: string): void {
	const fd = mustOpenTrusted(host, target, O.PATH);
	withDescriptor(host, fd, () => unmountLazily(host, fd, target));
}
