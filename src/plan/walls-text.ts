import { port, scope } from "../confine/landlock/rights.ts";
import { printable } from "../report/text.ts";
import type { Plan } from "./plan.ts";

type Parts = Plan["departure"]["rows"];

/** Which walls are around the workload, in a few words; undefined for none. Loaded for who is told at -v. */
export function wallsText({
	namespaces,
	devices,
	"network-namespace": network,
	"cgroup-namespace": group,
	cgroup,
	paths,
	apparmor,
	selinux,
	landlock,
	seccomp,
}: Parts): string | undefined {
	const apart = [namespaces, group, network].flatMap((part) => part?.names ?? []);
	const walls = [
		...(apart.length === 0 ? [] : [`namespaces ${apart.join(", ")}`]),
		...(devices?.builds ? [`devices ${printable(devices.nodes.map(({ path }) => path.slice("/dev/".length)).join(" "))}`] : []),
		...(cgroup === undefined ? [] : [`cgroup ${cgroup.files.map(([file, text]) => `${file} ${text}`).join(", ")}`]),
		...(paths === undefined
			? []
			: [`paths masked (${there(paths.masked, paths.absent)}) and read-only (${there(paths.readOnly, paths.absent)})`]),
		...(apparmor === undefined ? [] : [`apparmor ${printable(apparmor.label)}`]),
		...(selinux === undefined ? [] : [`selinux ${printable(selinux.label)}`]),
		...(landlock === undefined ? [] : [`landlock ABI ${landlock.abi} (${walled(landlock).join(", ")})`]),
		...(seccomp === undefined ? [] : [`seccomp ${printable(seccomp.profile)}, from the exec on`]),
	];
	return walls.length === 0 ? undefined : walls.join("; ");
}

/** A path that is not there is closed by nothing. */
function there(rules: readonly string[], absent: readonly string[]): number {
	return rules.filter((each) => !absent.includes(each)).length;
}

/** What of the kernel's is closed but for what rules open. */
function walled({ files, ports, scopes }: NonNullable<Parts["landlock"]>): string[] {
	const named = (bits: number, of: Readonly<Record<string, number>>) =>
		Object.keys(of).filter((name) => (bits & (of[name] as number)) !== 0);
	return [...(files === 0 ? [] : ["files"]), ...named(ports, port), ...named(scopes, scope)];
}
