import * as v from "valibot";
import { duration, flag, nonEmptyText, oneOrMany, path, text, userSpec } from "../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, required } from "../config/mapping.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { AT, O } from "../sys/constants.ts";
import { errno, errnoName } from "../sys/errno.ts";
import { findMount } from "../sys/mountinfo.ts";
import { MOUNT_ATTR, makeMount, unmountLazily } from "../sys/mounting.ts";
import type { Errno, Host, Reads } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { absolutePath, mustOpenTrusted, openTrusted, UntrustedLink } from "../sys/paths.ts";
import { describeStatus, exitStatus } from "../sys/wait-status.ts";
import { type ChildIdentity, changeNeeds, resolveChild } from "./child-identity.ts";
import { mountMeanings, mountNeeds, mountObstacles } from "./mount-refusal.ts";
import { findProgram, refuseWritableProgram } from "./program.ts";
import { refusal } from "./refusal.ts";
import type { ApplyContext, Child, Need, Obstacle, Step } from "./step.ts";

export interface FuseAction {
	readonly target: string;
	/** The program of the file system; `{mountpoint}` stands for the opened device, `/dev/fd/N`. */
	readonly command: readonly [string, ...string[]];
	/** What the table of mounts shows. */
	readonly source: string;
	readonly options: readonly string[];
	readonly allowOther: boolean;
	readonly readyTimeoutMs: number;
	/** Who may use the mount: the workload. */
	readonly identity: ChildIdentity;
	/** Who serves it. */
	readonly daemon: ChildIdentity;
	/** Where a program without a slash is looked for. */
	readonly path: string | undefined;
}

const placeholder = "{mountpoint}";
const pauseMs = 20;

const command = () =>
	v.pipe(
		v.array(text(), "expected the command as a list"),
		v.check(
			(words) => words.some((word) => word.includes(placeholder)),
			`expected a command with ${placeholder} where the mount point goes`,
		),
	);
const options = () =>
	v.pipe(
		oneOrMany(nonEmptyText()),
		v.transform((values) => values.flatMap((value) => value.split(",").filter((option) => option !== ""))),
	);

const fields = {
	target: required(path),
	command: required(command),
	source: optional(nonEmptyText),
	options: list(options),
	allow_other: optional(flag, false),
	ready_timeout: optional(duration, 10_000),
	user: optional(userSpec, "target"),
};

/** What this step decides itself, and what every mount of it is. */
const reserved: readonly string[] = ["fd", "rootmode", "user_id", "group_id", "subtype", "allow_other"];
const always: readonly string[] = ["nosuid", "nodev"];

export const fuse: Step<FieldsOutput<typeof fields>, FuseAction> = {
	summary: "Mounts a FUSE file system for the user; its daemon runs without any capability.",
	schema: () => mapping(fields),
	plan: (config, context) => {
		const taken = config.options.find((option) => reserved.includes(option.split("=")[0] ?? ""));
		if (taken !== undefined) {
			fail("CONFIG_INVALID_VALUE", `fuse: the option ${quoted(taken)} is set by the step itself`, {
				remedy: taken === "allow_other" ? ["allow_other: true"] : [],
			});
		}
		const { uid, gid, groups } = context.target;
		return {
			target: absolutePath(config.target, mustRead("getcwd", context.reads.getcwd())),
			command: config.command as [string, ...string[]],
			source: config.source ?? baseName(config.command[0] ?? ""),
			options: config.options.filter((option) => !always.includes(option)),
			allowOther: config.allow_other,
			readyTimeoutMs: config.ready_timeout,
			identity: { uid, gid, groups },
			daemon: resolveChild(config.user, context),
			path: context.environment.get("PATH"),
		};
	},
	describe: ({ target, command }) => `${command[0]} at ${target}`,
	needs: ({ target, command, daemon, identity }, reads) => {
		const isThere = typeAt(reads, target) !== undefined;
		// What is there may still answer; only the workload's user can tell.
		const mounting = mountNeeds(target).map((need): Need => ({ ...need, certain: need.certain && !isThere }));
		const ending: Need = { anyOf: ["KILL"], certain: false, isSpare: true, purpose: "to end a daemon that does not serve" };
		const starting = [
			...changeNeeds(daemon, `to run ${command[0]} as uid ${daemon.uid}`, reads),
			...changeNeeds(identity, "to try the mount as the user", reads),
		];
		return isThere ? [...mounting, ending] : [...mounting, ending, ...starting];
	},
	obstacles: ({ target }, reads) => (typeAt(reads, target) === undefined ? [...mountObstacles(reads), ...deviceObstacle(reads)] : []),
	apply: (action, context) => {
		const { host, target: workload } = context;
		try {
			if (typeAt(host, action.target) !== undefined) {
				if (answers(action, context)) {
					return { state: "ok", detail: "already mounted" };
				}
				detach(host, action.target);
			}
			const program = findProgram(action.command[0], { reads: host, path: action.path, workdir: "/" });
			refuseWritableProgram(host, program, { identity: action.daemon, capabilities: [] }, workload);
			return withDescriptor(host, openDevice(host), (device) => {
				mountDevice(host, action, device);
				startDaemon(action, program, context, device);
				return { state: "changed", detail: `served by ${program}` };
			});
		} catch (error) {
			throw refusal(error, { reads: host, path: action.target, meanings: mountMeanings });
		}
	},
};

function baseName(path: string): string {
	return path.slice(path.lastIndexOf("/") + 1);
}

/** The type of the FUSE file system that is mounted there; `undefined` when there is none. */
function typeAt(reads: Reads, target: string): string | undefined {
	try {
		const fd = openTrusted(reads, target, O.PATH);
		const type = fd < 0 ? undefined : withDescriptor(reads, fd, () => findMount(reads, fd)?.type);
		return type?.startsWith("fuse") ? type : undefined;
	} catch (error) {
		// Reported when the step does its work.
		if (error instanceof UntrustedLink) {
			return undefined;
		}
		throw error;
	}
}

const deviceRemedy = ["docker run --device /dev/fuse ... | kubernetes: a device plugin that offers /dev/fuse"];

/** The ways in which /dev/fuse is refused look alike and have different cures. */
function openDevice(host: Host): number {
	const fd = host.open(AT.FDCWD, "/dev/fuse", O.RDWR, 0, 0);
	return fd >= 0 ? fd : fail("STEP_FAILED", refusedDevice(fd), { remedy: deviceRemedy });
}

/** Opening it to read does nothing, and passes the same gates. */
function deviceObstacle(reads: Reads): Obstacle[] {
	const fd = reads.openRead(AT.FDCWD, "/dev/fuse", O.RDONLY, 0);
	return fd < 0 ? [{ message: refusedDevice(fd), remedy: deviceRemedy }] : withDescriptor(reads, fd, () => []);
}

function refusedDevice(fd: Errno): string {
	const reasons: Readonly<Record<number, string>> = {
		[errno.ENOENT]: "there is no such device in this container",
		[errno.EPERM]: "the device cgroup of the container forbids it",
		[errno.EACCES]: "the mode of the device or a security module refuses it",
		[errno.ENODEV]: "the kernel has no FUSE: the module fuse is not loaded",
		[errno.ENXIO]: "the kernel has no FUSE: the module fuse is not loaded",
	};
	const reason = reasons[-fd];
	return `open /dev/fuse: ${errnoName(fd)}${reason === undefined ? "" : `: ${reason}`}`;
}

/** Mounted with the ids of the workload, which alone may then use it unless `allow_other` is on. mount.fuse3(8) */
function mountDevice(host: Host, { target, source, options, allowOther, identity, command }: FuseAction, device: number): void {
	const parameters = [
		`fd=${device}`,
		"rootmode=40000",
		`user_id=${identity.uid}`,
		`group_id=${identity.gid}`,
		...(allowOther ? ["allow_other"] : []),
		...options,
	];
	const directory = mustOpenTrusted(host, target, O.PATH | O.DIRECTORY);
	withDescriptor(host, directory, () =>
		makeMount(
			host,
			{ type: `fuse.${baseName(command[0])}`, source, parameters, attributes: MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV },
			directory,
		),
	);
}

/** A daemon that does not come up leaves neither itself nor a dead mount behind. */
function startDaemon(action: FuseAction, program: string, context: ApplyContext, device: number): void {
	const [, ...words] = action.command.map((word) => word.replaceAll(placeholder, `/dev/fd/${device}`));
	let daemon: Child | undefined;
	try {
		daemon = context.spawn({ argv: [program, ...words], identity: action.daemon, capabilities: [], descriptors: [device] });
		waitUntilServed(action, context, daemon);
	} catch (error) {
		// Without the mount nothing hangs on the daemon any more, and it ends sooner.
		abandon(context.host, action.target);
		daemon?.stop();
		throw error;
	}
}

/** As `detach`; the failure that led here is the one to report. */
function abandon(host: Host, target: string): void {
	try {
		detach(host, target);
	} catch (error) {
		if (!(error instanceof SyscallError || error instanceof UntrustedLink)) {
			throw error;
		}
	}
}

function detach(host: Host, target: string): void {
	const fd = mustOpenTrusted(host, target, O.PATH);
	withDescriptor(host, fd, () => unmountLazily(host, fd, target));
}

/** Whether what is mounted there answers the workload's user; not when its daemon is gone. */
function answers({ identity, target, readyTimeoutMs }: FuseAction, { lookAs }: ApplyContext): boolean {
	const look = lookAs(identity, target);
	const status = look.wait(readyTimeoutMs);
	const code = status === undefined ? errno.ETIMEDOUT : (exitStatus(status) ?? errno.EIO);
	look.stop();
	if (code !== 0 && code !== errno.ENOTCONN) {
		fail("STEP_FAILED", `${quoted(target)} is mounted already, but answers the user with ${errnoName(code)}`);
	}
	return code === 0;
}

/** The mount answers nobody but its user, and that only when its daemon is ready: until then the look at it blocks. fuse(4) */
function waitUntilServed({ target, identity, command, readyTimeoutMs }: FuseAction, { host, lookAs }: ApplyContext, daemon: Child): void {
	const deadline = host.clock() + readyTimeoutMs;
	const look = lookAs(identity, target);
	for (;;) {
		const seen = look.wait(pauseMs);
		if (seen === 0) {
			return;
		}
		const ended = daemon.wait(0);
		if (ended !== undefined) {
			fail("STEP_FAILED", `${quoted(command[0])} does not serve ${quoted(target)}: it ${describeStatus(ended)}`, {
				remedy: ["what it printed says why; it has to stay in the foreground (-f)"],
			});
		}
		if (seen !== undefined) {
			fail("STEP_FAILED", `${quoted(target)} answers the user with ${errnoName(exitStatus(seen) ?? errno.EIO)}`);
		}
		if (host.clock() >= deadline) {
			fail("STEP_FAILED", `${quoted(target)} does not answer after ${readyTimeoutMs} ms`, {
				remedy: ["ready_timeout: 1m, say, if the server takes longer"],
			});
		}
	}
}
