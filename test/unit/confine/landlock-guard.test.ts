import { describe, expect, it } from "vitest";
import { guardFor } from "../../../src/confine/landlock/guard.ts";
import { type Abi, auditArch, callNames, callNumber } from "../../../src/confine/seccomp/calls.ts";
import { faultOf, verdict } from "../../../src/confine/seccomp/interpret.ts";
import { guardedCall } from "../../../src/tools/guides/guarded-calls.ts";
import { instructionsOf, isKnownAllowed } from "./seccomp/bitmap.ts";

const machines = { x86_64: ["x86_64", "x86", "x32"], aarch64: ["aarch64", "arm"] } as const satisfies Record<string, readonly Abi[]>;
const abis = (["x86_64", "aarch64"] as const).flatMap((machine) => machines[machine].map((abi) => [machine, abi] as const));

const named: Readonly<Record<number, string>> = {
	38: "ENOSYS",
	92: "ENOPROTOOPT",
	93: "EPROTONOSUPPORT",
	95: "EOPNOTSUPP",
	97: "EAFNOSUPPORT",
};
function answer(machine: string, abi: Abi, nr: number, ...args: readonly number[]): string | undefined {
	const value = verdict(guardFor(machine).program, {
		arch: auditArch[abi],
		nr,
		args: args.map((each) => BigInt.asUintN(64, BigInt(each))),
	});
	return value === 0x7fff0000 ? "allowed" : value >>> 16 === 5 ? named[value & 0xffff] : `${value}`;
}

/** What is not always allowed. */
const guarded = [
	"socket",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"setsockopt",
	"socketcall",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
];

const acts: readonly (readonly [call: string, args: readonly number[], string])[] = [
	["socket", [2, 1, 0], "allowed"],
	["socket", [10, 0x80801, 6], "allowed"],
	["socket", [1, 1, 0], "allowed"],
	["socket", [2, 2, 17], "allowed"],
	["socket", [2, 1, 262], "EPROTONOSUPPORT"],
	["socket", [10, 0x80801, 262], "EPROTONOSUPPORT"],
	["socket", [2, 1, 256], "EPROTONOSUPPORT"],
	["socket", [10, 1, 256], "EPROTONOSUPPORT"],
	// ETH_P_802_3 in the order of the network.
	["socket", [17, 3, 256], "allowed"],
	["socket", [43, 1, 0], "EAFNOSUPPORT"],
	["socket", [43, 1, 262], "EAFNOSUPPORT"],
	["sendto", [3, 0, 1, 0x4000], "allowed"],
	["sendto", [3, 0, 1, 0x20000000], "EOPNOTSUPP"],
	["sendto", [3, 0, 1, 0x20004000], "EOPNOTSUPP"],
	["sendmsg", [3, 0, 0x40], "allowed"],
	["sendmsg", [3, 0, 0x20000000], "EOPNOTSUPP"],
	["sendmsg", [3, 0x20000000, 0], "allowed"],
	["sendmmsg", [3, 0, 1, 0x4000], "allowed"],
	["sendmmsg", [3, 0, 1, 0x60000000], "EOPNOTSUPP"],
	["setsockopt", [3, 6, 1], "allowed"],
	["setsockopt", [3, 1, 31], "allowed"],
	["setsockopt", [3, 6, 31], "ENOPROTOOPT"],
	["io_uring_setup", [], "ENOSYS"],
	["io_uring_enter", [], "ENOSYS"],
	["io_uring_register", [], "ENOSYS"],
];

describe.each(abis)("on %s, what guards ports lets of %s", (machine, abi) => {
	const number = (name: string) => callNumber(abi, name) as number;

	it("pass what Landlock is asked about, and refuses the rest", () => {
		const found = acts.map(([call, args]) => [call, args, answer(machine, abi, number(call), ...args)]);
		expect(found).toEqual(acts);
	});

	it("int be compared as int, whatever the upper half says", () => {
		const upper = 2 ** 40;
		expect(answer(machine, abi, number("socket"), upper + 2, 1, upper + 262)).toBe("EPROTONOSUPPORT");
		expect(answer(machine, abi, number("socket"), upper + 43, 1, 0)).toBe("EAFNOSUPPORT");
		expect(answer(machine, abi, number("setsockopt"), 3, upper + 6, upper + 31)).toBe("ENOPROTOOPT");
		expect(answer(machine, abi, number("sendto"), 3, 0, 1, upper + 0x20000000)).toBe("EOPNOTSUPP");
	});

	it("pass all other calls without being asked about them again, and those that are newer", () => {
		const { program } = guardFor(machine);
		expect(faultOf(program)).toBeUndefined();
		const instructions = instructionsOf(program);
		const asked = callNames(abi).filter((name) => !isKnownAllowed(instructions, auditArch[abi], number(name)));
		expect(
			callNames(abi)
				.filter((name) => guardedCall(name) !== undefined)
				.sort(),
		).toEqual([...asked].sort());
		expect(asked.sort()).toEqual(guarded.filter((name) => number(name) !== undefined && isThere(name)).sort());
		expect(answer(machine, abi, (abi === "x32" ? 0x40000000 : 0) + 999)).toBe("allowed");

		function isThere(name: string): boolean {
			return name !== "socketcall" || abi === "x86";
		}
	});
});

it("i386 has socketcall for what needs no look at memory alone", () => {
	const socketcall = callNumber("x86", "socketcall") as number;
	const found = Array.from({ length: 22 }, (_, subcall) => (answer("x86_64", "x86", socketcall, subcall) === "ENOSYS" ? [subcall] : []));
	expect(found.flat()).toEqual([1, 11, 14, 16, 20]);
});
