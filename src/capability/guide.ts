import type { CapabilityName } from "./names.ts";

/** How far a capability is from root: `root` is a known way to full control, `host` reaches beyond the container. */
export type Danger = "low" | "medium" | "high" | "root" | "host";

export interface CapabilityGuide {
	/** What it allows. capabilities(7) */
	readonly allows: string;
	readonly danger: Danger;
	/** How it is abused, concretely. */
	readonly abuse: string;
	/** The calls that this takes, where nothing else leads to it: a filter that refuses them closes it. */
	readonly byCalls?: readonly string[];
	/** What serves instead, most often. */
	readonly instead: string;
	/** Software that commonly asks for it. */
	readonly usedBy: string;
}

/** Docker gives these to a container unless told otherwise. */
export const dockerDefaults: readonly CapabilityName[] = [
	"AUDIT_WRITE",
	"CHOWN",
	"DAC_OVERRIDE",
	"FOWNER",
	"FSETID",
	"KILL",
	"MKNOD",
	"NET_BIND_SERVICE",
	"NET_RAW",
	"SETFCAP",
	"SETGID",
	"SETPCAP",
	"SETUID",
	"SYS_CHROOT",
];

/** All that the kernel knows today, in one table however long: 41 times the same five lines. A new capability does not compile without its entry. */
export const capabilityGuide: Readonly<Record<CapabilityName, CapabilityGuide>> = {
	CHOWN: {
		allows: "give any file any owner and group",
		danger: "root",
		abuse: "take /etc/shadow or a root-owned script, change it, let root use it",
		instead: "the own step before the drop",
		usedBy: "database images that take over a volume",
	},
	DAC_OVERRIDE: {
		allows: "read, write and execute any file whatever its permissions",
		danger: "root",
		abuse: "write to /etc/passwd or to a program that root runs",
		instead: "right owners (own, mkdir), or supplementary groups",
		usedBy: "setup scripts that write to directories of others",
	},
	DAC_READ_SEARCH: {
		allows: "read any file and enter any directory; open files by handle",
		danger: "host",
		abuse: "open_by_handle_at reaches files of the host's file system from inside a container",
		byCalls: ["open_by_handle_at"],
		instead: "groups that may read what is needed",
		usedBy: "backup programs",
	},
	FOWNER: {
		allows: "change modes, attributes and ACLs of files of others, and ignore the sticky bit",
		danger: "root",
		abuse: "make a root-owned program set-user-ID and writable",
		instead: "the mkdir step, which sets modes before the drop",
		usedBy: "package managers, setup scripts",
	},
	FSETID: {
		allows: "keep set-user-ID and set-group-ID bits when a file is changed",
		danger: "medium",
		abuse: "helps to leave set-group-ID programs behind",
		instead: "nothing: a workload hardly ever needs it",
		usedBy: "package managers",
	},
	KILL: {
		allows: "send signals to processes of any user",
		danger: "medium",
		abuse: "stop any process of the container, or of the host when the PID namespace is shared",
		instead: "run the processes as the same user",
		usedBy: "process supervisors that stay root",
	},
	SETGID: {
		allows: "take any group and any supplementary groups; write gid maps",
		danger: "root",
		abuse: "become group root, shadow or disk",
		instead: "the identity change of this program, which gives it up afterwards",
		usedBy: "gosu, su-exec, servers that drop their privilege themselves",
	},
	SETUID: {
		allows: "become any user; write uid maps",
		danger: "root",
		abuse: "setuid(0), and with it every file of root",
		instead: "the identity change of this program, which gives it up afterwards",
		usedBy: "gosu, su-exec, cron, sshd, servers that drop their privilege themselves",
	},
	SETPCAP: {
		allows: "take capabilities from the bounding set, add bounding ones to inheritable, set securebits",
		danger: "medium",
		abuse: "move anything of the bounding set into inheritable for programs with file capabilities",
		instead: "needed for the drop itself, gone after it",
		usedBy: "programs that drop capabilities",
	},
	LINUX_IMMUTABLE: {
		allows: "set and clear the append-only and immutable attributes of files",
		danger: "medium",
		abuse: "clear the protection of logs, or make files that cannot be removed",
		instead: "set attributes when the image is built",
		usedBy: "log and archive software, chattr",
	},
	NET_BIND_SERVICE: {
		allows: "bind ports below 1024",
		danger: "low",
		abuse: "pose as a system service on a shared network",
		instead: "the listen step, or net.ipv4.ip_unprivileged_port_start=0 as Docker sets it in its own networks",
		usedBy: "web, mail and name servers",
	},
	NET_BROADCAST: {
		allows: "nothing: the kernel does not use it",
		danger: "low",
		abuse: "none known",
		instead: "leave it out",
		usedBy: "nothing",
	},
	NET_ADMIN: {
		allows: "configure interfaces, routes, firewalls and tunnels of the network namespace",
		danger: "high",
		abuse: "redirect and read traffic; reach kernel code (nftables, traffic control) with a history of local root bugs",
		instead: "let the runtime configure the network; a run step with NET_ADMIN for what is done once",
		usedBy: "VPNs (WireGuard, OpenVPN), service-mesh sidecars, dnsmasq as DHCP server",
	},
	NET_RAW: {
		allows: "open raw and packet sockets",
		danger: "medium",
		abuse: "forge ARP and DNS answers, read the traffic of the segment",
		instead: "unprivileged ping by net.ipv4.ping_group_range",
		usedBy: "ping, arping, tcpdump, telegraf",
	},
	IPC_LOCK: {
		allows: "lock memory beyond the limit, use huge pages",
		danger: "low",
		abuse: "exhaust memory",
		instead: "limits: {memlock: ...} with a --ulimit of the runtime",
		usedBy: "Vault, Elasticsearch, RDMA and DPDK software",
	},
	IPC_OWNER: {
		allows: "ignore the permissions of System V IPC objects",
		danger: "medium",
		abuse: "read and write the shared memory of other users",
		instead: "right owners of the segments",
		usedBy: "old databases with tools of another user",
	},
	SYS_MODULE: {
		allows: "load and unload kernel modules",
		danger: "host",
		abuse: "load a module of one's own: code in the host's kernel",
		byCalls: ["init_module", "finit_module"],
		instead: "load modules on the host",
		usedBy: "VPN and storage images that call modprobe",
	},
	SYS_RAWIO: {
		allows: "access I/O ports, /dev/mem, and send raw SCSI commands",
		danger: "host",
		abuse: "write to the host's memory or disks past every file system",
		instead: "the device itself (--device) where its driver suffices",
		usedBy: "smartmontools, hardware tools",
	},
	SYS_CHROOT: {
		allows: "call chroot and enter mount namespaces",
		danger: "medium",
		abuse: "with a second directory handle leave a chroot; make set-user-ID programs see a forged root",
		instead: "what should be confined is confined by the container",
		usedBy: "sshd, vsftpd, postfix, name servers that chroot themselves",
	},
	SYS_PTRACE: {
		allows: "trace any process and read its memory",
		danger: "root",
		abuse: "inject code into a process of root, or of the host when the PID namespace is shared",
		instead: "trace processes of the same user, which needs no capability",
		usedBy: "debuggers, profilers, some sandboxes",
	},
	SYS_PACCT: {
		allows: "switch process accounting on and off",
		danger: "medium",
		abuse: "stop the accounting, or fill a disk with it",
		instead: "accounting on the host",
		usedBy: "acct",
	},
	SYS_ADMIN: {
		allows: "mount, enter and configure namespaces, set the host name, and much else",
		danger: "host",
		abuse: "mount the host's disks or cgroups and leave the container; the largest attack surface of all",
		instead: "the mount and fuse steps before the drop",
		usedBy: "FUSE, container-in-container, builders, systemd",
	},
	SYS_BOOT: {
		allows: "reboot, and load another kernel by kexec",
		danger: "host",
		abuse: "kexec a kernel of one's own",
		byCalls: ["kexec_load", "kexec_file_load", "reboot"],
		instead: "nothing in a container",
		usedBy: "init systems",
	},
	SYS_NICE: {
		allows: "raise priorities, set real-time scheduling, CPU affinity and I/O classes of any process",
		danger: "low",
		abuse: "starve other processes",
		instead: "nice: and limits: before the drop",
		usedBy: "MySQL, audio and telephony servers",
	},
	SYS_RESOURCE: {
		allows: "exceed limits and quotas, raise hard limits",
		danger: "medium",
		abuse: "exhaust processes, files and reserved disk space",
		instead: "limits: before the drop, or --ulimit of the runtime",
		usedBy: "databases that raise their own nofile, redis 8",
	},
	SYS_TIME: {
		allows: "set the system and hardware clock",
		danger: "high",
		abuse: "the clock is the host's: break certificates, logs and time-based locks for everybody",
		instead: "synchronise the clock on the host",
		usedBy: "chrony, ntpd",
	},
	SYS_TTY_CONFIG: {
		allows: "configure terminals, vhangup",
		danger: "medium",
		abuse: "disturb and, with device access, read the host's consoles",
		instead: "leave it out",
		usedBy: "getty, X servers",
	},
	MKNOD: {
		allows: "make device nodes",
		danger: "medium",
		abuse: "make a node for a disk; opening it is still up to the device cgroup",
		instead: "--device of the runtime",
		usedBy: "setup scripts that make /dev/net/tun, udev",
	},
	LEASE: {
		allows: "take leases on files of others",
		danger: "low",
		abuse: "delay those who open the file",
		instead: "own files",
		usedBy: "Samba, NFS servers in user space",
	},
	AUDIT_WRITE: {
		allows: "write records to the kernel's audit log",
		danger: "low",
		abuse: "forge or flood audit records",
		instead: "leave it out unless PAM complains",
		usedBy: "sshd, sudo, cron by way of PAM",
	},
	AUDIT_CONTROL: {
		allows: "switch auditing on and off and change its rules",
		danger: "high",
		abuse: "turn the host's auditing off",
		instead: "configure auditing on the host",
		usedBy: "auditd",
	},
	SETFCAP: {
		allows: "give files capabilities; map uid 0 in a new user namespace",
		danger: "root",
		abuse: "give a program of one's own every capability of the bounding set",
		instead: "setcap when the image is built, or capabilities.keep",
		usedBy: "package managers, entrypoints that call setcap",
	},
	MAC_OVERRIDE: {
		allows: "override the Smack security module",
		danger: "high",
		abuse: "ignore its policy",
		instead: "a right label",
		usedBy: "Smack systems",
	},
	MAC_ADMIN: {
		allows: "change the policy of Smack, and of AppArmor in its namespace",
		danger: "high",
		abuse: "load a policy that allows everything",
		instead: "load policies on the host",
		usedBy: "apparmor_parser, Smack systems",
	},
	SYSLOG: {
		allows: "read and clear the kernel's log, see kernel addresses",
		danger: "medium",
		abuse: "kernel addresses make other bugs usable",
		instead: "read the log on the host",
		usedBy: "rsyslog with imklog, dmesg",
	},
	WAKE_ALARM: {
		allows: "set timers that wake the system",
		danger: "low",
		abuse: "keep a machine awake",
		instead: "ordinary timers",
		usedBy: "systemd",
	},
	BLOCK_SUSPEND: {
		allows: "keep the system from suspending",
		danger: "low",
		abuse: "drain a battery",
		instead: "leave it out",
		usedBy: "mobile systems",
	},
	AUDIT_READ: {
		allows: "read the audit log by netlink",
		danger: "medium",
		abuse: "read what others do",
		instead: "read the log on the host",
		usedBy: "journald, audit collectors",
	},
	PERFMON: {
		allows: "use performance counters and tracing",
		danger: "high",
		abuse: "observe other processes and the kernel, side channels",
		instead: "kernel.perf_event_paranoid on the host",
		usedBy: "perf, profilers, eBPF observers",
	},
	BPF: {
		allows: "load privileged eBPF programs",
		danger: "host",
		abuse: "with PERFMON or NET_ADMIN read kernel memory and change what the kernel does",
		byCalls: ["bpf"],
		instead: "load programs on the host",
		usedBy: "Cilium, Falco, bpftrace",
	},
	CHECKPOINT_RESTORE: {
		allows: "checkpoint and restore processes, choose pids",
		danger: "high",
		abuse: "read /proc/PID/map_files of others, forge process state",
		instead: "checkpoint from the host",
		usedBy: "CRIU",
	},
};
