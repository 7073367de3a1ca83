import { composeKeys } from "../../confine/cgroup/limits.ts";
import type { AllGrants, Grants } from "../../plan/grants.ts";
import { printable } from "../../report/text.ts";
import { yamlQuoted, yamlScalar } from "../../report/yaml.ts";
import { besidesNames } from "./named-grants.ts";
import { deviceText, onMachine, ruleText, withPurposes } from "./plan-formats.ts";
import { baseline, safeSysctls } from "./pod-security.ts";

/** What stands in a line of YAML, and what it is for. */
type Line = readonly [text: string, purpose?: string];

/** Both of what is needed and of what is optional, which is commented out: without the `# ` in front a line is the one it would be. */
function lines(indent: string, { needed, optional }: AllGrants, linesOf: (each: Grants) => readonly Line[]): string[] {
	const comment = (words: readonly (string | undefined)[]) =>
		words
			.flatMap((each) => each ?? [])
			.map(printable)
			.join(": ");
	const withComment = (text: string, words: string) => (words === "" ? text : `${text} # ${words}`);
	return [
		...linesOf(needed).map(([text, purpose]) => `${indent}${withComment(text, comment([purpose]))}`),
		...linesOf(optional).map(([text, purpose]) => `${indent}# ${withComment(text, comment(["optional", purpose]))}`),
	];
}

/** Below their titles, which are commented out where all is. */
function section(titles: readonly string[], entries: readonly string[]): string[] {
	const isOptional = entries.every((each) => each.trimStart().startsWith("#"));
	return entries.length === 0 ? [] : [...titles.map((each) => (isOptional ? each.replace(/^ */, "$&# ") : each)), ...entries];
}

/** As `lines`, where there can be one only: what is needed takes the place of what is optional. */
function oneLine(indent: string, grants: AllGrants, lineOf: (each: Grants) => Line | undefined): string[] {
	return lines(indent, grants, (each) => {
		const line = lineOf(each);
		return line === undefined ? [] : [line];
	}).slice(0, 1);
}

function capabilityLines(grants: Grants): Line[] {
	return withPurposes(grants).map(([name, purpose]) => [`- ${name}`, purpose]);
}

/** What is to be known beside the keys. */
function remarks({ needed, optional, remarks: unseen }: AllGrants): string[] {
	return [...unseen, ...onMachine(needed), ...onMachine(optional).map((each) => `optional: ${each}`)].map((each) => `# ${printable(each)}`);
}

/** Keys of a service in a Compose file. */
export function composeFragment(grants: AllGrants): string {
	const all = [
		...remarks(grants),
		"cap_drop: [ALL]",
		...section(["cap_add:"], lines("  ", grants, capabilityLines)),
		...section(
			["devices:"],
			lines("  ", grants, ({ devices }) =>
				devices.filter(({ isRule }) => isRule !== true).map((device) => [`- ${yamlScalar(uninterpolated(deviceText(device)))}`]),
			),
		),
		...section(
			["device_cgroup_rules:"],
			lines("  ", grants, ({ devices }) => devices.filter(({ isRule }) => isRule).map((device) => [`- ${yamlQuoted(ruleText(device))}`])),
		),
		...section(
			["sysctls:"],
			lines("  ", grants, ({ sysctls }) =>
				Object.entries(sysctls).map(([key, value]) => [`${yamlScalar(key)}: ${yamlQuoted(uninterpolated(value))}`]),
			),
		),
		...oneLine("", grants, ({ hostname }) => (hostname === undefined ? undefined : [`hostname: ${yamlScalar(uninterpolated(hostname))}`])),
		...(grants.needed.isCgroupPrivate ? ["cgroup: private"] : []),
		...composeKeys(grants.needed.limits ?? []).map(uninterpolated),
		...section(
			["security_opt:"],
			lines("  ", grants, ({ unconfined }) => Object.entries(unconfined).map(([who, what]) => [`- ${who}=unconfined`, what])),
		),
	];
	return `${all.join("\n")}\n`;
}

/** Compose puts variables into what YAML has read. It refuses a dollar sign that begins no name. */
function uninterpolated(text: string): string {
	return besidesNames(text, (part) => part.replace(/\$(?=[\w{$])/g, "$$$$"));
}

/** What no device plugin gives, which knows single devices alone. */
function rulesOf({ devices }: Grants): string[] {
	return devices.filter(({ isRule }) => isRule).map(ruleText);
}

/** A privileged container has every device there is. */
function fromPlugins(grants: Grants): string[] {
	return rulesOf(grants).length > 0 ? [] : grants.devices.map(({ path }) => `${printable(path)} has to come from a device plugin.`);
}

/** A Pod, and the level of the Pod Security Standards that it passes. */
export function kubernetesPod(grants: AllGrants): string {
	const { capabilities, sysctls, unconfined } = grants.needed;
	const beyond = [
		...capabilities.filter((name) => !baseline.includes(name)),
		...Object.keys(sysctls).filter((key) => !safeSysctls.includes(key)),
		...Object.keys(unconfined).map((who) => `${who} unconfined`),
		...rulesOf(grants.needed),
	];
	const all = [
		beyond.length === 0
			? "# Pod Security: baseline (restricted does not let a container start as root)"
			: `# Pod Security: privileged, because of ${printable(beyond.join(", "))}`,
		...fromPlugins(grants.needed).map((each) => `# ${each}`),
		...fromPlugins(grants.optional).map((each) => `# optional: ${each}`),
		...remarks(grants),
		"apiVersion: v1",
		"kind: Pod",
		"metadata:",
		"  name: app",
		"spec:",
		...oneLine("  ", grants, ({ hostname }) => (hostname === undefined ? undefined : [`hostname: ${yamlScalar(hostname)}`])),
		...section(
			["  securityContext:", "    sysctls:"],
			lines("      ", grants, ({ sysctls: settings }) =>
				Object.entries(settings).map(([name, value]) => [`- {name: ${yamlScalar(name)}, value: ${yamlQuoted(value)}}`]),
			),
		),
		"  containers:",
		"    - name: app",
		"      image: IMAGE",
		"      securityContext:",
		"        runAsUser: 0",
		...(rulesOf(grants.needed).length > 0 ? privilegedSecurity(grants) : security(grants)),
	];
	return `${all.join("\n")}\n`;
}

/** What the runtime grants by itself, and ignores whatever else is written: containerd and CRI-O, for a privileged container. */
function privilegedSecurity(grants: AllGrants): string[] {
	return [
		...privilegedLine(grants),
		...[
			"privileged brings every capability and device, without seccomp, AppArmor and masked paths: other keys here are ignored.",
			"`confine: docker-default` gives the workload an ordinary container's.",
		].map((each) => `        # ${each}`),
	];
}

function privilegedLine(grants: AllGrants): string[] {
	return oneLine("        ", grants, (each) => {
		const rules = rulesOf(each);
		return rules.length === 0 ? undefined : ["privileged: true", `for ${rules.join(", ")}: a device plugin gives single devices`];
	});
}

function security(grants: AllGrants): string[] {
	const { capabilities, unconfined } = grants.needed;
	return [
		...privilegedLine(grants),
		// The two exclude each other for the API server, whatever no_new_privs would do.
		...(capabilities.includes("SYS_ADMIN") ? [] : ["        allowPrivilegeEscalation: false"]),
		...oneLine("        ", grants, ({ unconfined: { apparmor } }) =>
			apparmor === undefined ? undefined : ["appArmorProfile: {type: Unconfined}", apparmor],
		),
		...(unconfined.seccomp === undefined ? ["        seccompProfile: {type: RuntimeDefault}"] : []),
		...oneLine("        ", grants, ({ unconfined: { seccomp } }) =>
			seccomp === undefined ? undefined : ["seccompProfile: {type: Unconfined}", seccomp],
		),
		"        capabilities:",
		"          drop: [ALL]",
		...section(["          add:"], lines("            ", grants, capabilityLines)),
	];
}
