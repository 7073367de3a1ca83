import { must } from "../../sys/act.ts";
import { SOCK } from "../../sys/constants.ts";
import type { Host } from "../../sys/native.ts";

/** A socket that has its name and, but for UDP, listens. */
export function bound(host: Host, family: number, type: "tcp" | "udp" | "unix", bind: (fd: number) => void, backlog: number): number {
	const fd = must(host, "socket", family, type === "udp" ? SOCK.DGRAM : SOCK.STREAM, 0) as number;
	try {
		bind(fd);
		if (type !== "udp") {
			must(host, "listen", fd, backlog);
		}
		return fd;
	} catch (error) {
		host.close(fd);
		throw error;
	}
}
