import * as v from "valibot";
import { record } from "../../config/mapping.ts";
import { openTrusted } from "../../files/open.ts";
import { fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { shellWord } from "../../report/shell.ts";
import { yamlQuoted } from "../../report/yaml.ts";
import { O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Errno, Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { PROC_SUPER_MAGIC } from "../../sys/proc.ts";
import type { Given } from "../step.ts";
import { settingForm, settingPath } from "./setting-path.ts";
import { isMet, raised, type SettingValue, settingValue, whyIncomparable, words } from "./setting-value.ts";

/** A value below /proc/sys as it shall be. sysctl(8) */
export interface KernelSetting extends SettingValue {
	/** As it was written. */
	readonly key: string;
	readonly path: string;
}

/** `KEY: value`, one or several. */
export const kernelSettings = () =>
	record(
		v.pipe(v.string(), v.regex(settingForm, "expected the name of a kernel setting, such as net.ipv4.ip_forward")),
		settingValue(),
		"expected KEY: value, such as net.ipv4.ip_forward: 1",
	);

export type WrittenSettings = Readonly<Record<string, SettingValue>>;

export function settingsOf(written: WrittenSettings): KernelSetting[] {
	return Object.entries(written).map(([key, value]) => {
		const path = settingPath(key);
		if (path.startsWith("/proc/sys/fs/binfmt_misc/")) {
			fail("CONFIG_INVALID_VALUE", `${key} is no kernel setting: binfmt_misc is a file system of its own, mounted there`, {
				remedy: [
					"what is written there is the whole machine's: register the format on the machine, by binfmt.d(5) or update-binfmts(8), say",
				],
			});
		}
		return { key, path, ...value };
	});
}

/** What a runtime has to set, by names with dots, and what is the whole machine's; nothing that is enough as it is. */
export function givenSettings(settings: readonly KernelSetting[], reads: Reads): Required<Pick<Given, "sysctls" | "machineSettings">> {
	const byName = (isOwn: boolean) =>
		Object.fromEntries(
			settings.flatMap((each) => {
				const found = each.atLeast ? readSetting(reads, each.path) : -errno.ENOENT;
				const isEnough = typeof found === "string" && isMet(each, found);
				return ownForm.test(each.key) !== isOwn || isEnough ? [] : [[each.key.replaceAll("/", "."), valueFor(each, found)]];
			}),
		);
	return { sysctls: byName(true), machineSettings: byName(false) };
}

/** What has to be written where this was found. */
export function valueFor(setting: KernelSetting, found: string | Errno): string {
	return typeof found === "string" && whyIncomparable(setting, found) === undefined ? raised(setting, found) : setting.value;
}

/** Opens the setting, and nothing but a setting: what is mounted over /proc may be anything. */
export function openSetting(reads: Reads, path: string, open: (path: string) => number | Errno): number | Errno {
	const fd = open(path);
	const system = fd < 0 ? fd : reads.fstatfs(fd);
	if (fd >= 0 && (typeof system === "number" || system[0] !== PROC_SUPER_MAGIC)) {
		reads.close(fd);
		return -errno.ENODEV;
	}
	return fd;
}

/** The present value with single blanks between its parts. */
export function readSetting(reads: Reads, path: string): string | Errno {
	const fd = openSetting(reads, path, (each) => openTrusted(reads, each, O.RDONLY));
	const found = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.readAll(fd, 65_536));
	return typeof found === "number" ? found : words(found);
}

/** What a container may have of its own; everything else is the machine's. namespaces(7) */
const ownForm = /^(?:net[./]|fs[./]mqueue[./]|kernel[./](?:msg(?:max|mnb|mni)|sem|shm(?:all|max|mni|_rmid_forced))$)/;

/** How the setting gets there when the container cannot write it, and this is what it is. */
export function settingRemedy(setting: KernelSetting, found: string | Errno): string[] {
	const { key } = setting;
	if (typeof found === "string" && whyIncomparable(setting, found) !== undefined) {
		return ["at_least compares numbers; where that value will not do, write the one that is wanted itself"];
	}
	const value = valueFor(setting, found);
	return [
		ownForm.test(key)
			? `docker run --sysctl ${shellWord(`${key}=${value}`)} ... | compose: sysctls: [${yamlQuoted(`${key}=${value}`)}] | kubernetes: spec.securityContext.sysctls: [{name: ${yamlQuoted(key)}, value: ${yamlQuoted(value)}}]`
			: `the setting is the whole machine's: sysctl -w ${shellWord(`${key}=${value}`)} there`,
	];
}

export const settingMeanings: Readonly<Record<"ENOENT" | "ENODEV" | "EINVAL", Problem>> = {
	ENOENT: { message: "this kernel has no such setting; perhaps its module is not loaded" },
	ENODEV: { message: "/proc there is not the kernel's" },
	EINVAL: { message: "the kernel does not take this value" },
};
