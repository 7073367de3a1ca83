import { isReadOnlyLine, type MountLine } from "../../files/mountinfo.ts";
import { isWithin } from "../../files/path-text.ts";
import type { PathsPart, Target } from "./setting.ts";

type Rules = Pick<PathsPart, "masked" | "readOnly" | "hasReadOnlySystems" | "except">;

/** What a list calls by these names is in every mount of the kind, by whatever name. */
const systems: Readonly<Record<string, string>> = { proc: "/proc", sysfs: "/sys" };
const groups = ["cgroup", "cgroup2"];

/** Every place that the rules are about, in all mounts of this namespace. Masks come last: what is below them has its turn before. */
export function targetsIn(table: readonly MountLine[], { masked, readOnly, hasReadOnlySystems, except }: Rules): Target[] {
	const mounts = table.filter(({ point }) => !except.some((each) => isWithin(point, each)));
	const tops = mounts.flatMap(({ type, point }) => (type === "sysfs" ? [point] : []));
	const found = [
		...readOnly.flatMap((rule) => {
			const places = placesOf(rule, mounts);
			return [...places.map((path): Target => ({ path, as: "read-only", rule })), ...mountedBelow(places, rule, mounts)];
		}),
		...(hasReadOnlySystems ? mounts : []).flatMap(({ type, point }): Target[] =>
			type === "sysfs" || groups.includes(type) ? [{ path: point, as: "read-only mount", rule: type === "sysfs" ? "/sys" : "cgroup" }] : [],
		),
		...(hasReadOnlySystems ? mountedBelow(tops, "/sys", mounts) : []),
		...masked.flatMap((rule) => placesOf(rule, mounts).map((path): Target => ({ path, as: "masked", rule }))),
	];
	return [...new Map(found.map((each) => [`${each.as} ${each.path}`, each])).values()];
}

/** Mounts have modes of their own: debugfs can be written to in a sysfs that is read-only. What the table says to be read-only is. */
function mountedBelow(places: readonly string[], rule: string, mounts: readonly MountLine[]): Target[] {
	return mounts.flatMap((mount): Target[] =>
		!isReadOnlyLine(mount) && !isOfGroups(mount, mounts) && places.some((place) => mount.point.startsWith(`${place}/`))
			? [{ path: mount.point, as: "read-only mount", rule }]
			: [],
	);
}

/** It has a rule of its own, or is the directory in memory that runtimes mount the hierarchies of version 1 in. */
function isOfGroups({ type, point }: MountLine, mounts: readonly MountLine[]): boolean {
	return (
		groups.includes(type) ||
		(type === "tmpfs" && mounts.some((other) => groups.includes(other.type) && other.point.startsWith(`${point}/`)))
	);
}

/** Where the rule's path is to be seen: whole mounts show it, or what it is in, or a part of it. */
function placesOf(rule: string, mounts: readonly MountLine[]): string[] {
	const [type, top] = Object.entries(systems).find(([, path]) => isWithin(rule, path)) ?? [];
	if (type === undefined || top === undefined) {
		return [rule];
	}
	const inside = rule.slice(top.length) || "/";
	return mounts.flatMap(({ type: found, root, point }) => {
		if (found !== type) {
			return [];
		}
		const below = restBelow(inside, root);
		return below !== undefined ? [joined(point, below)] : isWithin(root, inside) && !inside.includes("*") ? [point] : [];
	});
}

/** What of a path lies below a directory, with a slash before it; undefined where it lies elsewhere. */
function restBelow(path: string, directory: string): string | undefined {
	return isWithin(path, directory) ? (directory === "/" ? path : path.slice(directory.length)) : undefined;
}

function joined(point: string, rest: string): string {
	return rest === "/" || rest === "" ? point : `${point === "/" ? "" : point}${rest}`;
}
