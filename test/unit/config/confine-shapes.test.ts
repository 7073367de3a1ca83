import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

/** Of each thing that is wrong, where it is and what to do about it. */
async function adviceOn(text: string): Promise<readonly (readonly [where: string | undefined, advice: string])[]> {
	try {
		await parseConfig(text, "f.yaml", { reads, environment: new Map(), loadSteps });
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ where = "", remedy = [] }) => [where.split(" ")[1], remedy.join("\n")]);
		}
		throw error;
	}
	return [];
}

const cases: readonly (readonly [written: string, advised: Awaited<ReturnType<typeof adviceOn>>])[] = [
	['devices: ["/dev/fuse:/dev/fuse:rwm"]', [["devices[0].path", "write {path: /dev/fuse, access: rw}"]]],
	[
		'devices: [/dev/net/tun, "/dev/fuse:rw", "/dev/sda:/dev/xvda:r", "/dev/dri/*"]',
		[
			["devices[1].path", "write {path: /dev/fuse, access: rw}"],
			["devices[2].path", "write {path: /dev/xvda, access: r}"],
			["devices[3].path", "no pattern is looked up: each device is named, such as devices: [/dev/dri/card0, /dev/dri/renderD128]"],
		],
	],
	['devices: [{path: "/dev/fuse:/dev/fuse:rwm"}]', [["devices[0].path", "write path: /dev/fuse"]]],
	["devices: [/dev/fuse, {path: /dev/sda, access: rwm}]", [["devices[1].access", "write access: rw"]]],
	["devices: [/dev/fuse, {path: /dev/sda, permissions: rwm}]", [["devices[1].permissions", "write access: rw"]]],
	["devices: [/dev/disk/by-path/pci-0000:00:1f.2-ata-1]", []],
	["devices: /dev/fuse", [["devices", "write devices: [/dev/fuse]"]]],
	['devices: "/dev/fuse:/dev/fuse:rwm"', [["devices", "write devices: [{path: /dev/fuse, access: rw}]"]]],
	["devices: {path: /dev/fuse}", [["devices", "write devices: [{path: /dev/fuse}]"]]],
	["devices: true", [["devices", "write devices: docker-default"]]],
	["devices: docker", [["devices", "write devices: docker-default"]]],
	["devices: [/etc/x]", [["devices[0].path", ""]]],
	[
		"devices: [docker-default, /dev/fuse]",
		[["devices[0].path", "the list is what comes to those of docker-default, which are there without a word"]],
	],
	["cgroup: {io: {device: /dev/sda, read_bps: 10M}}", [["cgroup.io", "write io: [{device: /dev/sda, read_bps: 10M}]"]]],
	[
		"cgroup: {pids_limit: 5, mem_limit: 512Mi, cpus: 1.5}",
		[
			["cgroup.pids_limit", "write pids: 5"],
			["cgroup.mem_limit", "write memory: 512Mi"],
			["cgroup.cpus", "write cpu: 1.5"],
		],
	],
	[
		'cgroup: {memory_max: 5M, pids_max: 5, cpu_max: "50000 100000"}',
		[
			["cgroup.memory_max", "write memory: 5M"],
			["cgroup.pids_max", "write pids: 5"],
			["cgroup.cpu_max", "write cpu: 0.5"],
		],
	],
	[
		"cgroup: {blkio: {x: 1}}",
		[["cgroup.blkio", "rates stand at io: [{device: /dev/sda, read_bps: 10M, write_bps: 10M, read_iops: 100, write_iops: 100}]"]],
	],
	[
		"cgroup: {io: [{path: /dev/sda, rbps: 10M}]}",
		[
			["cgroup.io[0].path", "write device: /dev/sda"],
			["cgroup.io[0].rbps", "write read_bps: 10M"],
		],
	],
	["pids_limit: 200", [["pids_limit", "write cgroup: {pids: 200}"]]],
	["mem_limit: 512m", [["mem_limit", "write cgroup: {memory: 512m}"]]],
	["cpus: 1.5", [["cpus", "write cgroup: {cpu: 1.5}"]]],
	[
		"privileged: true",
		[
			[
				"privileged",
				"leave privileged out: what a container is given is the runtime's, and confine: docker-default takes it away again from the workload",
			],
		],
	],
	["privileged: false", [["privileged", "write confine: docker-default"]]],
	[
		"securityContext: {privileged: false}",
		[
			[
				"securityContext",
				"what stands in it has keys of its own here: user, capabilities: {keep: [NAME]}, no_new_privileges, seccomp, apparmor, selinux, confine: docker-default",
			],
		],
	],
	["network: none", [["network", "write namespaces: [net]"]]],
	["network_mode: none", [["network_mode", "write namespaces: [net]"]]],
	[
		"network_mode: host",
		[["network_mode", "leave network_mode out: namespaces: [net] has no network but loopback; any other is the runtime's"]],
	],
	["masked_paths: [/proc/kcore]", [["masked_paths", "write paths: {masked: [/proc/kcore]}"]]],
	["maskedPaths: [/proc/kcore]", [["maskedPaths", "write paths: {masked: [/proc/kcore]}"]]],
	[
		"read_only: true",
		[
			[
				"read_only",
				"leave read_only out: the root is read-only by the runtime: docker run --read-only | compose: read_only | kubernetes: readOnlyRootFilesystem; paths: {read_only: [PATH]} is for single paths",
			],
		],
	],
	[
		"readOnlyRootFilesystem: true",
		[
			[
				"readOnlyRootFilesystem",
				"leave readOnlyRootFilesystem out: the root is read-only by the runtime: docker run --read-only | compose: read_only | kubernetes: readOnlyRootFilesystem; paths: {read_only: [PATH]} is for single paths",
			],
		],
	],
	["readonlyPaths: [/proc/sys]", [["readonlyPaths", "write paths: {read_only: [/proc/sys]}"]]],
	["paths: {maskedPaths: [/proc/kcore]}", [["paths.maskedPaths", "write masked: [/proc/kcore]"]]],
	["paths: true", [["paths", "write paths: docker-default"]]],
	["limits: {pids: 200}", [["limits.pids", "write cgroup: {pids: 200}"]]],
	["limits: {memory: 512M}", [["limits.memory", "write cgroup: {memory: 512M}"]]],
	[
		"namespaces: [network, pid, user, mnt, utsname]",
		[
			["namespaces[0]", "write net"],
			["namespaces[1]", "one of process ids is the runtime's, and every container has it that is started without --pid host"],
			[
				"namespaces[2]",
				"a user namespace would give every capability back inside it; that of the start is the runtime's: userns-remap, hostUsers: false",
			],
			["namespaces[3]", "write mount"],
			["namespaces[4]", "write uts"],
		],
	],
	["namespaces: network", [["namespaces", "write namespaces: net"]]],
	[
		"namespaces: pid",
		[["namespaces", "one of process ids is the runtime's, and every container has it that is started without --pid host"]],
	],
	["namespaces: {network: true}", [["namespaces", "write namespaces: [net]"]]],
	["namespaces: [nett]", [["namespaces[0]", "write net"]]],
	["confine: true", [["confine", "write confine: docker-default"]]],
	["confine: yes", [["confine", "write confine: docker-default"]]],
	["confine: kubernetes", [["confine", "write confine: docker-default"]]],
	["confine: docker", [["confine", "write confine: docker-default"]]],
	["confine: default", [["confine", "write confine: docker-default"]]],
	["confine: false", [["confine", "write confine: none"]]],
	[
		"namespaces: [CLONE_NEWUTS, userns, time]",
		[
			["namespaces[0]", "write uts"],
			[
				"namespaces[1]",
				"a user namespace would give every capability back inside it; that of the start is the runtime's: userns-remap, hostUsers: false",
			],
			["namespaces[2]", "the clocks stay those of the start"],
		],
	],
	["confine: {privileged: false}", [["confine", "write confine: docker-default"]]],
	["confine: docker-defualt", [["confine", "write confine: docker-default"]]],
	["setup: [{own: {path: /data, policy: idmap}}]", [["setup[0].own.policy", "write policy: idmap-or-chown"]]],
	["setup: [{mount: {type: EXT4, source: /dev/sdb1, target: /m}}]", [["setup[0].mount.type", "write type: ext4"]]],
	["setup: [{mount: {type: ntfs, source: /dev/sdb1, target: /m}}]", [["setup[0].mount.type", "write type: ntfs3"]]],
	["setup: [{mount: {type: iso, source: /dev/sdb1, target: /m}}]", [["setup[0].mount.type", "write type: iso9660"]]],
	["setup: [{mount: {type: fat32, source: /dev/sdb1, target: /m}}]", [["setup[0].mount.type", "write type: vfat"]]],
	["setup: [{mount: {type: exfat4, source: /dev/sdb1, target: /m}}]", [["setup[0].mount.type", "write type: exfat"]]],
	["setup: [{mount: {type: iso9660fs, source: /dev/sdb1, target: /m}}]", [["setup[0].mount.type", "write type: iso9660"]]],
	["setup: [{mount: /dev/sdb1}]", [["setup[0].mount", "write mount: {type: ..., source: /dev/sdb1, target: ...}"]]],
	["setup: [{mount: /dev/sdb1 /mnt}]", [["setup[0].mount", "write mount: {type: ..., source: /dev/sdb1, target: /mnt}"]]],
	["setup: [{mount: {type: ext4, source: /dev/sdb1, target: /m, read_only: true}}]", [["setup[0].mount.read_only", "write options: ro"]]],
	[
		"setup: [{mount: {type: ext4, source: /dev/sdb1, target: /m, options: noatime, ro: true}}]",
		[["setup[0].mount.ro", "write options: [noatime, ro]"]],
	],
	["setup: [{mount: {fstype: ext4, source: /dev/sdb1, target: /m}}]", [["setup[0].mount.fstype", "write type: ext4"]]],
];

describe("a word of Docker, compose, Kubernetes and the OCI for what walls a workload in", () => {
	it.each(cases)("%s is answered by ours, at its place", async (written, advised) => {
		expect(await adviceOn(written)).toEqual(advised);
	});
});
