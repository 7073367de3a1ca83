import type { StepKind } from "../../steps/index.ts";

const files = "CHOWN for another owner, FOWNER for the mode of what is somebody else's, FSETID for its setgid bit";
const write = "DAC_OVERRIDE in directories of others";
const reach = "DAC_READ_SEARCH or DAC_OVERRIDE to get there";
const mounts = "SYS_ADMIN, and no AppArmor profile that forbids mounts (--security-opt apparmor=unconfined), unless it is mounted already";
const as = "SETUID and SETGID to run as another user, KILL to end what takes too long, and what capabilities names";

/** What each step takes of what a runtime gives, and when; where the goal is reached, nothing. A new step does not compile without it. */
export const stepNeeds: Readonly<Record<StepKind, string>> = {
	mkdir: `${files}, ${write}; ${reach}`,
	own: `${files}, ${reach}; idmap-or-chown SYS_ADMIN, SETUID, SETGID, SETFCAP and mounts`,
	chmod: `FOWNER for what is somebody else's, FSETID for its setgid bit, ${reach}`,
	remove: `${write}, FOWNER in sticky ones`,
	file: `${files}, ${write}; ${reach} for what it reads`,
	link: `${write}, FOWNER in sticky ones`,
	secret: `${files}, ${write}; ${reach} for what it reads; a tmpfs or on_disk: allow`,
	copy: `CHOWN for another owner, ${write}; ${reach}`,
	listen: `NET_BIND_SERVICE below net.ipv4.ip_unprivileged_port_start; for a unix socket CHOWN, FOWNER, ${write}`,
	mount: `${mounts}; bind with idmap SETUID, SETGID, SETFCAP; a writable overlay DAC_OVERRIDE, CHOWN, FOWNER, FSETID; an image MKNOD and the loop devices (--device /dev/loop-control --device-cgroup-rule 'b 7:* rwm'); a device --device; ${reach}`,
	fuse: `${mounts}; /dev/fuse (--device /dev/fuse); SETUID and SETGID for the daemon, KILL to end one that does not serve; ${reach}`,
	run: as,
	hooks: as,
	device: `MKNOD and CHOWN to make a node, ${write}; the device cgroup (--device) to open it; SETUID and SETGID to try it as the user`,
	require: `SETUID and SETGID to try devices and writable as the user, ${reach} for mounts; what it asks for`,
	hostname: "SYS_ADMIN, unless the runtime gave the name (--hostname)",
	sysctl: "a writable /proc/sys (--privileged), NET_ADMIN for net.*, SYS_ADMIN for others; or the runtime sets it (--sysctl)",
	ca_certificates: "nothing: it is done after the drop",
	wait_for: "nothing: it is done after the drop",
};
