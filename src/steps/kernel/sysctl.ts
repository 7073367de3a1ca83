import { capability } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { lackOf, observeWithheld } from "../../capability/withheld.ts";
import { openTrustedEntry } from "../../files/open.ts";
import { fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { quoted } from "../../report/text.ts";
import { must } from "../../sys/act.ts";
import { AT, O, RESOLVE } from "../../sys/constants.ts";
import { errno, errnoName, mayBeAbsent, saysAbsent } from "../../sys/errno.ts";
import type { Errno, Host, Reads } from "../../sys/native.ts";
import { errnoOf, mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { byDescriptor } from "../../sys/proc.ts";
import {
	givenSettings,
	type KernelSetting,
	kernelSettings,
	openSetting,
	readSetting,
	settingMeanings,
	settingRemedy,
	settingsOf,
	valueFor,
	type WrittenSettings,
} from "../common/kernel-setting.ts";
import { toldBy } from "../common/obstacle.ts";
import { refusal } from "../common/refusal.ts";
import { comparison, isMet, presentText, wantedText, whyIncomparable } from "../common/setting-value.ts";
import type { Need, Obstacle, Step } from "../step.ts";

export interface SysctlAction {
	readonly settings: readonly KernelSetting[];
}

export const sysctl: Step<WrittenSettings, SysctlAction> = {
	summary: "Sets values of /proc/sys that differ, or are less than `at_least`; one that is right already may be read-only.",
	schema: kernelSettings,
	plan: (written) => ({ settings: settingsOf(written) }),
	settings: ({ settings }) => settings,
	describe: ({ settings }) => settings.map((each) => `${each.key}${comparison(each)}`).join(" "),
	needs: ({ settings }, reads) => settings.filter((each) => !isRight(reads, each)).flatMap(needsFor),
	mayNeed: ({ settings }) => settings.flatMap(needsFor),
	obstacles: ({ settings }, reads, isClose) =>
		isClose ? settings.filter((each) => !isRight(reads, each)).flatMap((each) => unsettable(each, reads)) : [],
	alters: ({ settings }) => settings.map(({ path }) => ({ path })),
	grants: ({ settings }, reads) => ({ ...givenSettings(settings, reads), isEnough: true }),
	apply: ({ settings }, { host }) => {
		const wrong = settings.filter((each) => !isRight(host, each));
		if (wrong.length === 0) {
			return { state: "ok", detail: "already so" };
		}
		setAll(host, wrong);
		return { state: "changed", detail: `set ${wrong.map(({ key }) => key).join(" ")}` };
	},
};

function isRight(reads: Reads, setting: KernelSetting): boolean {
	const found = readSetting(reads, setting.path);
	return typeof found === "string" && isMet(setting, found);
}

/** Whether nobody writes it, or there is none. */
function unsettable(setting: KernelSetting, reads: Reads): Obstacle[] {
	const code = errnoOf(reads.faccessat(AT.FDCWD, setting.path, toWrite));
	if (code !== errno.EROFS && !saysAbsent(code)) {
		return [];
	}
	try {
		settle(reads, setting);
		return named(reads, setting, () => {
			throw new SyscallError("open", code);
		});
	} catch (error) {
		return toldBy(error, setting.path);
	}
}

const toWrite = 2;

/** The value to write. */
function settle(reads: Reads, setting: KernelSetting): string {
	if (!setting.atLeast) {
		return setting.value;
	}
	const found = named(reads, setting, () => mustRead("open", readSetting(reads, setting.path)));
	if (whyIncomparable(setting, found) !== undefined) {
		fail("STEP_FAILED", `${setting.key} is ${presentText(setting, found)}`, { remedy: settingRemedy(setting, found) });
	}
	return valueFor(setting, found);
}

/** For many the ids of root are enough; forwarding, say, takes NET_ADMIN too. capabilities(7) */
function needsFor({ key }: KernelSetting): Need[] {
	const purpose = `to set ${key}`;
	if (/^net[./]/.test(key)) {
		return [{ anyOf: ["NET_ADMIN"], certain: false, purpose }];
	}
	return /^kernel[./]/.test(key) ? [{ anyOf: ["SYS_ADMIN"], certain: false, purpose }] : [];
}

/** All are compared and opened before the first is written: a read-only /proc/sys leaves nothing half done. */
function setAll(host: Host, wrong: readonly KernelSetting[]): void {
	const opened: [KernelSetting, number][] = [];
	try {
		for (const setting of wrong) {
			settle(host, setting);
			opened.push([setting, named(host, setting, () => openForWriting(host, setting))]);
		}
		for (const [setting, fd] of opened) {
			// Once more: others on the machine may have raised it meanwhile.
			const value = settle(host, setting);
			named(host, setting, () => must(host, "write", fd, value));
			requireTaken(host, setting, value);
		}
	} finally {
		for (const [, fd] of opened) {
			host.close(fd);
		}
	}
}

function openForWriting(host: Host, { path }: KernelSetting): number {
	const fd = openSetting(host, path, (each) => openSettingForWriting(host, each));
	if (fd < 0) {
		throw new SyscallError("open", fd);
	}
	return fd;
}

/** Without openat2(2) it is gone to by descriptor first: no link leads to another setting. */
function openSettingForWriting(host: Host, path: string): number | Errno {
	const direct = host.open(AT.FDCWD, path, O.WRONLY, 0, RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS);
	if (!mayBeAbsent(direct)) {
		return direct;
	}
	const found = openTrustedEntry(host, path, O.PATH);
	return found < 0 ? found : withDescriptor(host, found, () => host.open(AT.FDCWD, byDescriptor(host, found), O.WRONLY, 0, 0));
}

/** Some settings only read as what the kernel made of them; those that cannot be read are believed. */
function requireTaken(host: Host, setting: KernelSetting, value: string): void {
	const now = readSetting(host, setting.path);
	if (typeof now === "string" && !isMet(setting, now)) {
		fail("STEP_FAILED", `${setting.key} is ${quoted(now)} after ${quoted(value)} was written`);
	}
}

function named<T>(host: Reads, setting: KernelSetting, work: () => T): T {
	try {
		return work();
	} catch (error) {
		if (error instanceof SyscallError && error.is("EROFS", "EACCES", "EPERM")) {
			const found = readSetting(host, setting.path);
			const is = typeof found === "number" ? "" : `${setting.key} is ${quoted(found)}, not ${wantedText(setting)}; `;
			const { message, remedy = [] } = why(host, setting, error);
			fail("STEP_FAILED", `${is}${error.call}: ${errnoName(error.errno)} on ${quoted(setting.path)}: ${message}`, {
				remedy: [...remedy, ...settingRemedy(setting, found)],
			});
		}
		throw refusal(error, { reads: host, path: setting.path, meanings: settingMeanings });
	}
}

function why(reads: Reads, setting: KernelSetting, error: SyscallError): Problem {
	if (error.is("EROFS")) {
		return { message: "/proc/sys is read-only in a container that is not privileged" };
	}
	const sets = reads.capget(0);
	const effective = typeof sets === "number" ? CapabilitySet.empty : CapabilitySet.fromBits(sets[0]);
	const lacking = needsFor(setting).flatMap(({ anyOf }) => anyOf.filter((name) => !effective.has(capability(name))));
	if (lacking.length === 0) {
		return { message: "only root of the machine's own namespace may set it, or a security module refused it" };
	}
	const { message: lack, remedy } = lackOf(lacking, observeWithheld(reads));
	return { message: `CAP_${lacking.join()} is ${lack}`, remedy };
}
