import { firstSocket } from "../plan/descriptors.ts";
import { must } from "../sys/act.ts";
import type { Host } from "../sys/native.ts";

/** Packs the opened sockets behind the inherited ones. First all go above the range, so that none is overwritten on the way. */
export function layOutSockets(host: Host, sockets: readonly number[], inherited: number): void {
	const first = firstSocket + inherited;
	const parked = sockets.map((fd) => must(host, "dupAbove", fd, first + sockets.length) as number);
	parked.forEach((fd, index) => {
		must(host, "dupInherited", fd, first + index);
	});
}

/** Makes a descriptor survive exec under a number, which may be its own. */
export function passOn(host: Host, fd: number, as: number): void {
	const copy = must(host, "dupAbove", fd, as + 1) as number;
	must(host, "dupInherited", copy, as);
	host.close(copy);
}
