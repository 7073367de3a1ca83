import { splitPath } from "../../files/path-text.ts";

/** With one of these the workload could replace what root runs, or reach the host. */
export const systemPaths: readonly string[] = [
	"/",
	"/bin",
	"/boot",
	"/dev",
	"/etc",
	"/lib",
	"/lib32",
	"/lib64",
	"/libx32",
	"/proc",
	"/sbin",
	"/sys",
	"/usr",
	"/usr/bin",
	"/usr/lib",
	"/usr/sbin",
];
/** These hold what belongs to many: the directory alone may be given away, not all that is in it. */
export const sharedPaths: readonly string[] = ["/run", "/var", "/var/lib"];

/** One of them, or everything in one. */
export function isOfSystem(path: string): boolean {
	const { parent, name } = splitPath(path);
	return systemPaths.includes(path) || (/^[*?]+$/.test(name) && [...systemPaths, ...sharedPaths].includes(parent));
}

export function isShared(path: string): boolean {
	return sharedPaths.includes(path);
}
