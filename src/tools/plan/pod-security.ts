import { dockerDefaults } from "../../capability/guide.ts";
import type { PodLevel } from "../../plan/imagined/named-starts.ts";

/** What Pod Security's level `baseline` lets a container add. */
export const baseline: readonly string[] = dockerDefaults.filter((name) => name !== "NET_RAW");
/** The settings that every Pod may make without leaving that level. */
export const safeSysctls: readonly string[] = [
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.ping_group_range",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes",
	"net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_syncookies",
];

/** Whether a Pod of the level may have what a remedy tells to write into it. */
export function isAllowed(way: string, level: PodLevel): boolean {
	const added = /capabilities\.add: \[(.*)\]/.exec(way)?.[1]?.match(/\w+/g) ?? [];
	const setting = /sysctls: \[\{name: "?([^",]+)/.exec(way)?.[1];
	const isOfPrivileged = /privileged container|Unconfined/.test(way) || (setting !== undefined && !safeSysctls.includes(setting));
	const isAsRoot = added.length > 0 || /runAsUser: 0\b/.test(way);
	return !isOfPrivileged && added.every((name) => baseline.includes(name)) && (level === "baseline" || !isAsRoot);
}
