import * as v from "valibot";
import { text } from "../../config/fields.ts";
import { record } from "../../config/mapping.ts";
import { openTrusted } from "../../files/open.ts";
import type { Problem } from "../../report/problem.ts";
import { shellWord } from "../../report/shell.ts";
import { O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Errno, Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import { PROC_SUPER_MAGIC } from "../../sys/proc.ts";

/** A value below /proc/sys as it shall be. sysctl(8) */
export interface KernelSetting {
	/** As it was written. */
	readonly key: string;
	readonly path: string;
	readonly value: string;
}

/** With a slash in it, slashes part the names and dots belong to them: net/ipv4/conf/eth0.5/forwarding. sysctl.d(5) */
const keyForm = /^[A-Za-z0-9_-]+(?:(?:\.[A-Za-z0-9_@:-]+)+|(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_@:.-]+)+)$/;

/** `KEY: value`, one or several. */
export const kernelSettings = () =>
	record(
		v.pipe(v.string(), v.regex(keyForm, "expected the name of a kernel setting, such as net.ipv4.ip_forward")),
		text(),
		"expected KEY: value, such as net.ipv4.ip_forward: 1",
	);

export function settingsOf(written: Readonly<Record<string, string>>): KernelSetting[] {
	return Object.entries(written).map(([key, value]) => ({
		key,
		path: `/proc/sys/${key.includes("/") ? key : key.replaceAll(".", "/")}`,
		value: words(value),
	}));
}

/** As a runtime takes them: by names with dots alone. */
export function sysctlsOf(settings: readonly KernelSetting[]): Readonly<Record<string, string>> {
	return Object.fromEntries(settings.map(({ key, value }) => [key.replaceAll("/", "."), value]));
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

function words(value: string): string {
	return value.trim().split(/\s+/).join(" ");
}

/** What a container may have of its own; everything else is the machine's. namespaces(7) */
const ownForm = /^(?:net[./]|fs[./]mqueue[./]|kernel[./](?:msg(?:max|mnb|mni)|sem|shm(?:all|max|mni|_rmid_forced))$)/;

/** How the setting gets there when the container cannot write it. */
export function settingRemedy({ key, value }: KernelSetting): string[] {
	return [
		ownForm.test(key)
			? `docker run --sysctl ${shellWord(`${key}=${value}`)} ... | compose: sysctls | kubernetes: spec.securityContext.sysctls`
			: `the setting is the whole machine's: sysctl -w ${shellWord(`${key}=${value}`)} there`,
	];
}

export const settingMeanings: Readonly<Record<"ENOENT" | "ENODEV" | "EINVAL", Problem>> = {
	ENOENT: { message: "this kernel has no such setting; perhaps its module is not loaded" },
	ENODEV: { message: "/proc there is not the kernel's" },
	EINVAL: { message: "the kernel does not take this value" },
};
