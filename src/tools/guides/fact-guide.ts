import type { Facts } from "../../config/facts.ts";

/** What `${@NAME}` stands for. A new fact does not compile without its sentence. */
export const factGuide: Readonly<Record<keyof Facts | `user.${"uid" | "gid" | "name" | "home"}`, string>> = {
	cpus: "processors that the container may use, by affinity and cgroup, rounded up",
	memory: "bytes of memory that the container may use, by cgroup, or those of the machine",
	hostname: "the host name",
	uid: "the uid of the start, root's as a rule; ${@user.uid} is the workload's",
	gid: "the gid of the start, root's as a rule; ${@user.gid} is the workload's",
	"user.uid": "the uid of the workload; that of the start where another user than root stays who it is",
	"user.gid": "the gid of the workload; that of the start where another user than root stays who it is",
	"user.name": "the workload's name in /etc/passwd; without an entry an error, or what stands after :-, as in ${@user.name:-app}",
	"user.home": "what home: auto makes of HOME, whatever home says",
};
