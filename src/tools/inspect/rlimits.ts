import { limitNames } from "../../config/limits.ts";
import { bytesText } from "../../report/units.ts";
import { RLIM_INFINITY } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { readProc } from "../../sys/proc.ts";
import { whyRefused } from "./refused.ts";
import { fromKnown, isKnown, type Known, Unknown } from "./unknown.ts";

type Value = number | "unlimited";

export interface ResourceLimit {
	readonly soft: Value;
	readonly hard: Value;
}

/** By their names in a configuration; none of a process that has ended. */
export type ResourceLimits = Readonly<Partial<Record<string, ResourceLimit>>>;

/** The file has them in the order of their numbers, each behind a title of 25 characters. getrlimit(2), proc_pid_limits(5) */
export function observeResourceLimits(reads: Reads, pid: number): Known<ResourceLimits> {
	const text = readProc(reads, `${pid}/limits`);
	const told =
		typeof text === "string" ? text : new Unknown(whyRefused(reads, pid, { call: "open", file: "limits" }, text ?? -errno.ENOENT));
	return !isKnown(told) && pid === reads.getpid() ? ownLimits(reads) : fromKnown(told, parseLimits);
}

function parseLimits(text: string): ResourceLimits {
	const rows = text.trimEnd().split("\n").slice(1);
	return Object.fromEntries(
		rows.flatMap((row, resource) => {
			const [soft = "", hard = ""] = row.slice(25).trim().split(/\s+/).map(parseValue);
			const name = limitNames[resource];
			return name === undefined || soft === "" || hard === "" ? [] : [[name, { soft, hard }]];
		}),
	);
}

function parseValue(text: string): Value | "" {
	return text === "unlimited" ? text : /^\d+$/.test(text) ? Number(text) : "";
}

function ownLimits(reads: Reads): Known<ResourceLimits> {
	const value = (limit: bigint): Value => (limit === RLIM_INFINITY ? "unlimited" : Number(limit));
	const found = limitNames.map((name, resource) => ({ name, limit: reads.getrlimit(resource) }));
	const refused = found.map(({ limit }) => limit).find((limit) => typeof limit === "number");
	return refused !== undefined
		? new Unknown(`prlimit64: ${errnoText("prlimit64", refused).message}`)
		: Object.fromEntries(
				found.flatMap(({ name, limit }) => (typeof limit === "number" ? [] : [[name, { soft: value(limit[0]), hard: value(limit[1]) }]])),
			);
}

/** Those that limit anything. */
export function resourceLimitsText(limits: ResourceLimits): string {
	const all = Object.entries(limits) as [string, ResourceLimit][];
	const finite = all.filter(([, { soft, hard }]) => soft !== "unlimited" || hard !== "unlimited");
	const rest = finite.length < all.length ? [finite.length === 0 ? "all unlimited" : "the rest unlimited"] : [];
	return [...finite.map(([name, limit]) => resourceLimitText(name, limit)), ...rest].join(", ") || "none";
}

/** Those that are counted in bytes. getrlimit(2) */
const inBytes: readonly string[] = ["fsize", "data", "stack", "core", "rss", "memlock", "as", "msgqueue"];

/** `nofile 1024, at most 4096` */
export function resourceLimitText(name: string, { soft, hard }: Readonly<Record<keyof ResourceLimit, Value | bigint>>): string {
	const words = (value: Value | bigint) => (value !== "unlimited" && inBytes.includes(name) ? bytesText(value) : `${value}`);
	return soft === hard ? `${name} ${words(soft)}` : `${name} ${words(soft)} (at most ${words(hard)})`;
}
