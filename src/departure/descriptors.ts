import { fail } from "../report/failure.ts";
import { must } from "../sys/act.ts";
import { errno } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import type { Passed } from "./exit.ts";

/** The first after standard error; also the first of the protocol, SD_LISTEN_FDS_START. */
export const firstFree = 3;
/** The greatest there can be; gVisor refuses what is no such number. */
const lastDescriptor = 0x7fff_ffff;

/** Makes descriptors survive exec under their numbers. First all go above the range, so that none is overwritten on the way. */
export function passOn(host: Host, descriptors: readonly Passed[]): void {
	const above = Math.max(firstFree, ...descriptors.map(({ as }) => as + 1));
	const parked = descriptors.map(({ fd }) => must(host, "dupAbove", fd, above) as number);
	parked.forEach((fd, index) => {
		must(host, "dupInherited", fd, descriptors[index]?.as as number);
	});
}

/**
 * Nothing but 0-2 survives exec. A filter that answers for the kernel may say that it is done: a descriptor which the same call has
 * to mark as well tells. seccomp(2) SECCOMP_RET_ERRNO
 */
export function closeOnExec(host: Host): void {
	requireDone(host, 1, "mark", () => must(host, "closeRangeOnExec", firstFree, lastDescriptor));
}

/**
 * What is not to pass is closed at once, and not only by exec: /proc/self/fd leads through a directory that is open, past every
 * permission on its way, for whoever may make a link to there.
 */
export function closeOthers(host: Host, kept: readonly number[]): void {
	requireDone(host, -errno.EBADF, "close", () => keepOnly(host, 0, 1, 2, ...kept));
	if (kept.length > 0) {
		// They get other numbers.
		must(host, "closeRangeOnExec", firstFree, lastDescriptor);
	}
}

function requireDone(host: Host, flagsAfter: number, what: string, act: () => void): void {
	const witness = must(host, "dupInheritedAbove", 0, firstFree) as number;
	act();
	const flags = host.getFdFlags(witness);
	if (flags >= 0) {
		host.close(witness);
	}
	if (flags !== flagsAfter) {
		fail("CALL_REFUSED", `close_range was answered, and did not ${what} an open descriptor`, {
			remedy: ["a seccomp filter that answers for the kernel has to let close_range pass"],
		});
	}
}

/** Closes every descriptor, 0-2 too, except these. */
export function keepOnly(host: Host, ...kept: readonly number[]): void {
	let from = 0;
	for (const fd of [...kept].sort((left, right) => left - right)) {
		if (fd > from) {
			must(host, "closeRange", from, fd - 1);
		}
		from = fd + 1;
	}
	must(host, "closeRange", from, lastDescriptor);
}
