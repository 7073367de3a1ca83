const fastOpen = "with MSG_FASTOPEN it is refused with EOPNOTSUPP";
const ring = "refused with ENOSYS";

/** What the filter that goes with ports makes of calls that it does not let pass as they are. src/confine/landlock/guard.ts */
const guarded: Readonly<Record<string, string>> = {
	socket: "MPTCP and SMC are refused with EPROTONOSUPPORT and EAFNOSUPPORT",
	sendto: fastOpen,
	sendmsg: fastOpen,
	sendmmsg: fastOpen,
	setsockopt: "TCP_ULP is refused with ENOPROTOOPT",
	socketcall: "socket, sendto, sendmsg, sendmmsg and setsockopt by it are refused with ENOSYS",
	io_uring_setup: ring,
	io_uring_enter: ring,
	io_uring_register: ring,
};

export function guardedCall(name: string): string | undefined {
	return Object.hasOwn(guarded, name) ? guarded[name] : undefined;
}
