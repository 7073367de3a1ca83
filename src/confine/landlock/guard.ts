import { abisOf } from "../seccomp/calls.ts";
import { compileTemplate } from "../seccomp/compile.ts";
import type { Condition, Profile, ProfileRule } from "../seccomp/profile.ts";
import { plain } from "../seccomp/setting.ts";
import type { Guard } from "./part.ts";

/** asm-generic/errno.h */
const [ENOSYS, ENOPROTOOPT, EPROTONOSUPPORT, EOPNOTSUPP, EAFNOSUPPORT] = [38, 92, 93, 95, 97];
/** linux/socket.h, linux/in.h, linux/tcp.h */
const [AF_INET, AF_INET6, AF_SMC, IPPROTO_SMC, IPPROTO_MPTCP, SOL_TCP, TCP_ULP, MSG_FASTOPEN] = [2, 10, 43, 256, 262, 6, 31, 0x2000_0000];
/** Calls of i386 whose arguments lie in memory, where no filter looks. linux/net.h */
const socketcalls = { socket: 1, sendto: 11, setsockopt: 14, sendmsg: 16, sendmmsg: 20 };

/**
 * Landlock's rules for ports are about connect(2) and bind(2) of sockets that are TCP's by their protocol. What reaches a port by another way
 * is refused as a kernel refuses it that does not have it, so that programs do without: MPTCP, SMC, data in the first packet, io_uring.
 */
const guarded: Profile = {
	defaultAction: { kind: "allow" },
	flags: undefined,
	architectures: undefined,
	archMap: undefined,
	rules: [
		refusal("socket", EAFNOSUPPORT, [is(0, AF_SMC)]),
		...[AF_INET, AF_INET6].flatMap((family) =>
			[IPPROTO_SMC, IPPROTO_MPTCP].map((protocol) => refusal("socket", EPROTONOSUPPORT, [is(0, family), is(2, protocol)])),
		),
		refusal("sendto", EOPNOTSUPP, [has(3, MSG_FASTOPEN)]),
		refusal("sendmsg", EOPNOTSUPP, [has(2, MSG_FASTOPEN)]),
		refusal("sendmmsg", EOPNOTSUPP, [has(3, MSG_FASTOPEN)]),
		// What a socket of TCP can be turned into one of SMC by.
		refusal("setsockopt", ENOPROTOOPT, [is(1, SOL_TCP), is(2, TCP_ULP)]),
		...["io_uring_setup", "io_uring_enter", "io_uring_register"].map((name) => refusal(name, ENOSYS, [])),
		...Object.values(socketcalls).map((number) => refusal("socketcall", ENOSYS, [is(0, number)])),
	],
};

/** Of the binary this is done when it is built, by scripts/bundle.mjs, which puts the result in the place of this file. */
export function guardFor(machine: string): Guard {
	const architectures = ["native", ...abisOf(machine).others];
	const template = compileTemplate({ profile: guarded, setting: { ...plain, architectures }, machine, file: "landlock" });
	if (template === undefined) {
		throw new Error("landlock: what guards ports depends on capabilities");
	}
	const { program, flags, optionalFlags } = template;
	// Each kernel that has rules for ports knows what older ones may lack.
	return { program, flags: flags | optionalFlags };
}

function refusal(name: string, value: number, conditions: readonly Condition[]): ProfileRule {
	const always = { capabilities: [], architectures: [] };
	return { names: [name], action: { kind: "errno", value }, conditions, includes: always, excludes: always };
}

/** Compared as the int that the kernel takes. */
function is(index: number, value: number): Condition {
	return { index, operator: "==", value: BigInt(value), width: 32 };
}

function has(index: number, bit: number): Condition {
	return { index, operator: "masked ==", value: BigInt(bit), mask: BigInt(bit), width: 32 };
}
