import { isSame } from "../../files/trust.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { durationText } from "../../report/units.ts";
import { must } from "../../sys/act.ts";
import { AT } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { procPath } from "../../sys/proc.ts";
import { exitStatus } from "../../sys/wait-status.ts";
import { howEnded } from "../common/how-ended.ts";
import { directoriesOf, isProgram } from "../programs/program.ts";
import type { ApplyContext, Child, Obstacle, Probe, SpawnRequest } from "../step.ts";
import { childNames, type FuseAction, mountOptions } from "./action.ts";
import { fuseDevice, openDevice } from "./device.ts";
import { abandon, mountDevice } from "./mounted.ts";
import { takeOwnView } from "./own-view.ts";
import { inherited, standInNames } from "./stand-in.ts";

export const placeholder = "{mountpoint}";
const pauseMs = 20;
const endingMs = 500;

/** A daemon that does not come up leaves neither itself, nor what it has started, nor a dead mount behind. */
export function serve(action: FuseAction, program: string, context: ApplyContext): void {
	const { host } = context;
	let isMounted = false;
	let daemon: Child | undefined;
	let look: Probe | undefined;
	try {
		// As soon as it is the daemon's alone, the end of the daemon is the end of everybody who waits for the mount. fuse(4)
		daemon = withDescriptor(host, openDevice(host), (device) => {
			mountDevice(host, action, device);
			isMounted = true;
			return action.handOver === "mountpoint"
				? takesMountPoint(action, program, context, device)
				: callsFusermount(action, program, context, device);
		});
		look = context.lookAs(childNames.user, action.target);
		waitUntilServed(action, host, daemon, look);
		daemon.letGo();
	} catch (error) {
		// Without the mount nothing hangs on the daemon any more, and it ends sooner.
		if (isMounted) {
			abandon(host, action.target);
		}
		daemon?.stop();
		look?.stop();
		throw error;
	}
}

function takesMountPoint(action: FuseAction, program: string, { spawn }: ApplyContext, device: number): Child {
	return spawn({ ...requestFor(action, program, `/dev/fd/${device}`), descriptors: [{ fd: device, as: device }] });
}

/**
 * The daemon finds this program where fusermount is, and gets from it the device of the mount that is there already. Before that it
 * sees the bare directory, because a look at a mount that nobody serves yet would block it; and it opens a device that does nothing:
 * the one for mounts may be closed to it, and mounting by itself is refused anyway.
 */
function callsFusermount(action: FuseAction, program: string, { host, spawn }: ApplyContext, device: number): Child {
	const self = ownPath(host, action.standIn);
	const replaced = [...mountPrograms(host, action.path).map((path) => ({ path, by: self })), { path: fuseDevice, by: "/dev/null" }];
	return withDescriptor(host, textToRead(host, mountOptions(action).join()), (options) =>
		spawn({
			...requestFor(action, program, action.target),
			descriptors: [
				{ fd: device, as: inherited.device },
				{ fd: options, as: inherited.options },
			],
			beforeDrop: (child) => takeOwnView(child, { without: [action.target], replaced }),
		}),
	);
}

/** The end of a pipe to read it from; far shorter than what fits into one. pipe(7) */
function textToRead(host: Host, text: string): number {
	const [readEnd, writeEnd] = must(host, "pipe") as [number, number];
	withDescriptor(host, writeEnd, () => must(host, "write", writeEnd, text));
	return readEnd;
}

function requestFor({ command: [, ...words], environment, inherits }: FuseAction, program: string, mountPoint: string): SpawnRequest {
	const argv = [program, ...words.map((word) => word.replaceAll(placeholder, mountPoint))] as const;
	return { child: childNames.daemon, argv, environment, inherits };
}

/** By a path, as /proc/self/exe leads to the file in the mounts that this process was started in. */
function ownPath(host: Host, path = ""): string {
	const [there, self] = [path, procPath(host, "self/exe")].map((each) => host.statat(AT.FDCWD, each, 0));
	return typeof there === "object" && typeof self === "object" && isSame(there, self)
		? path
		: fail("STEP_FAILED", `this program is not at ${quoted(path)} any more, where it was started from`);
}

/** Where libraries look whatever PATH says. */
const compiledIn = ["/usr/bin", "/bin", "/usr/local/bin"];

/** The daemon takes the first that it finds; all are replaced, so that it does not matter which that is. */
function mountPrograms(reads: Reads, path = ""): string[] {
	return mountProgramPlaces(path).filter((each) => isProgram(reads, each));
}

function mountProgramPlaces(path: string): string[] {
	const directories = [...new Set([...directoriesOf(path), ...compiledIn])];
	return directories.flatMap((directory) => standInNames.map((name) => `${directory}/${name}`));
}

export function helperObstacle({ handOver, path = "", command }: FuseAction, reads: Reads): Obstacle[] {
	return handOver === "fusermount" && mountPrograms(reads, path).length === 0
		? [
				{
					message: `${quoted(command[0])} mounts by fusermount, and the image has none`,
					remedy: ["install the package fuse3"],
					at: mountProgramPlaces(path),
				},
			]
		: [];
}

/** The mount answers nobody but its user, and that only when its daemon is ready: until then the look at it blocks. fuse(4) */
function waitUntilServed({ target, command, readyTimeoutMs, handOver }: FuseAction, host: Host, daemon: Child, look: Probe): void {
	const deadline = host.clock() + readyTimeoutMs;
	for (let seen = look.wait(pauseMs); seen !== 0; seen = look.wait(pauseMs)) {
		// The end of a daemon ends the look as well, and may be told later.
		const ended = daemon.wait(seen === undefined ? 0 : endingMs);
		if (ended !== undefined) {
			const { message, remedy = [] } = howEnded(host, ended);
			fail("STEP_FAILED", `${quoted(command[0])} does not serve ${quoted(target)}: it ${message}`, {
				remedy: [...remedy, ...adviceFor(exitStatus(ended), handOver)],
			});
		}
		if (seen !== undefined) {
			const { message, remedy } = errnoText("fuse", exitStatus(seen) ?? errno.EIO);
			fail("STEP_FAILED", `${quoted(target)} answers the user with ${message}`, { remedy });
		}
		if (host.clock() >= deadline) {
			fail("STEP_FAILED", `${quoted(target)} does not answer after ${durationText(readyTimeoutMs)}`, {
				remedy: ["ready_timeout: 1m, say, if the server takes longer"],
			});
		}
	}
}

/** What may be wrong with how it is started, which it says itself where it was refused. */
function adviceFor(status: number | undefined, handOver: FuseAction["handOver"]): string[] {
	if (status === 0) {
		return ["it has to stay in the foreground (-f)"];
	}
	return status === undefined || handOver === "fusermount"
		? []
		: ["hand_over: fusermount, if it speaks of fusermount, or of /dev/fuse, as what has libfuse 2 does (bindfs, mergerfs, rclone)"];
}
