import type { Address } from "../../net/address.ts";
import { must } from "../../sys/act.ts";
import { AF } from "../../sys/constants.ts";
import type { Host } from "../../sys/native.ts";
import { SyscallError } from "../../sys/observe.ts";
import { bound } from "./bound-socket.ts";

export interface InternetOptions {
	readonly backlog: number;
	readonly reusePort: boolean;
	/** `undefined` leaves the choice to the address: all addresses means IPv6 and IPv4. */
	readonly v6only: boolean | undefined;
}

export interface InternetGoal {
	readonly type: "tcp" | "udp";
	readonly address: Address;
}

const SOL = { SOCKET: 1, IPV6: 41 } as const;
const SO = { REUSEADDR: 2, REUSEPORT: 15 } as const;
const IPV6_V6ONLY = 26;

/** A port alone means every address: one IPv6 socket that takes IPv4 too, or IPv4 where there is no IPv6. */
export function openInternet(host: Host, options: InternetOptions, goal: InternetGoal): number {
	const { ip, port } = goal.address;
	const open = (family: number, literal: string) =>
		bound(
			host,
			family,
			goal.type,
			(fd) => {
				prepare(host, options, family, fd);
				must(host, "bindInet", fd, literal, port);
			},
			options.backlog,
		);
	if (ip !== undefined) {
		return open(ip.includes(":") ? AF.INET6 : AF.INET, ip);
	}
	try {
		return open(AF.INET6, "::");
	} catch (error) {
		if (error instanceof SyscallError && error.is("EAFNOSUPPORT", "EADDRNOTAVAIL")) {
			return open(AF.INET, "0.0.0.0");
		}
		throw error;
	}
}

function prepare(host: Host, { reusePort, v6only }: InternetOptions, family: number, fd: number): void {
	must(host, "setsockoptInt", fd, SOL.SOCKET, SO.REUSEADDR, 1);
	if (reusePort) {
		must(host, "setsockoptInt", fd, SOL.SOCKET, SO.REUSEPORT, 1);
	}
	if (family === AF.INET6) {
		must(host, "setsockoptInt", fd, SOL.IPV6, IPV6_V6ONLY, v6only === true ? 1 : 0);
	}
}
