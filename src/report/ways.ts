import type { Problem } from "./problem.ts";

/**
 * A remedy may be said in the words of several tools: `[LEAD: ]docker run FLAGS ... | compose: KEYS | kubernetes: KEYS | systemd: KEYS | WORDS`. It is told in those of
 * the tool that is there, or in each on a line of its own. What comes from a user stands in it quoted, and no bar in quotes is one of these.
 */

/** Who has started this process, as far as it makes a difference to what a person writes. */
export type Runtime = "docker" | "podman" | "nerdctl" | "kubernetes" | "systemd";

/** Docker's two are not to be told apart from within. */
const spoken: Readonly<Record<Runtime, readonly string[]>> = {
	docker: ["docker run ", "compose: "],
	podman: ["docker run "],
	nerdctl: ["docker run "],
	kubernetes: ["kubernetes: "],
	systemd: ["systemd: "],
};

const tools = ["docker run ", "compose: ", "kubernetes: ", "systemd: "];

/** Of shells, YAML and our own; a quote within a word is an apostrophe. */
const inQuotes = /\\.|\$'(?:[^'\\]|\\.)*'|(?<!\w)'[^']*'|"(?:[^"\\]|\\.)*"/g;

interface Ways {
	/** With its colon, or empty. */
	readonly lead: string;
	readonly parts: readonly string[];
}

/** A limit, which is written `docker run --ulimit NAME=VALUE` alone, has one form for each; a Pod has no field for any. */
function withOthers(remedy: string): string {
	const [flag, name = "", value = ""] = /^docker run --ulimit (\w+)=(\S+)$/.exec(remedy) ?? [];
	const key = `Limit${name.toUpperCase()}`;
	const end = value === "-1" ? "infinity" : value;
	return flag === undefined
		? remedy
		: `docker run --ulimit ${name}=${value} ... | compose: ulimits: {${name}: ${value}} | kubernetes: a Pod has no field for it, the runtime of its node has: ${key} of containerd.service, default_ulimits of CRI-O | systemd: ${key}=${end}`;
}

function waysIn(remedy: string): Ways {
	const bare = remedy.replace(inQuotes, (text) => "_".repeat(text.length));
	const lead = /^.*?: (?=docker run )/.exec(bare)?.[0] ?? "";
	const parts: string[] = [];
	let from = lead.length;
	// Any other is a pipe of a shell.
	for (const { length } of bare.slice(from).split(/ \| (?=or |docker run |compose: |kubernetes: |systemd: )/)) {
		parts.push(remedy.slice(from, from + length));
		from += length + " | ".length;
	}
	return { lead: remedy.slice(0, lead.length), parts };
}

/** The lines of a remedy, for whom is there. */
export function linesOf(told: string, runtime?: Runtime): string[] {
	const remedy = withOthers(told);
	const { lead, parts } = waysIn(remedy);
	const toolOf = (part: string) => tools.find((tool) => part.startsWith(tool));
	const its = (part: string) => runtime !== undefined && spoken[runtime].some((tool) => part.startsWith(tool));
	const isKnown = parts.some(its);
	const ways = parts.filter((part) => (isKnown ? its(part) : toolOf(part) !== undefined && !part.startsWith("systemd: ")));
	const others = parts.filter((part) => toolOf(part) === undefined);
	const named = ways.map((part) => (runtime === "podman" || runtime === "nerdctl" ? part.replace(/^docker/, runtime) : part));
	return lead !== "" && named.length > 1
		? [lead.trimEnd(), ...named.map((part) => `  ${part}`), ...others]
		: [...named.map((part) => `${lead}${part}`), ...others];
}

/** Without the way of a tool that is not open to who is told, and then without those of others. */
export function openWays(remedy: string, tool: string, isOpen: (way: string) => boolean): readonly string[] {
	const { parts } = waysIn(remedy);
	const isClosed = parts.some((part) => part.startsWith(tool) && !isOpen(part));
	return isClosed ? parts.filter((part) => !tools.some((each) => part.startsWith(each))) : [remedy];
}

/** All that several errors take of the one who starts it goes into one line of flags, with the last of these. */
export function joined<T extends Problem>(diagnostics: readonly T[]): readonly T[] {
	const flagged = diagnostics.map(({ remedy = [] }) => remedy.map(withOthers).filter(areFlags));
	const last = flagged.findLastIndex((lines) => lines.length > 0);
	const all = [...new Set(flagged.flat())];
	if (flagged.filter((lines) => lines.length > 0).length < 2) {
		return diagnostics;
	}
	return diagnostics.map((each, index) => {
		const others = (each.remedy ?? []).filter((line) => !areFlags(withOthers(line)));
		return { ...each, remedy: index === last ? [together(all), ...others] : others };
	});
}

/** Nothing but what is added to a command line. */
function areFlags(remedy: string): boolean {
	return /^docker run [^|]* \.\.\.(?: \||$)/.test(remedy.replace(inQuotes, "_"));
}

function together(remedies: readonly string[]): string {
	const parts = remedies.flatMap((remedy) => waysIn(remedy).parts);
	const of = (tool: string) => [...new Set(parts.filter((part) => part.startsWith(tool)).map((part) => part.slice(tool.length)))];
	const flags = [...new Set(of("docker run ").flatMap((part) => part.slice(0, -" ...".length).split(/ (?=--)/)))];
	const of2 = ["compose: ", "kubernetes: ", "systemd: "].flatMap((tool) => {
		const keys = of(tool);
		return keys.length === 0 ? [] : [`${tool}${merged(keys).join(tool === "compose: " ? ", " : "; ")}`];
	});
	return [`docker run ${flags.join(" ")} ...`, ...of2].join(" | ");
}

/** Lists of one key are one list, and mappings one mapping, in which nothing stands twice. */
function merged(keys: readonly string[]): string[] {
	const lists = new Map<string, ReadonlySet<string>>();
	for (const each of keys) {
		const [, key = each, items = ""] = /^([\w.]+: [[{])(.*)[\]}]$/.exec(each) ?? [];
		lists.set(key, new Set([...(lists.get(key) ?? []), ...itemsOf(items)]));
	}
	return [...lists].map(([key, items]) => (items.size === 0 ? key : `${key}${[...items].join(", ")}${key.endsWith("{") ? "}" : "]"}`));
}

/** Of a list in brackets; a comma in quotes, or in brackets of its own, parts nothing. */
function itemsOf(list: string): string[] {
	return list.match(/(?:\{[^}]*\}|"(?:[^"\\]|\\.)*"|[^,])+/g)?.map((each) => each.trim()) ?? [];
}

/** What helps with several is told with the last. */
export function onceEach<T extends Problem>(diagnostics: readonly T[]): readonly T[] {
	return diagnostics.map((each, index) => {
		const later = diagnostics.slice(index + 1).flatMap(({ remedy = [] }) => remedy);
		return each.remedy === undefined ? each : { ...each, remedy: each.remedy.filter((line) => !later.includes(line)) };
	});
}
