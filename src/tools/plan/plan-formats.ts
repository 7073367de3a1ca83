import type { CapabilityName } from "../../capability/names.ts";
import type { Grants } from "../../plan/grants.ts";
import type { Plan } from "../../plan/plan.ts";
import { json } from "../../report/json.ts";
import { shellWord } from "../../report/shell.ts";
import { printable } from "../../report/text.ts";
import { yamlQuoted, yamlScalar } from "../../report/yaml.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { dockerDefaults } from "../guides/capability-guide.ts";

/** What Pod Security's level `baseline` lets a container add. */
const baseline: readonly CapabilityName[] = dockerDefaults.filter((name) => name !== "NET_RAW");
/** The settings that every Pod may make without leaving that level. */
const safeSysctls: readonly string[] = [
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

/** The flags of `docker run`, on one line, to be pasted. */
export function dockerFlags({ capabilities, devices, sysctls, hostname }: Grants): string {
	const words = [
		"--cap-drop ALL",
		...capabilities.map((name) => `--cap-add ${name}`),
		...devices.map((device) => `--device ${shellWord(deviceText(device))}`),
		...Object.entries(sysctls).map(([key, value]) => `--sysctl ${shellWord(`${key}=${value}`)}`),
		...(hostname === undefined ? [] : [`--hostname ${shellWord(hostname)}`]),
	];
	return `${words.join(" ")}\n`;
}

function deviceText({ path, access }: Grants["devices"][number]): string {
	return `${path}:${path}:${access}`;
}

/** Keys of a service in a Compose file. */
export function composeFragment(grants: Grants): string {
	const { devices, sysctls, hostname } = grants;
	const lines = [
		"cap_drop: [ALL]",
		...section(
			"cap_add:",
			withPurposes(grants).map(([name, purpose]) => `  - ${name} # ${printable(purpose)}`),
		),
		...section(
			"devices:",
			devices.map((device) => `  - ${yamlScalar(uninterpolated(deviceText(device)))}`),
		),
		...section(
			"sysctls:",
			Object.entries(sysctls).map(([key, value]) => `  ${yamlScalar(key)}: ${yamlQuoted(uninterpolated(value))}`),
		),
		...(hostname === undefined ? [] : [`hostname: ${yamlScalar(uninterpolated(hostname))}`]),
	];
	return `${lines.join("\n")}\n`;
}

/** Compose puts variables into what YAML has read. It refuses a dollar sign that begins no name. */
function uninterpolated(text: string): string {
	return text.replace(/\$(?=[\w{$])/g, "$$$$");
}

function section(title: string, entries: readonly string[]): string[] {
	return entries.length === 0 ? [] : [title, ...entries];
}

function withPurposes({ capabilities, purposes }: Grants): [CapabilityName, string][] {
	return capabilities.map((name) => [name, purposes.get(name) ?? ""]);
}

/** A Pod, and the level of the Pod Security Standards that it passes. */
export function kubernetesPod(grants: Grants): string {
	const { capabilities, devices, sysctls, hostname } = grants;
	const beyond = [
		...capabilities.filter((name) => !baseline.includes(name)),
		...Object.keys(sysctls).filter((key) => !safeSysctls.includes(key)),
	];
	const lines = [
		beyond.length === 0
			? "# Pod Security: baseline (restricted does not let a container start as root)"
			: `# Pod Security: privileged, because of ${printable(beyond.join(", "))}`,
		...devices.map(({ path }) => `# ${printable(path)} has to come from a device plugin.`),
		"apiVersion: v1",
		"kind: Pod",
		"metadata:",
		"  name: app",
		"spec:",
		...(hostname === undefined ? [] : [`  hostname: ${yamlScalar(hostname)}`]),
		...(Object.keys(sysctls).length === 0
			? []
			: [
					"  securityContext:",
					"    sysctls:",
					...Object.entries(sysctls).map(([name, value]) => `      - {name: ${yamlScalar(name)}, value: ${yamlQuoted(value)}}`),
				]),
		"  containers:",
		"    - name: app",
		"      image: IMAGE",
		"      securityContext:",
		"        runAsUser: 0",
		// The two exclude each other for the API server, whatever no_new_privs would do.
		...(capabilities.includes("SYS_ADMIN") ? [] : ["        allowPrivilegeEscalation: false"]),
		"        seccompProfile: {type: RuntimeDefault}",
		"        capabilities:",
		"          drop: [ALL]",
		...section(
			"          add:",
			withPurposes(grants).map(([name, purpose]) => `            - ${name} # ${printable(purpose)}`),
		),
	];
	return `${lines.join("\n")}\n`;
}

/** The parts of a runtime's config.json that these grants are. */
export function ociConfig({ capabilities, devices, sysctls, hostname }: Grants, plan: Plan, reads: Reads): string {
	const names = capabilities.map((name) => `CAP_${name}`);
	const nodes = devices.flatMap(({ path, access }) => {
		const stat = reads.statat(AT.FDCWD, path, 0);
		const [major, minor] = (typeof stat === "number" ? (path === "/dev/fuse" ? "10:229" : "") : stat.rdev).split(":").map(Number);
		return major === undefined || minor === undefined ? [] : [{ path, access, major, minor }];
	});
	const config = {
		process: {
			user: { uid: 0, gid: 0 },
			args: plan.command.argv,
			// The workload's sets are this program's business: a runtime gives it these, and nothing inheritable or ambient.
			capabilities: { bounding: names, effective: names, permitted: names, inheritable: [], ambient: [] },
			noNewPrivileges: plan.departure.rows["no-new-privileges"] === true,
		},
		...(hostname === undefined ? {} : { hostname }),
		linux: {
			...(Object.keys(sysctls).length === 0 ? {} : { sysctl: sysctls }),
			...(nodes.length === 0
				? {}
				: {
						devices: nodes.map(({ path, major, minor }) => ({ path, type: "c", major, minor, fileMode: 0o666, uid: 0, gid: 0 })),
						resources: { devices: nodes.map(({ access, major, minor }) => ({ allow: true, type: "c", major, minor, access })) },
					}),
		},
	};
	return `${json(config, 2)}\n`;
}
