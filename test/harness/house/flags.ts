import { statSync } from "node:fs";

/** What a house understands of the flags of `docker run`. */
export interface Flags {
	readonly add: string[];
	readonly drop: string[];
	readonly groups: string[];
	readonly tmpfs: { readonly target: string; readonly options: readonly string[] }[];
	readonly devices: { readonly path: string; readonly type: "b" | "c"; readonly mode: number; readonly number: number }[];
	readonly sysctls: (readonly [key: string, value: string])[];
	readonly limits: (readonly [name: string, soft: string, hard: string])[];
	hostname: string | undefined;
	workdir: string;
	noNewPrivileges: boolean;
	readOnly: boolean;
	/** False when all of /proc and /sys is to be seen and /proc/sys is to be written. */
	masked: boolean;
}

/** A house has no such thing, and must not run a test without it. */
function refuse(what: string): never {
	throw new Error(`a house does not do ${what}: this test needs runContainer`);
}

const takers: Readonly<Record<string, (flags: Flags, value: string) => void>> = {
	"cap-add": ({ add }, value) => add.push(value),
	"cap-drop": ({ drop }, value) => drop.push(value),
	"group-add": ({ groups }, value) => groups.push(value),
	device: ({ devices }, value) => devices.push(device(value)),
	hostname: (flags, value) => {
		flags.hostname = value;
	},
	workdir: (flags, value) => {
		flags.workdir = value;
	},
	"security-opt": securityOption,
	sysctl: ({ sysctls }, value) => sysctls.push(pair(value)),
	tmpfs: ({ tmpfs }, value) => {
		const [target = "", options = ""] = value.split(":");
		tmpfs.push({ target, options: options.split(",").filter(Boolean) });
	},
	ulimit: ({ limits }, value) => {
		const [name, both] = pair(value);
		const [soft = "", hard = soft] = both.split(":");
		limits.push([name, soft, hard]);
	},
};

/** Reads flags; one that a house does not do is an error. */
export function readFlags(words: readonly string[]): Flags {
	const flags: Flags = {
		...{ add: [], drop: [], groups: [], tmpfs: [], devices: [], sysctls: [], limits: [] },
		...{ hostname: undefined, workdir: "/", noNewPrivileges: false, readOnly: false, masked: true },
	};
	for (let at = 0; at < words.length; at++) {
		const [, name = "", , joined] = /^--([a-z-]+)(=(.*))?$/s.exec(words[at] ?? "") ?? refuse(JSON.stringify(words[at]));
		if (name === "read-only" && joined === undefined) {
			flags.readOnly = true;
			continue;
		}
		const take = takers[name] ?? refuse(`--${name}`);
		take(flags, joined ?? words[++at] ?? refuse(`--${name} without a value`));
	}
	return flags;
}

function securityOption(flags: Flags, value: string): void {
	switch (value) {
		case "no-new-privileges":
			flags.noNewPrivileges = true;
			break;
		case "systempaths=unconfined":
			flags.masked = false;
			break;
		// Neither is there in a house.
		case "seccomp=unconfined":
		case "apparmor=unconfined":
			break;
		default:
			refuse(`--security-opt=${value}`);
	}
}

/** Everybody may open every device of a house, so there is none with fewer permissions. */
function device(value: string): Flags["devices"][number] {
	const [source = "", path = source, permissions = "rwm"] = value.split(":");
	if (permissions !== "rwm") {
		refuse(`--device=${value}: it has no device cgroup`);
	}
	const { mode, rdev } = statSync(source);
	const isBlock = (mode & 0o170000) === 0o060000;
	return { path, type: isBlock ? "b" : "c", mode: mode & 0o7777, number: rdev };
}

function pair(value: string): readonly [string, string] {
	const [, name = "", rest = ""] = /^([^=]+)=(.*)$/s.exec(value) ?? refuse(JSON.stringify(value));
	return [name, rest];
}
