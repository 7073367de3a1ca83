import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { CapabilityName } from "../../../src/capability/names.ts";
import { limitsOf } from "../../../src/confine/cgroup/limits.ts";
import type { AllGrants, Grants } from "../../../src/plan/grants.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { dockerFlags, ociConfig } from "../../../src/tools/plan/plan-formats.ts";
import { composeFragment, kubernetesPod } from "../../../src/tools/plan/yaml-formats.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

function only(names: readonly CapabilityName[], more: Partial<Grants> = {}): Grants {
	return {
		capabilities: names,
		purposes: new Map(names.map((name) => [name, `for ${name}`])),
		devices: [],
		sysctls: {},
		machineSettings: {},
		hostname: undefined,
		unconfined: {},
		...more,
	};
}

function grants(names: readonly CapabilityName[], more: Partial<Grants> = {}, optional: Grants = only([])): AllGrants {
	return { needed: only(names, more), optional, remarks: [] };
}

const few = grants(["CHOWN", "SETPCAP"]);
const many = grants(["CHOWN", "SYS_ADMIN"], {
	devices: [{ path: "/dev/fuse", access: "rw", numbers: "c 10:229" }],
	sysctls: { "net.core.somaxconn": "4096", "net.ipv4.ip_local_port_range": "1024 65000" },
	hostname: "web",
});
const none = grants([]);
/** With what is not needed beside what is. */
const both = grants(
	["SYS_ADMIN"],
	{ unconfined: { apparmor: "to mount", seccomp: "for keyctl" }, machineSettings: { "vm.max_map_count": "262144" } },
	only(["KILL"], { devices: [{ path: "/dev/x", access: "r", numbers: "c 1:3" }], sysctls: { "net.a": "1" }, hostname: "web" }),
);
const spare = grants([], {}, only(["KILL"], { unconfined: { apparmor: "if it mounts" }, sysctls: { "net.a": "1" } }));
const plan = { command: { argv: ["redis-server"] }, departure: { rows: { "no-new-privileges": true } } } as unknown as Plan;
const { host } = new FakeKernel({ process: dockerRoot(), files: {} });

describe("the grants of a plan", () => {
	it("have a namespace of cgroups for the runtimes that know one", () => {
		const own = grants([], { isCgroupPrivate: true });
		expect([dockerFlags(own), parse(composeFragment(own))]).toEqual([
			"--cap-drop ALL --cgroupns private\n",
			{ cap_drop: ["ALL"], cgroup: "private" },
		]);
	});

	it("have limits of the whole container, of several devices in one key", () => {
		const io = ["/dev/sda", "/dev/sdb"].map((device) => ({ device, readBps: 1000, writeIops: 7 }));
		const limited = grants([], { limits: limitsOf({ pids: 5, io }, () => "") });
		expect(dockerFlags(limited)).toBe(
			"--cap-drop ALL --pids-limit 5 --device-read-bps /dev/sda:1000 --device-write-iops /dev/sda:7 --device-read-bps /dev/sdb:1000 --device-write-iops /dev/sdb:7\n",
		);
		const each = (rate: number) => ["/dev/sda", "/dev/sdb"].map((path) => ({ path, rate }));
		const config = { device_read_bps: each(1000), device_write_iops: each(7) };
		expect(parse(composeFragment(limited))).toEqual({ cap_drop: ["ALL"], pids_limit: 5, blkio_config: config });
	});

	it("are flags of docker run on one line, quoted for a shell", () => {
		expect([none, few, many].map(dockerFlags)).toEqual([
			"--cap-drop ALL\n",
			"--cap-drop ALL --cap-add CHOWN --cap-add SETPCAP\n",
			"--cap-drop ALL --cap-add CHOWN --cap-add SYS_ADMIN --device /dev/fuse:/dev/fuse:rw --sysctl net.core.somaxconn=4096 --sysctl 'net.ipv4.ip_local_port_range=1024 65000' --hostname web\n",
		]);
	});

	it("are keys of a Compose service", () => {
		expect([none, few, many].map((each) => parse(composeFragment(each)))).toEqual([
			{ cap_drop: ["ALL"] },
			{ cap_drop: ["ALL"], cap_add: ["CHOWN", "SETPCAP"] },
			{
				cap_drop: ["ALL"],
				cap_add: ["CHOWN", "SYS_ADMIN"],
				devices: ["/dev/fuse:/dev/fuse:rw"],
				sysctls: { "net.core.somaxconn": "4096", "net.ipv4.ip_local_port_range": "1024 65000" },
				hostname: "web",
			},
		]);
	});

	it("are a Pod that says which level of Pod Security it passes", () => {
		const security = { runAsUser: 0, allowPrivilegeEscalation: false, seccompProfile: { type: "RuntimeDefault" } };
		const pod = (spec: object, securityContext: object) => ({
			apiVersion: "v1",
			kind: "Pod",
			metadata: { name: "app" },
			spec: { ...spec, containers: [{ name: "app", image: "IMAGE", securityContext }] },
		});
		expect([none, few, many].map((each) => parse(kubernetesPod(each)))).toEqual([
			pod({}, { ...security, capabilities: { drop: ["ALL"] } }),
			pod({}, { ...security, capabilities: { drop: ["ALL"], add: ["CHOWN", "SETPCAP"] } }),
			pod(
				{
					hostname: "web",
					securityContext: {
						sysctls: [
							{ name: "net.core.somaxconn", value: "4096" },
							{ name: "net.ipv4.ip_local_port_range", value: "1024 65000" },
						],
					},
				},
				{ runAsUser: 0, seccompProfile: { type: "RuntimeDefault" }, capabilities: { drop: ["ALL"], add: ["CHOWN", "SYS_ADMIN"] } },
			),
		]);
		expect([few, many].map((each) => kubernetesPod(each).split("\n").slice(0, 2))).toEqual([
			["# Pod Security: baseline (restricted does not let a container start as root)", "apiVersion: v1"],
			["# Pod Security: privileged, because of SYS_ADMIN, net.core.somaxconn", "# /dev/fuse has to come from a device plugin."],
		]);
	});

	it("are the parts of a runtime's config.json", () => {
		const sets = (names: readonly string[]) => ({ bounding: names, effective: names, permitted: names, inheritable: [], ambient: [] });
		expect([few, many].map((each) => JSON.parse(ociConfig(each, plan, host)))).toEqual([
			{
				process: {
					user: { uid: 0, gid: 0 },
					args: ["redis-server"],
					capabilities: sets(["CAP_CHOWN", "CAP_SETPCAP"]),
					noNewPrivileges: true,
				},
				linux: {},
			},
			{
				process: {
					user: { uid: 0, gid: 0 },
					args: ["redis-server"],
					capabilities: sets(["CAP_CHOWN", "CAP_SYS_ADMIN"]),
					noNewPrivileges: true,
				},
				hostname: "web",
				linux: {
					sysctl: { "net.core.somaxconn": "4096", "net.ipv4.ip_local_port_range": "1024 65000" },
					devices: [{ path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 }],
					resources: { devices: [{ allow: true, type: "c", major: 10, minor: 229, access: "rw" }] },
				},
			},
		]);
	});

	it("name devices of which nobody knows before which it will be by a rule of the device cgroup, for which a Pod has no key", () => {
		const loop = grants(["SYS_ADMIN"], {
			devices: [
				{ path: "/dev/loop-control", access: "rw", numbers: "c 10:237" },
				{ path: "/dev/loop*", access: "rwm", numbers: "b 7:*", isRule: true },
			],
		});
		const pod = kubernetesPod(loop);
		expect([
			dockerFlags(loop),
			parse(composeFragment(loop)),
			JSON.parse(ociConfig(loop, plan, host)).linux,
			pod.split("\n")[0],
			parse(pod).spec.containers[0].securityContext,
			pod.includes("plugin."),
		]).toEqual([
			"--cap-drop ALL --cap-add SYS_ADMIN --device /dev/loop-control:/dev/loop-control:rw --device-cgroup-rule 'b 7:* rwm'\n",
			{
				cap_drop: ["ALL"],
				cap_add: ["SYS_ADMIN"],
				devices: ["/dev/loop-control:/dev/loop-control:rw"],
				device_cgroup_rules: ["b 7:* rwm"],
			},
			{
				devices: [{ path: "/dev/loop-control", type: "c", major: 10, minor: 237, fileMode: 0o666, uid: 0, gid: 0 }],
				resources: {
					devices: [
						{ allow: true, type: "c", major: 10, minor: 237, access: "rw" },
						{ allow: true, type: "b", major: 7, access: "rwm" },
					],
				},
			},
			"# Pod Security: privileged, because of SYS_ADMIN, b 7:* rwm",
			// Beside privileged the runtimes ignore capabilities, seccomp and AppArmor: nothing there may look as if it held.
			{ runAsUser: 0, privileged: true },
			false,
		]);
		expect(pod.split("securityContext:\n")[1]).toBe(
			`        runAsUser: 0
        privileged: true # for b 7:* rwm: a device plugin gives single devices
        # privileged brings every capability and device, without seccomp, AppArmor and masked paths: other keys here are ignored.
        # \`confine: docker-default\` gives the workload an ordinary container's.
`,
		);
	});

	it("tell docker what is optional in comments behind the line of flags", () => {
		expect([dockerFlags(both), dockerFlags(spare)]).toEqual([
			`--cap-drop ALL --cap-add SYS_ADMIN --security-opt apparmor=unconfined --security-opt seccomp=unconfined
# seccomp=unconfined: for keyctl
# optional: --cap-add KILL (for KILL)
# optional: --device /dev/x:/dev/x:r
# optional: --sysctl net.a=1
# optional: --hostname web
# on the machine: sysctl -w vm.max_map_count=262144
`,
			`--cap-drop ALL
# optional: --cap-add KILL (for KILL)
# optional: --sysctl net.a=1
# optional: --security-opt apparmor=unconfined (if it mounts)
`,
		]);
	});

	it("have what is optional commented out in YAML, where taking the comment away makes it a key", () => {
		expect([composeFragment(both), composeFragment(spare)]).toEqual([
			`# on the machine: sysctl -w vm.max_map_count=262144
cap_drop: [ALL]
cap_add:
  - SYS_ADMIN # for SYS_ADMIN
  # - KILL # optional: for KILL
# devices:
  # - /dev/x:/dev/x:r # optional
# sysctls:
  # net.a: "1" # optional
# hostname: web # optional
security_opt:
  - apparmor=unconfined # to mount
  - seccomp=unconfined # for keyctl
`,
			`cap_drop: [ALL]
# cap_add:
  # - KILL # optional: for KILL
# sysctls:
  # net.a: "1" # optional
# security_opt:
  # - apparmor=unconfined # optional: if it mounts
`,
		]);
		expect(parse(composeFragment(spare).replaceAll(/^( *)# /gm, "$1"))).toEqual({
			cap_drop: ["ALL"],
			cap_add: ["KILL"],
			sysctls: { "net.a": "1" },
			security_opt: ["apparmor=unconfined"],
		});
		expect([kubernetesPod(both), kubernetesPod(spare)]).toEqual([
			`# Pod Security: privileged, because of SYS_ADMIN, apparmor unconfined, seccomp unconfined
# optional: /dev/x has to come from a device plugin.
# on the machine: sysctl -w vm.max_map_count=262144
apiVersion: v1
kind: Pod
metadata:
  name: app
spec:
  # hostname: web # optional
  # securityContext:
    # sysctls:
      # - {name: net.a, value: "1"} # optional
  containers:
    - name: app
      image: IMAGE
      securityContext:
        runAsUser: 0
        appArmorProfile: {type: Unconfined} # to mount
        seccompProfile: {type: Unconfined} # for keyctl
        capabilities:
          drop: [ALL]
          add:
            - SYS_ADMIN # for SYS_ADMIN
            # - KILL # optional: for KILL
`,
			`# Pod Security: baseline (restricted does not let a container start as root)
apiVersion: v1
kind: Pod
metadata:
  name: app
spec:
  # securityContext:
    # sysctls:
      # - {name: net.a, value: "1"} # optional
  containers:
    - name: app
      image: IMAGE
      securityContext:
        runAsUser: 0
        allowPrivilegeEscalation: false
        # appArmorProfile: {type: Unconfined} # optional: if it mounts
        seccompProfile: {type: RuntimeDefault}
        capabilities:
          drop: [ALL]
          # add:
            # - KILL # optional: for KILL
`,
		]);
	});

	it("have what is optional, and what only the machine has, in annotations of config.json; without a profile there it has none", () => {
		const { annotations, process, linux } = JSON.parse(ociConfig(both, plan, host));
		expect([annotations, process.capabilities.bounding, Object.keys(process), linux]).toEqual([
			{
				"abdicate.optional": "CAP_KILL (for KILL); /dev/x r; net.a=1; hostname web",
				"abdicate.machine": "on the machine: sysctl -w vm.max_map_count=262144",
			},
			["CAP_SYS_ADMIN"],
			["user", "args", "capabilities", "noNewPrivileges"],
			{},
		]);
		const devices = [
			{ path: "/dev/net/tun", access: "rwm", numbers: "c 10:200" },
			{ path: "/dev/disk", access: "r", numbers: "b 8:0" },
			{ path: "/dev/unknown", access: "rw" },
		];
		const known = JSON.parse(ociConfig(grants([], { devices }), plan, host));
		expect([known.annotations, known.linux]).toEqual([
			{ "abdicate.devices": "/dev/unknown rw" },
			{
				devices: [
					{ path: "/dev/net/tun", type: "c", major: 10, minor: 200, fileMode: 0o666, uid: 0, gid: 0 },
					{ path: "/dev/disk", type: "b", major: 8, minor: 0, fileMode: 0o666, uid: 0, gid: 0 },
				],
				resources: {
					devices: [
						{ allow: true, type: "c", major: 10, minor: 200, access: "rwm" },
						{ allow: true, type: "b", major: 8, minor: 0, access: "r" },
					],
				},
			},
		]);
	});
});
