import { MOUNT_ATTR } from "../../files/mounting.ts";
import { shellWord } from "../../report/shell.ts";
import { yamlQuoted } from "../../report/yaml.ts";
import { S } from "../../sys/constants.ts";
import type { Need } from "../step.ts";

/** What a tmpfs shows of itself; what is not shown is as it is by default. tmpfs(5) */
interface Compared {
	readonly usual?: string;
	same(wanted: string, shown: string): boolean;
}

const sameNumber =
	(base: number): Compared["same"] =>
	(wanted, shown) =>
		Number.parseInt(wanted, base) === Number.parseInt(shown, base);

const compared: Readonly<Record<string, Compared>> = {
	size: { same: sameSize },
	nr_inodes: { same: (wanted, shown) => (bytesOf(wanted) ?? bytesOf(shown)) === bytesOf(shown) },
	mode: { usual: "1777", same: sameNumber(8) },
	uid: { usual: "0", same: sameNumber(10) },
	gid: { usual: "0", same: sameNumber(10) },
};

/** Whose its own directory is, and its mode. */
export function rootOf(parameters: readonly string[]) {
	const numberOf = (key: string, base: number) =>
		Number.parseInt(parameters.findLast((each) => each.startsWith(`${key}=`))?.slice(key.length + 1) ?? compared[key]?.usual ?? "", base);
	const mode = S.IFDIR | numberOf("mode", 8);
	return { uid: numberOf("uid", 10), gid: numberOf("gid", 10), mode: () => mode };
}

/** The greatest page that there is; the kernel rounds up to one. */
const mostRounded = 0x1_0000;

/** A share of the memory is not compared: it is that of another machine, or of another time. */
function sameSize(wanted: string, shown: string): boolean {
	const [want, have] = [bytesOf(wanted), bytesOf(shown)];
	return want === undefined || (have !== undefined && have >= want && have - want < mostRounded);
}

/** `undefined` for what is no number of bytes: the kernel says what is wrong with it. */
function bytesOf(text: string): number | undefined {
	const [, digits, unit = ""] = /^(\d{1,15})([kmgt]?)$/i.exec(text) ?? [];
	return digits === undefined ? undefined : Number(digits) * (units[unit.toLowerCase()] ?? 1);
}

const units: Readonly<Record<string, number>> = { k: 0x400, m: 0x10_0000, g: 0x4000_0000, t: 0x100_0000_0000 };

export interface Differing {
	/** `size=65536k`; empty where it shows none. */
	readonly shown: string;
	readonly wanted: string;
}

/** What a tmpfs that is mounted has otherwise than it was asked for. */
export function differingOptions(parameters: readonly string[], shown: readonly string[]): Differing[] {
	return parameters.flatMap((wanted) => {
		const [key = "", value = ""] = wanted.split("=", 2);
		const { usual = "", same } = compared[key] ?? {};
		const found = shown.find((each) => each.startsWith(`${key}=`));
		const has = found?.slice(key.length + 1) ?? usual;
		return same === undefined || same(value, has) ? [] : [{ shown: found ?? (usual === "" ? "" : `${key}=${usual}`), wanted }];
	});
}

const names: readonly (readonly [bit: number, set: string, cleared: string])[] = [
	[MOUNT_ATTR.RDONLY, "ro", "rw"],
	[MOUNT_ATTR.NOSUID, "nosuid", "suid"],
	[MOUNT_ATTR.NODEV, "nodev", "dev"],
	[MOUNT_ATTR.NOEXEC, "noexec", "exec"],
];

/** Of attributes that a mount has and was asked to be without. */
export function differingFlags(flags: number): Differing[] {
	return names.flatMap(([bit, shown, wanted]) => ((flags & bit) === 0 ? [] : [{ shown, wanted }]));
}

/** What mounting it anew takes, and who could have mounted it so at once. */
export function toMountAnew(need: Need, target: string, differing: readonly Differing[]): Need {
	const wanted = differing.map((each) => each.wanted);
	const size = wanted.find((each) => each.startsWith("size="))?.slice("size=".length);
	const tmpfs = `${target}:${wanted.join()}`;
	return {
		...need,
		purpose: `to mount anew at ${target} ${differingText(differing, "is")}`,
		instead: [
			target === "/dev/shm" && size !== undefined && wanted.length === 1
				? `docker run --shm-size ${shellWord(size)} ... | compose: shm_size: ${yamlQuoted(size)} | ${emptyDir}`
				: `docker run --tmpfs ${shellWord(tmpfs)} ... | compose: tmpfs: [${yamlQuoted(tmpfs)}] | ${emptyDir}`,
		],
	};
}

/** `with size=1g, where size=65536k is` */
export function differingText(differing: readonly Differing[], is: "is" | "was"): string {
	const shown = differing.flatMap((each) => (each.shown === "" ? [] : [each.shown]));
	return `with ${differing.map((each) => each.wanted).join()}${shown.length === 0 ? "" : `, where ${shown.join()} ${is}`}`;
}

const emptyDir = "kubernetes: an emptyDir with medium: Memory and sizeLimit";
