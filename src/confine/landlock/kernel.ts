import { fail } from "../../report/failure.ts";
import { otherSeccomp } from "../../report/other-profile.ts";
import type { Problem } from "../../report/problem.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { demandOf, linuxOf, unenforced } from "./rights.ts";
import type { LandlockSetting } from "./setting.ts";

/** What this kernel has: 0 with the reason where it has nothing. landlock(7) */
export interface KernelAbi {
	readonly abi: number;
	readonly lack?: Problem;
}

export function observeAbi(reads: Reads): KernelAbi {
	const abi = reads.landlockAbi();
	return abi > 0 ? { abi } : { abi: 0, lack: lackOf(abi) };
}

function lackOf(code: number): Problem {
	switch (-code) {
		case errno.EOPNOTSUPP:
			return {
				message: "this kernel has Landlock, but it is not switched on (landlock_create_ruleset: EOPNOTSUPP)",
				remedy: ["boot the machine with landlock among its lsm=, or with CONFIG_LSM that has it: cat /sys/kernel/security/lsm"],
			};
		case errno.ENOSYS:
			return {
				message: "this kernel has no Landlock, or a seccomp filter hides it (landlock_create_ruleset: ENOSYS)",
				remedy: ["a kernel from Linux 5.13 on with CONFIG_SECURITY_LANDLOCK, and a runtime whose filter knows the call: a newer Docker"],
			};
		case errno.EPERM:
			return {
				message: "a seccomp filter refuses Landlock (landlock_create_ruleset: EPERM)",
				remedy: [`a newer Docker and libseccomp, or a profile that allows the calls landlock_*: ${otherSeccomp}`],
			};
		default:
			return { message: `Landlock cannot be asked for: ${errnoText("landlock_create_ruleset", code).message}` };
	}
}

/** The version to build on, where it is enough for what is written, or for the least that is. */
export function requireAbi({ abi, lack }: KernelAbi, setting: LandlockSetting, readDevice: string | undefined): number {
	const { minimum } = setting;
	const demand = demandOf(setting, readDevice);
	const wanted = minimum ?? demand.abi;
	if (abi >= wanted) {
		return abi;
	}
	const takes = minimum === undefined ? `what is written takes Landlock ABI ${wanted}` : `minimum asks for Landlock ABI ${wanted}`;
	const why = minimum === undefined ? `, for ${demand.because}` : "";
	fail("LANDLOCK_UNAVAILABLE", lack?.message ?? `${takes} (Linux ${linuxOf[wanted]})${why}; this kernel has ABI ${abi}`, {
		where: "landlock",
		remedy: [...(lack?.remedy ?? [`a kernel from Linux ${linuxOf[wanted]} on`]), lessIsEnough(setting, abi)],
	});
}

/** Ports are walled with a filter beside the rules. Fails where the kernel would not load it. */
export function requireFilters(reads: Reads): void {
	const answer = reads.takesFilters();
	if (answer !== 0) {
		fail(
			"LANDLOCK_UNAVAILABLE",
			`connect and bind take a seccomp filter, for MPTCP and what else passes Landlock: ${errnoText("seccomp", answer).message}`,
			{
				where: "landlock",
				remedy: ["a kernel, and a filter of the runtime, that let seccomp(2) pass", "or leave connect and bind out"],
			},
		);
	}
}

function lessIsEnough(setting: LandlockSetting, abi: number): string {
	if (abi > 0 && unenforced(setting, abi).length === 0) {
		return `or minimum: ${abi}`;
	}
	return abi === 0
		? "or minimum: 0, which starts the workload without this wall where there is none"
		: `or minimum: ${abi}, which goes without: ${unenforced(setting, abi).join("; ")}`;
}
