import { yamlQuoted, yamlScalar } from "../report/yaml.ts";
import type { YamlMapping, YamlNode } from "../sys/native.ts";
import { allBut, keepAllBut } from "./all-but.ts";
import { type Elsewhere, elsewhere } from "./elsewhere.ts";
import { childOf } from "./locate.ts";
import { lineOf } from "./shell-words.ts";
import { synonymOf } from "./synonyms.ts";
import { assignments, flow, listOfWords, several, word, wordsOf, wrapped } from "./written.ts";

/** Keys of others at the top of the file that are one key of ours together, or one that stands elsewhere. */

export interface Advice {
	readonly text: string;
	/** The keys beside it that it stands for as well. */
	readonly instead?: readonly string[];
	/** It stands at the top, wherever it was written. */
	readonly atTop?: boolean;
	/** It may not be what was meant: only a person takes it over. */
	readonly isGuess?: boolean;
	/** What is to be known of it. */
	readonly note?: string;
}

/** `steps` are the names of ours, `known` the keys at the top. */
export function foreignWords(name: string, above: YamlNode, steps: readonly string[], known: readonly string[]): readonly Advice[] {
	if (above.kind !== "mapping") {
		return [];
	}
	const found = [
		ids(name, above),
		commandOf(name, above),
		allBut(name, above),
		securityContext(name, above),
		securityOpt(name, above),
		...stepsAtTop(name, above, steps, known),
		limit(name, above),
	];
	return found.filter((each) => each !== undefined);
}

function scalar(node: YamlNode | undefined): string | undefined {
	return node?.kind === "scalar" ? node.text : undefined;
}

const uidWords = ["runAsUser", "uid", "UID", "PUID", "puid", "User", "user", "run_as", "user_id", "username", "owner"];
const gidWords = ["runAsGroup", "gid", "GID", "PGID", "pgid", "Group", "group", "group_id"];

/** Whether it says who the workload is, or is a word of systemd's with a pattern. */
export function isForeignWord(key: string): boolean {
	return uidWords.includes(key) || gidWords.includes(key) || key === "fsGroup" || /^(?:Limit[A-Z]+|Exec[A-Z]\w+)$/.test(key);
}

/** What says once more who it is. */
export function besideUser(key: string, above: YamlNode): Elsewhere | undefined {
	return scalar(childOf(above, "user")) !== undefined && (uidWords.includes(key) || gidWords.includes(key))
		? { told: [`leave ${yamlScalar(key)} out: user says who it is, such as user: "1000:1000"`], isCertain: false }
		: undefined;
}

/** `user` has no group yet. */
function groupOfUser(name: string, above: YamlMapping): Advice | undefined {
	const user = scalar(childOf(above, "user")) ?? ":";
	const group = gidWords.find((each) => scalar(childOf(above, each)) !== undefined);
	const text = `user: ${yamlQuoted(`${user}:${scalar(childOf(above, name)) ?? ""}`)}`;
	return user.replace(/\$\{[^}]*\}/g, "").includes(":") || name !== group
		? undefined
		: { text, instead: ["user"], isGuess: true, note: "a group beside the user brings no memberships; groups: {from_user: true} does" };
}

function ids(name: string, above: YamlMapping): Advice | undefined {
	const written = (words: readonly string[]) => words.flatMap((each) => (scalar(childOf(above, each)) === undefined ? [] : [each]))[0];
	const [user, group] = [written(uidWords), written(gidWords)];
	if (name === "fsGroup") {
		return { text: `groups: {add: [${flow(childOf(above, name) as YamlNode)}]}` };
	}
	if (childOf(above, "user") !== undefined) {
		return groupOfUser(name, above);
	}
	if (![user, group].includes(name) || user === undefined) {
		return undefined;
	}
	const text = (key: string) => {
		const value = scalar(childOf(above, key)) ?? "";
		return /^P[UG]ID$/i.test(key) && /^\d+$/.test(value) ? `\${${key.toUpperCase()}:-${value}}` : value;
	};
	const both = group === undefined ? [text(user)] : [text(user), text(group)];
	const isName = both.length === 1 && /^[A-Za-z_]/.test(both[0] ?? "");
	return {
		text: `user: ${isName ? word(both[0] ?? "") : yamlQuoted(both.join(":"))}`,
		instead: group === undefined ? [user] : [user, group],
	};
}

/** What a container runs is one list here, of which the second half may be replaced there. */
export function commandOf(name: string, above: YamlMapping): Advice | undefined {
	const isFirst = /^(?:entrypoint|ENTRYPOINT)$/;
	const isSecond = /^(?:cmd|CMD|args|command)$/;
	const first = above.entries.find(([{ text }]) => isFirst.test(text)) ?? above.entries.find(([{ text }]) => /^c(?:omman|m)d$/.test(text));
	const second = above.entries.find((entry) => entry !== first && isSecond.test(entry[0].text));
	if (first === undefined || second === undefined || ![first[0].text, second[0].text].includes(name)) {
		return undefined;
	}
	const words = [first, second].map(([, value]) => listOfWords(value)?.slice(1, -1));
	return words.includes(undefined)
		? undefined
		: {
				text: `command: {default: [${words.join(", ")}]}`,
				instead: [first[0].text, second[0].text],
				// Either may be all of it.
				...(first[0].text === "command" && /^cmd$/i.test(second[0].text) ? { isGuess: true } : {}),
			};
}

/** What Kubernetes says of a container and of its Pod. */
function securityContext(name: string, above: YamlMapping): Advice | undefined {
	const context = childOf(above, name);
	if (context?.kind !== "mapping" || !/^(?:securityContext|podSecurityContext|containerSecurityContext)$/.test(name)) {
		return undefined;
	}
	const at = (...keys: readonly string[]) => keys.reduce<YamlNode | undefined>(childOf, context);
	const user = scalar(at("runAsUser"));
	const group = scalar(at("runAsGroup"));
	const groups = [at("fsGroup"), at("supplementalGroups")].flatMap((each) =>
		each?.kind === "sequence" ? each.items : each === undefined ? [] : [each],
	);
	const kept = at("capabilities", "add");
	const seccomp = scalar(at("seccompProfile", "type"));
	const texts = [
		user === undefined ? "" : `user: ${yamlQuoted([user, group ?? user].join(":"))}`,
		groups.length === 0 ? "" : `groups: {add: [${groups.map(flow).join(", ")}]}`,
		kept === undefined ? "" : `capabilities: ${keepAllBut(kept, at("capabilities", "drop")) ?? `{keep: ${several(kept)}}`}`,
		scalar(at("allowPrivilegeEscalation")) === "true" ? "no_new_privileges: false" : "",
		seccomp === "RuntimeDefault" ? "seccomp: docker-default" : "",
	].filter((each) => each !== "");
	// Of whom nobody says the group, and what the steps need as well, is for a person to know.
	const left = context.entries.flatMap(([{ text }, value]) =>
		taken.test(text) ? [] : [elsewhere("", text, value) ?? { told: [`${text} has no key here`], isCertain: false }],
	);
	const isSure = kept === undefined && (user === undefined || group !== undefined) && left.every(({ isCertain }) => isCertain);
	const note = left.flatMap(({ told }) => told).join("\n");
	return texts.length === 0
		? undefined
		: { text: texts.join(", and "), ...(note === "" ? {} : { note }), ...(isSure ? {} : { isGuess: true }) };
}

const taken = /^(?:runAsUser|runAsGroup|fsGroup|supplementalGroups|capabilities|allowPrivilegeEscalation|seccompProfile|runAsNonRoot)$/;

/** `no-new-privileges:true`, `seccomp=unconfined`, `apparmor=x`, `label=type:app_t` */
function securityOpt(name: string, above: YamlMapping): Advice | undefined {
	const value = childOf(above, name);
	if (!/^(?:security_opt|securityOpt|security-opt)$/.test(name) || value === undefined) {
		return undefined;
	}
	const texts = wordsOf(value).flatMap((text) => {
		const [, option = "", of = ""] = /^([a-z-]+)(?:[=:](.*))?$/.exec(text) ?? [];
		switch (option) {
			case "no-new-privileges":
				return [`no_new_privileges: ${of === "false" ? "false" : "true"}`];
			case "apparmor":
			case "seccomp":
				return [`${option}: ${of === "unconfined" ? "none" : word(of)}`];
			case "label":
				return of.startsWith("type:") ? [`selinux: ${word(of.slice(5))}`] : [];
			default:
				return [];
		}
	});
	return texts.length === 0 ? undefined : { text: texts.join(", and ") };
}

/** What systemd makes for a unit, and where. systemd.exec(5) */
export const directories: Readonly<Record<string, string>> = {
	...{
		RuntimeDirectory: "/run",
		StateDirectory: "/var/lib",
		CacheDirectory: "/var/cache",
		LogsDirectory: "/var/log",
		ConfigurationDirectory: "/etc",
	},
};

/** All of them, as the list that they are. */
function stepsAtTop(name: string, above: YamlMapping, steps: readonly string[], known: readonly string[]): Advice[] {
	const writtenAs = (text: string, value: YamlNode) => (known.includes(text) ? undefined : stepAtTop(text, value, steps));
	const node = childOf(above, name);
	if (node === undefined || writtenAs(name, node) === undefined) {
		return [];
	}
	const texts = above.entries.flatMap(([{ text }, value]) => {
		const written = writtenAs(text, value);
		return written === undefined ? [] : [[text, written] as const];
	});
	const own = texts.find(([key]) => key === name);
	const guess = (lines: readonly string[]) => (lines.some((each) => each.startsWith("run:")) ? { isGuess: true } : {});
	const alone = own === undefined ? [] : [{ text: `setup: [{${own[1]}}]`, ...guess([own[1]]) }];
	const lines = [...new Set(texts.map(([, each]) => each))];
	return own === undefined || childOf(above, "setup") !== undefined
		? alone
		: [{ text: `setup: [${lines.map((each) => `{${each}}`).join(", ")}]`, instead: texts.map(([key]) => key), ...guess(lines) }, ...alone];
}

/** A step, by its own name or another one. */
export function stepAtTop(key: string, value: YamlNode, steps: readonly string[]): string | undefined {
	if (Object.hasOwn(directories, key)) {
		const names = wordsOf(value).map((each) => word(`${directories[key]}/${each}`));
		return names.length === 0 ? undefined : `mkdir: ${names.length === 1 ? names[0] : `[${names.join(", ")}]`}`;
	}
	if (/^(?:ExecStartPre|runcmd|bootcmd)$/.test(key)) {
		const lines = (value.kind === "sequence" ? value.items : [value]).map(
			(each) => lineOf((scalar(each) ?? wordsOf(each).join(" ")).replace(/^[-+@!:]+/, ""))?.write,
		);
		// Each is an item of the list that it becomes.
		return lines.includes(undefined) ? undefined : lines.join("}, {");
	}
	if (key === "write_files") {
		const files = value.kind === "sequence" ? value.items.map(fileOf) : [undefined];
		return files.length === 0 || files.includes(undefined) ? undefined : files.join("}, {");
	}
	const isOurs = steps.includes(key);
	const step = isOurs ? key : synonymOf("", key) === undefined ? synonymOf("entry", key) : undefined;
	return step === undefined || !steps.includes(step) ? undefined : (stepOfValue(key, step, value) ?? `${step}: ${flow(value)}`);
}

/** What cloud-init writes is root's unless it says whose it is. */
function fileOf(item: YamlNode): string | undefined {
	const [path, content] = [childOf(item, "path"), childOf(item, "content")];
	const entries = item.kind === "mapping" ? item.entries : [];
	const [owner = "", group = "0"] = (scalar(childOf(item, "owner")) ?? "0").split(":");
	const mode = childOf(item, "permissions");
	const fields = [...(mode === undefined ? [] : [`mode: ${flow(mode)}`]), `owner: ${word(owner)}`, `group: ${word(group)}`];
	return path && entries.every(([{ text }]) => /^(?:path|content|owner|permissions)$/.test(text))
		? `file: {path: ${flow(path)}, content: ${content === undefined ? '""' : /\$/.test(scalar(content) ?? "$") ? "..." : flow(content)}, ${fields.join(", ")}}`
		: undefined;
}

const shellNames: Readonly<Record<string, string>> = {
	own: "chown -R",
	copy: "cp -r",
	remove: "rm",
	...{ link: "ln -s", ln: "ln -s", symlink: "ln -s" },
};

/** `app:app /data` at `chown` or `own`. */
export function stepOfValue(key: string, step: string, value: YamlNode): string | undefined {
	if (/^sysctl/.test(step) && value.kind !== "mapping") {
		return wrapped("sysctl: ", assignments(value, "="));
	}
	const [, path] = (value.kind === "scalar" && /^path:? ?[ =](\S+)$/.exec(value.text)) || [];
	if (path !== undefined) {
		return `${step}: ${word(path)}`;
	}
	const words = wordsOf(value);
	const isWords = words.length > 1 || words[0]?.startsWith("-");
	const name = Object.hasOwn(shellNames, key) ? shellNames[key] : key;
	const line = isWords && value.kind === "scalar" && step !== "run" ? lineOf(`${name} ${value.text}`)?.write : undefined;
	return line?.startsWith(`${step}:`) ? line : undefined;
}

/** `LimitNOFILE` */
function limit(name: string, above: YamlMapping): Advice | undefined {
	const [, of = ""] = /^Limit([A-Z]+)$/.exec(name) ?? [];
	const text = scalar(childOf(above, name))?.replace(/^infinity$/, "unlimited");
	return of === "" || text === undefined
		? undefined
		: { text: `limits: {${of.toLowerCase()}: ${/:/.test(text) ? yamlQuoted(text) : word(text)}}` };
}
