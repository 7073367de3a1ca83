import type { CapabilityName } from "../../capability/names.ts";
import { isDevice } from "../../files/kind.ts";
import type { AllGrants, Grants } from "../../plan/grants.ts";
import type { Plan } from "../../plan/plan.ts";
import { json } from "../../report/json.ts";
import { printable } from "../../report/text.ts";
import { rule } from "../../steps/common/device-access.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { wordWithNames } from "./named-grants.ts";

/** The flags of `docker run`, on one line, to be pasted; what else is to be known follows in comments of a shell. */
export function dockerFlags({ needed, optional, remarks }: AllGrants): string {
	const flags = ["--cap-drop ALL", ...flagsOf(needed).map(([flag]) => flag)];
	const { apparmor: _, ...explained } = needed.unconfined;
	const comments = [
		...remarks,
		...Object.entries(explained).map(([who, what]) => `${who}=unconfined: ${what}`),
		...flagsOf(optional).map(([flag, purpose]) => `optional: ${flag}${purpose === undefined ? "" : ` (${purpose})`}`),
		...onMachine(needed),
		...onMachine(optional).map((each) => `optional: ${each}`),
	];
	return [flags.join(" "), ...comments.map((each) => `# ${printable(each)}`)].map((line) => `${line}\n`).join("");
}

/** Each with what it is for, where that is not what it says itself. */
function flagsOf(grants: Grants): [flag: string, purpose?: string][] {
	const { devices, sysctls, hostname, isCgroupPrivate, limits = [], unconfined } = grants;
	return [
		...withPurposes(grants).map(([name, purpose]): [string, string] => [`--cap-add ${name}`, purpose]),
		...devices.map((device): [string] => [
			device.isRule ? `--device-cgroup-rule ${wordWithNames(ruleText(device))}` : `--device ${wordWithNames(deviceText(device))}`,
		]),
		...Object.entries(sysctls).map(([key, value]): [string] => [`--sysctl ${wordWithNames(`${key}=${value}`)}`]),
		...(hostname === undefined ? [] : [hostname]).map((name): [string] => [`--hostname ${wordWithNames(name)}`]),
		...(isCgroupPrivate ? [["--cgroupns private"] as [string]] : []),
		...limits.flatMap(({ flags }) => flags.docker.map((flag): [string] => [flag])),
		...Object.entries(unconfined).map(([who, what]): [string, string] => [`--security-opt ${who}=unconfined`, what]),
	];
}

/** What no container can have of its own. */
export function onMachine({ machineSettings }: Grants): string[] {
	return Object.entries(machineSettings).map(([key, value]) => `on the machine: sysctl -w ${wordWithNames(`${key}=${value}`)}`);
}

export function deviceText({ path, access }: Grants["devices"][number]): string {
	return `${path}:${path}:${access}`;
}

/** `b 7:* rwm` */
export function ruleText({ numbers, access }: Grants["devices"][number]): string {
	return `${numbers} ${access}`;
}

export function withPurposes({ capabilities, purposes }: Grants): [CapabilityName, string][] {
	return capabilities.map((name) => [name, purposes.get(name) ?? ""]);
}

/**
 * The parts of a runtime's config.json that these grants are. Without a profile in it there is none, so that nothing has to be unconfined. JSON has
 * no comments: what is optional is an annotation.
 */
export function ociConfig({ needed, optional, remarks }: AllGrants, plan: Plan, reads: Reads): string {
	const { capabilities, devices, sysctls, hostname } = needed;
	const names = capabilities.map((name) => `CAP_${name}`);
	const found = devices.filter(({ isRule }) => isRule !== true).map((device) => ({ ...device, node: nodeOf(device, reads) }));
	const rules = devices.flatMap((device) => (device.isRule ? [ruleOf(device)] : []));
	const nodes = found.flatMap(({ path, access, node }) => (node === undefined ? [] : [{ path, access, ...node }]));
	const unknown = found.filter(({ node }) => node === undefined).map(({ path, access }) => `${path} ${access}`);
	const spare = optionalText(optional);
	const annotations = {
		...(spare === "" ? {} : { "abdicate.optional": spare }),
		...(remarks.length === 0 ? {} : { "abdicate.remarks": remarks.join("; ") }),
		// Its numbers are those of another machine, where it is.
		...(unknown.length === 0 ? {} : { "abdicate.devices": unknown.join("; ") }),
		...(onMachine(needed).length === 0 ? {} : { "abdicate.machine": onMachine(needed).join("; ") }),
	};
	const config = {
		...(Object.keys(annotations).length === 0 ? {} : { annotations }),
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
			...(nodes.length + rules.length === 0
				? {}
				: {
						devices: nodes.map(({ path, type, major, minor }) => ({ path, type, major, minor, fileMode: 0o666, uid: 0, gid: 0 })),
						resources: {
							devices: [...nodes.map(({ type, access, major, minor }) => ({ allow: true, type, major, minor, access })), ...rules],
						},
					}),
		},
	};
	return `${json(config, 2)}\n`;
}

/** Without a minor number all of them are meant. */
function ruleOf({ numbers = "", access }: Grants["devices"][number]): object {
	const [, type, major] = /^([bc]) (\d+):/.exec(numbers) ?? [];
	return { allow: true, type, major: Number(major), access };
}

function nodeOf({ path, numbers }: Grants["devices"][number], reads: Reads): { type: string; major: number; minor: number } | undefined {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const known = numbers ?? (typeof stat !== "number" && isDevice(stat) ? rule(stat) : "");
	const [, type, major, minor] = /^([bc]) (\d+):(\d+)$/.exec(known) ?? [];
	return type === undefined ? undefined : { type, major: Number(major), minor: Number(minor) };
}

function optionalText(optional: Grants): string {
	const { devices, sysctls, hostname } = optional;
	return [
		...withPurposes(optional).map(([name, purpose]) => `CAP_${name} (${purpose})`),
		...devices.map(({ path, access }) => `${path} ${access}`),
		...Object.entries(sysctls).map(([key, value]) => `${key}=${value}`),
		...(hostname === undefined ? [] : [`hostname ${hostname}`]),
		...onMachine(optional),
	].join("; ");
}
