import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { CapabilityName } from "../../../src/capability/names.ts";
import type { Grants } from "../../../src/plan/grants.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { composeFragment, dockerFlags, kubernetesPod, ociConfig } from "../../../src/tools/plan/plan-formats.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

function grants(names: readonly CapabilityName[], more: Partial<Grants> = {}): Grants {
	return {
		capabilities: names,
		purposes: new Map(names.map((name) => [name, `for ${name}`])),
		devices: [],
		sysctls: {},
		hostname: undefined,
		...more,
	};
}

const few = grants(["CHOWN", "SETPCAP"]);
const many = grants(["CHOWN", "SYS_ADMIN"], {
	devices: [{ path: "/dev/fuse", access: "rw" }],
	sysctls: { "net.core.somaxconn": "4096", "net.ipv4.ip_local_port_range": "1024 65000" },
	hostname: "web",
});
const none = grants([]);
const plan = { command: { argv: ["redis-server"] }, departure: { rows: { "no-new-privileges": true } } } as unknown as Plan;
const { host } = new FakeKernel({ process: dockerRoot(), files: {} });

describe("the grants of a plan", () => {
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
});
