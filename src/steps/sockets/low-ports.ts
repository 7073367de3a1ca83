import { observeUserNamespace } from "../../identity/user-namespace.ts";
import type { Problem } from "../../report/problem.ts";
import { AT, OVERFLOW_ID } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { readProc } from "../../sys/proc.ts";

const setting = "sys/net/ipv4/ip_unprivileged_port_start";

export const usualPortStart = 1024;

/** Docker sets it to 0 in its private networks, where low ports take no capability. ip(7) */
export function unprivilegedPortStart(reads: Reads): number {
	const text = readProc(reads, setting);
	return typeof text === "string" && /^[0-9]+\n$/.test(text) ? Number(text) : usualPortStart;
}

/** What EACCES means where the settings of the network are of a root that does not exist here: the network is of another user namespace. network_namespaces(7) */
export function ofForeignNetwork(reads: Reads, port: number): { readonly EACCES?: Problem } {
	const stat = reads.statat(AT.FDCWD, `/proc/${setting}`, 0);
	if (typeof stat === "number" || stat.uid !== OVERFLOW_ID || observeUserNamespace(reads) === undefined) {
		return {};
	}
	const start = unprivilegedPortStart(reads);
	return {
		EACCES: {
			message: `a port below ${start} takes CAP_NET_BIND_SERVICE in the user namespace that has the network, and this network is of another one than this container (--network host, hostNetwork: true)`,
			remedy: [
				`a port from ${start} on, or a network of its own: docker run --publish ${port}:${port} ... in place of --network host`,
				`or on the machine, for all its users: sysctl -w net.ipv4.ip_unprivileged_port_start=${port}`,
			],
		},
	};
}
