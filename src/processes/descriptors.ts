import { fail } from "../report/failure.ts";
import { must } from "../sys/act.ts";
import type { Host } from "../sys/native.ts";

/** The first after standard error; also the first of the protocol, SD_LISTEN_FDS_START. */
export const firstFree = 3;
const lastDescriptor = 0xffff_ffff;

/** Packs the sockets for the workload. First all go above the range, so that none is overwritten on the way. */
export function layOutSockets(host: Host, sockets: readonly number[]): void {
	const parked = sockets.map((fd) => must(host, "dupAbove", fd, firstFree + sockets.length) as number);
	parked.forEach((fd, index) => {
		must(host, "dupInherited", fd, firstFree + index);
	});
}

/** Makes a descriptor survive exec under a number, which may be its own. */
export function passOn(host: Host, fd: number, as: number): void {
	const copy = must(host, "dupAbove", fd, as + 1) as number;
	must(host, "dupInherited", copy, as);
	host.close(copy);
}

/**
 * Nothing but 0-2 survives exec. A filter that answers for the kernel may say that it is done: a descriptor which the same call has
 * to mark as well tells. seccomp(2) SECCOMP_RET_ERRNO
 */
export function closeOnExec(host: Host): void {
	const witness = must(host, "dupInheritedAbove", 0, firstFree) as number;
	must(host, "closeRangeOnExec", firstFree, lastDescriptor);
	const flags = host.getFdFlags(witness);
	host.close(witness);
	if (flags !== 1) {
		fail("INTERNAL", "close_range was answered, and did not mark an open descriptor", {
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
