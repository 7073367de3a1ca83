import { type CapabilityGuide, capabilityGuide, type Danger, dockerDefaults } from "../../../capability/guide.ts";
import { type Capability, type CapabilityName, capabilityName } from "../../../capability/names.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import type { Config } from "../../../config/config.ts";
import { isCallName } from "../../../confine/seccomp/calls.ts";
import { baseName } from "../../../files/path-text.ts";
import { closedByFilter } from "../../guides/closed-by-filter.ts";
import { judgeBy } from "../../seccomp/judge.ts";
import { isAlways, isPossible } from "../../seccomp/words.ts";
import { type Found, type Rule, type Subject, wordsOfCommand } from "./rule.ts";

const grave: readonly Danger[] = ["root", "host"];

function guideOf(name: string): Pick<CapabilityGuide, "danger" | "abuse" | "instead" | "byCalls"> {
	return capabilityGuide[name as CapabilityName] ?? { danger: "high", abuse: "unknown to this version", instead: "nothing known" };
}

/** The capabilities that are kept by name, and the keys that name them. */
function keptByName({ capabilities }: Config): [key: string, index: number, name: string][] {
	const named = (key: string, list: readonly Capability[]) =>
		list.map((each, index): [string, number, string] => [key, index, capabilityName(each)]);
	switch (capabilities.form) {
		case "keep":
			return [...named("keep", capabilities.keep), ...named("keep_if_present", capabilities.keepIfPresent)];
		case "drop":
			return [];
		case "sets":
			return capabilities.sets.permitted.list().map((each) => ["sets", 0, capabilityName(each)]);
	}
}

function place(key: string, index: number): Found["at"] {
	return key === "sets" ? ["capabilities", "sets"] : ["capabilities", key, index];
}

export const denyList: Rule = {
	severity: "warning",
	summary: "keep: ALL with drop keeps whatever a runtime or a newer kernel adds; a list of what is kept does not.",
	find: ({ config: { capabilities } }) => {
		if (capabilities.form !== "drop") {
			return [];
		}
		const dropped = CapabilitySet.from(capabilities.drop);
		const left = dockerDefaults.filter((name) => !dropped.names().includes(name));
		const worst = left.filter((name) => grave.includes(guideOf(name).danger));
		return [
			{
				at: ["capabilities", "keep"],
				message: `a deny list: of Docker's defaults alone the workload keeps ${left.join(", ")}${worst.length === 0 ? "" : `, of which ${worst.join(", ")} lead to root`}`,
				remedy: ["write capabilities: {keep: [NET_BIND_SERVICE]}, with what the workload uses; most need none"],
			},
		];
	},
};

export const dangerous: Rule = {
	severity: "warning",
	summary: "A capability is kept that is a known way to root or out of the container.",
	find: ({ config, seccomp }) =>
		keptByName(config)
			.filter(([, , name]) => grave.includes(guideOf(name).danger) && !isClosed(name, seccomp))
			.map(([key, index, name]) => ({
				at: place(key, index),
				message: `${name} leads to ${guideOf(name).danger === "host" ? "the host" : "root"}: ${guideOf(name).abuse}`,
				remedy: [`instead: ${guideOf(name).instead}`, ...closing(name, seccomp)],
			})),
};

/** Whether the filter refuses every call that the abuse takes. */
function isClosed(name: string, seccomp: Subject["seccomp"]): boolean {
	const { byCalls } = guideOf(name);
	return seccomp !== undefined && byCalls !== undefined && !byCalls.some((call) => isPossible(seccomp.judge(call)));
}

/** Where a filter is configured, what of it the capability has opened. */
function closing(name: string, seccomp: Subject["seccomp"]): string[] {
	if (seccomp === undefined) {
		const closes = closedByFilter(name as CapabilityName);
		return closes === undefined ? [] : [`or closed by a filter: ${closes}`];
	}
	const { profile, setting, reader, judge } = seccomp;
	const before = judgeBy(profile, setting, { ...reader, kept: reader.kept.minus(CapabilitySet.of(name as CapabilityName)) });
	const ofCapability = profile.rules.filter(({ includes }) => includes.capabilities.includes(name as CapabilityName));
	const opened = [...new Set(ofCapability.flatMap(({ names }) => names))].filter(
		(call) => isCallName(call) && isAlways(judge(call)) && !isAlways(before(call)),
	);
	return opened.length === 0
		? []
		: [`what the filter opens for it: ${opened.join(", ")}; seccomp.deny closes those that the workload does without`];
}

export const inheritableLeftover: Rule = {
	severity: "warning",
	summary: "Inheritable capabilities that are not ambient give nothing to ordinary programs, and something to files with capabilities.",
	find: ({ config: { capabilities } }) => {
		if (capabilities.form !== "sets") {
			return [];
		}
		const { inheritable, ambient } = capabilities.sets;
		const left = inheritable.minus(ambient);
		return left.isEmpty
			? []
			: [
					{
						at: ["capabilities", "sets", "inheritable"],
						message: `${left} ${left.list().length === 1 ? "is" : "are"} inheritable and not ambient: a program file with file capabilities can take ${left.list().length === 1 ? "it" : "them"} up, no other program can`,
						remedy: ["raise them in ambient as well, or leave them out of inheritable"],
					},
				];
	},
};

/** Programs that are known to use a capability themselves, under names that images use. */
const uses: Readonly<Record<string, readonly CapabilityName[]>> = {
	nginx: ["NET_BIND_SERVICE"],
	httpd: ["NET_BIND_SERVICE"],
	apache2: ["NET_BIND_SERVICE"],
	caddy: ["NET_BIND_SERVICE"],
	haproxy: ["NET_BIND_SERVICE"],
	traefik: ["NET_BIND_SERVICE"],
	"redis-server": ["SYS_RESOURCE"],
	postgres: [],
	mysqld: ["SYS_NICE"],
	mariadbd: ["SYS_NICE"],
	mongod: [],
	memcached: [],
	mosquitto: ["NET_BIND_SERVICE"],
	"rabbitmq-server": [],
	vault: ["IPC_LOCK"],
	telegraf: ["NET_RAW", "NET_BIND_SERVICE"],
	ping: ["NET_RAW"],
	openvpn: ["NET_ADMIN"],
	chronyd: ["SYS_TIME"],
	dnsmasq: ["NET_ADMIN", "NET_BIND_SERVICE", "NET_RAW"],
	named: ["NET_BIND_SERVICE"],
	unbound: ["NET_BIND_SERVICE"],
};

export const unneeded: Rule = {
	severity: "note",
	summary: "A capability is kept that the command is not known to use.",
	find: (subject) => {
		const { config } = subject;
		const command = baseName(wordsOfCommand(subject)[0] ?? "");
		const known = uses[command];
		return known === undefined
			? []
			: keptByName(config)
					.filter(([, , name]) => !known.includes(name as CapabilityName))
					.map(([key, index, name]) => ({
						at: place(key, index),
						message: `${command} is not known to use ${name}`,
						remedy: [`try without; what only the setup needs is not kept by listing it here: explain ${name}`],
					}));
	},
};
