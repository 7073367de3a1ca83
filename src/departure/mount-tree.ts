import { cloneTree, MOUNT_ATTR, unmountLazily } from "../files/mounting.ts";
import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { byDescriptor, observeProc } from "../sys/proc.ts";

/** mount(2) */
const MS_PRIVATE = 0x4_0000;

/** A mount that is nowhere yet, and the opened place within another that it is to have. */
export interface Attachment {
	readonly tree: number;
	readonly target: number;
}

/** An empty file system in memory that is mounted nowhere. fsmount(2) */
export function newTree(host: Host, parameters: Readonly<Record<string, string>>, attributes: number): number {
	const context = must(host, "fsopen", "tmpfs") as number;
	return withDescriptor(host, context, () => {
		for (const [key, value] of Object.entries(parameters)) {
			must(host, "fsconfigString", context, key, value);
		}
		must(host, "fsconfigCreate", context);
		return must(host, "fsmount", context, attributes) as number;
	});
}

/** The terminals of nobody. devpts(5) */
export function newTerminals(host: Host, group: string | undefined): number {
	const context = must(host, "fsopen", "devpts") as number;
	return withDescriptor(host, context, () => {
		host.fsconfigFlag(context, "newinstance");
		must(host, "fsconfigString", context, "ptmxmode", "0666");
		must(host, "fsconfigString", context, "mode", "0620");
		if (group !== undefined) {
			must(host, "fsconfigString", context, "gid", group);
		}
		must(host, "fsconfigCreate", context);
		return must(host, "fsmount", context, MOUNT_ATTR.NOSUID | MOUNT_ATTR.NOEXEC) as number;
	});
}

/** With all that is mounted below. */
export function cloneWhole(host: Host, fd: number): number {
	return mustRead("openTree", cloneTree(host, fd, true));
}

/** Where a tree goes to, opened only when all of it is there. */
type Place = (attach: (over: number) => void) => void;

/**
 * Puts a tree with others in it over an opened directory, by one call: nobody finds a part of it. Before Linux 6.15 nothing is mounted on what is
 * mounted nowhere; there it is put together at a place of this process in /proc, where nobody else has anything to do.
 */
export function attachTree(host: Host, made: number, place: Place, parts: readonly Attachment[]): void {
	const [first, ...others] = parts;
	const direct = first === undefined ? 0 : host.moveMount(first.tree, first.target);
	if (direct === -errno.EINVAL && observeProc(host) === true) {
		attachStaged(host, made, place, parts);
		return;
	}
	if (direct < 0) {
		throw new SyscallError("moveMount", direct);
	}
	for (const { tree, target } of others) {
		must(host, "moveMount", tree, target);
	}
	place((over) => must(host, "moveMount", made, over));
}

function attachStaged(host: Host, made: number, place: Place, parts: readonly Attachment[]): void {
	const path = "/proc/self/task";
	const stage = mustRead<number>("open", host.openRead(AT.FDCWD, path, O.PATH | O.DIRECTORY, 0));
	withDescriptor(host, stage, () => must(host, "moveMount", made, stage));
	// Else what is taken away there would be taken away of its copy as well.
	must(host, "mount", ["", byDescriptor(host, made), "", ""], MS_PRIVATE);
	try {
		for (const { tree, target } of parts) {
			must(host, "moveMount", tree, target);
		}
		withDescriptor(host, cloneWhole(host, made), (whole) => place((over) => must(host, "moveMount", whole, over)));
	} finally {
		unmountLazily(host, made, path);
	}
}
