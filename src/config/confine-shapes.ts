import { nearest } from "../report/suggest.ts";
import type { YamlNode } from "../sys/native.ts";
import { childOf } from "./locate.ts";
import { flow, word, wrapped } from "./written.ts";

/** What Docker, compose, Kubernetes and the OCI write where `confine`, `paths`, `devices`, `namespaces` and `cgroup` stand, or instead of them. */

const usual = /^(?:true|yes|on|all|kubernetes|k8s|docker|default|oci|runc|(?:runtime|docker)\/?-?default|restricted|strict)$/i;
const nothing = /^(?:false|no|off|disabled?|unconfined)$/i;

function textOf(node: YamlNode | undefined): string | undefined {
	return node?.kind === "scalar" ? node.text : undefined;
}

/** Places in a list are one. */
function withoutPlaces(path: string): string {
	return path.replace(/\.\d+(?=\.|$)/g, "[]");
}

/** What to write instead; whether it is good is found out by who asks. */
export function confineShape(path: string, value: YamlNode): string | undefined {
	const text = textOf(value);
	switch (withoutPlaces(path)) {
		case "confine":
			return childOf(value, "privileged") === undefined ? wordOf(path, text ?? "") : "confine: docker-default";
		case "paths":
		case "devices":
			return wordOf(path, text ?? "") ?? (path === "devices" ? wrapped("devices: ", devicesOf(value)) : undefined);
		case "devices[]":
			return text === undefined ? undefined : deviceOf(text);
		case "devices[].path":
			return text === undefined ? undefined : wrapped("path: ", pathOf(text));
		case "devices[].access":
			return wrapped("access: ", accessOf(text ?? ""));
		case "namespaces":
			return wrapped("namespaces: ", value.kind === "mapping" ? namesOf(value) : namespaceOf(text));
		case "namespaces[]":
			return namespaceOf(text);
		case "landlock.connect[]":
		case "landlock.bind[]":
			return /^[\w.-]*:(\d+)$/.exec(text ?? "")?.[1];
		case "cgroup.io":
			return value.kind === "mapping" ? `io: [${flow(value)}]` : undefined;
		case "cgroup.cpu":
			return wrapped("cpu: ", quotaOf(text ?? ""));
		default:
			return undefined;
	}
}

function wordOf(key: string, text: string): string | undefined {
	const meant = usual.test(text) ? "docker-default" : nothing.test(text) ? "none" : undefined;
	const slip = /[/.{]|^$/.test(text) ? undefined : nearest(text, ["docker-default", "none"]);
	return wrapped(`${key}: `, meant ?? slip);
}

/** One alone, where a list is meant. */
function devicesOf(value: YamlNode): string | undefined {
	const text = textOf(value);
	const device = text === undefined ? undefined : (deviceOf(text) ?? (text.startsWith("/dev/") ? word(text) : undefined));
	return device !== undefined
		? `[${device}]`
		: value.kind === "mapping" && childOf(value, "path") !== undefined
			? `[${flow(value)}]`
			: undefined;
}

/** `/dev/sda:/dev/xvda:rwm` */
function deviceOf(text: string): string | undefined {
	const path = pathOf(text);
	const access = accessOf(/:([rwm]+)$/.exec(text)?.[1] ?? "rw");
	return path === undefined || access === undefined ? undefined : `{path: ${path}, access: ${access}}`;
}

/** As the container has it. */
function pathOf(text: string): string | undefined {
	const [, host = "", here = host] = /^(\/dev\/.+?)(?::(\/dev\/.+?))?(?::[rwm]{1,3})?$/.exec(text) ?? [];
	return here === "" || here === text ? undefined : word(here);
}

/** Of Docker's letters `m` is for mknod(2), which no access here is. */
function accessOf(text: string): string | undefined {
	return /^[rwm]{1,3}$/i.test(text) ? ["r", "w"].filter((each) => text.toLowerCase().includes(each)).join("") || undefined : undefined;
}

const namespaceNames: Readonly<Record<string, string>> = {
	...{ network: "net", mnt: "mount", mounts: "mount", utsname: "uts", hostname: "uts", cgroups: "cgroup", sysvipc: "ipc" },
	...{ newnet: "net", newns: "mount", newuts: "uts", newipc: "ipc", newcgroup: "cgroup" },
};

function namespaceOf(text = ""): string | undefined {
	const name = text.toLowerCase().replace(/^clone_/, "");
	return Object.hasOwn(namespaceNames, name) ? namespaceNames[name] : nearest(name, ["mount", "ipc", "uts", "net", "cgroup"]);
}

/** One that is to be none, as of a host, is not asked for. */
function namesOf({ entries }: YamlNode & { kind: "mapping" }): string | undefined {
	const isRefused = entries.some(([, each]) => each.kind === "scalar" && /^(?:false|no|off|host|none)$/i.test(each.text));
	return isRefused ? undefined : `[${entries.map(([{ text }]) => namespaceOf(text) ?? word(text)).join(", ")}]`;
}

/** `50000 100000` of cpu.max: so much of each period. */
function quotaOf(text: string): string | undefined {
	const [, quota, period = "100000"] = /^(\d{4,9})(?: (\d{4,9}))?$/.exec(text) ?? [];
	return quota === undefined ? undefined : `${Math.round((Number(quota) * 1000) / Number(period)) / 1000}`;
}

/** Keys of others that are a key within one of ours. */
const inside: Readonly<Record<string, string>> = {
	...{ pids_limit: "cgroup.pids", pidsLimit: "cgroup.pids", mem_limit: "cgroup.memory", memory: "cgroup.memory", cpus: "cgroup.cpu" },
	...{ signals: "init.signals", PATH: "env.set.PATH", path: "env.set.PATH", TZ: "env.set.TZ", tz: "env.set.TZ", timezone: "env.set.TZ" },
	...{ LANG: "env.set.LANG", lang: "env.set.LANG", locale: "env.set.LANG" },
	...{ masked_paths: "paths.masked", maskedPaths: "paths.masked", mask: "paths.masked" },
	...{ readonly_paths: "paths.read_only", readonlyPaths: "paths.read_only", read_only_paths: "paths.read_only" },
};

export function isWithinConfine(key: string): boolean {
	return Object.hasOwn(inside, key);
}

/** What to write for a key of others at the top. */
export function confineKey(key: string, value: YamlNode): string | undefined {
	const names = Object.hasOwn(inside, key) ? (inside[key] as string).split(".") : [];
	const text = textOf(value) ?? "";
	if (names.length > 0) {
		return wrapped(`${names.join(": {")}: `, flow(value));
	}
	if (key === "privileged") {
		return nothing.test(text) ? "confine: docker-default" : undefined;
	}
	return /^(?:network(?:_mode)?|net)$/.test(key) && text === "none" ? "namespaces: [net]" : undefined;
}

/** What is to be known, where no value can be written for who asks. */
export function confineHints(path: string, value: YamlNode): readonly string[] {
	const text = textOf(value) ?? "";
	switch (withoutPlaces(path)) {
		case "namespaces":
		case "namespaces[]":
			return /^(?:clone_new)?pid$/i.test(text)
				? ["one of process ids is the runtime's, and every container has it that is started without --pid host"]
				: /^(?:clone_new)?user(?:ns)?$/i.test(text)
					? [
							"a user namespace would give every capability back inside it; that of the start is the runtime's: userns-remap, hostUsers: false",
						]
					: /^(?:clone_new)?time$/i.test(text)
						? ["the clocks stay those of the start"]
						: [];
		case "devices":
		case "devices[]":
		case "devices[].path":
			return /^\/dev\/.*[*?]/.test(text)
				? ["no pattern is looked up: each device is named, such as devices: [/dev/dri/card0, /dev/dri/renderD128]"]
				: text === "docker-default" && path !== "devices"
					? ["the list is what comes to those of docker-default, which are there without a word"]
					: [];
		default:
			return [];
	}
}
