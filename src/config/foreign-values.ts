import { yamlScalar } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { directories } from "./foreign-words.ts";
import { childOf } from "./locate.ts";
import { lineOf } from "./shell-words.ts";
import { word } from "./written.ts";

/**
 * What of a file for another program is told with its values. The file may be a link to what its reader may not see, so that only what is harmless by
 * its form is: ids, names of users, absolute paths and numbers, each at a key that is for nothing else.
 */

export type Pair = readonly [key: string, value: string];

const user = String.raw`(?:[a-z_][a-z0-9_-]{0,31}|\d{1,10})`;
const path = String.raw`/[\w./-]{0,200}`;

const harmless: readonly (readonly [ours: string, theirs: RegExp, value: RegExp])[] = [
	["user", /^(?:user|runAsUser)$/i, new RegExp(`^${user}(?::${user})?$`)],
	["group", /^(?:group|runAsGroup)$/i, new RegExp(`^${user}$`)],
	["groups", /^(?:fsGroup|supplementalGroups)$/, /^\d{1,10}$/],
	["workdir", /^(?:working_?dir(?:ectory)?|workdir|directory)$/i, new RegExp(`^${path}$`)],
	["limits", /^Limit[A-Z]+$/, /^(?:\d{1,20}|infinity)$/],
	["mkdir", /^(?:Runtime|State|Cache|Logs)Directory$/, /^[\w-]{1,32}$/],
	["setup", /^(?:ExecStartPre)?$/, /^\s*[-+@!:]*(?:\/(?:usr\/)?bin\/)?(?:chown|chgrp|chmod|mkdir)\s/],
	["user", /^$/, new RegExp(String.raw`^\s*(?:exec\s+)?(?:gosu|su-exec|setuidgid)\s+(${user}(?::${user})?)(?:\s.*)?$`)],
];

/** Options, owners, modes, paths and names of variables. */
const harmlessWord = new RegExp(
	String.raw`^(?:-{1,2}[a-zA-Z]+|${user}(?::${user}?)?|:${user}|[ugoa]*[+=-][rwxX]+|"?(?:${path}|\$(?:[A-Z_]+|\{[A-Z_]+\})(?:${path})?)"?)$`,
);

/** More is no help. */
const stepsTold = 10;

/** As lines of ours. */
export function foreignKeys(pairs: readonly Pair[]): string[] {
	const found = pairs.flatMap(([key, value]) =>
		harmless.flatMap(([ours, theirs, form]) => {
			const [whole, part = whole] = (theirs.test(key) && form.exec(value)) || [];
			return part === undefined ? [] : [{ ours, key, value: part === whole ? value : part }];
		}),
	);
	const all = (...names: readonly string[]) => found.filter(({ ours }) => names.includes(ours));
	const who = all("user").at(-1)?.value ?? "";
	const group = all("group").at(-1)?.value;
	const spec = group === undefined || who.includes(":") ? who : `${who}:${group}`;
	const limits = all("limits").map(
		({ key, value }) => `${key.slice("Limit".length).toLowerCase()}: ${value.replace("infinity", "unlimited")}`,
	);
	const steps = all("setup", "mkdir").flatMap(({ ours, key, value }) =>
		ours === "mkdir" ? `mkdir: ${yamlScalar(`${directories[key]}/${value}`)}` : (stepOf(value) ?? []),
	);
	const groups = all("groups").map(({ value }) => value);
	const workdir = all("workdir").at(-1)?.value;
	return [
		/^(?:root|0)?(?::|$)/.test(spec) ? [] : `user: ${yamlScalar(spec)}`,
		groups.length === 0 ? [] : `groups: {add: [${groups.join(", ")}]}`,
		workdir === undefined ? [] : `workdir: ${word(workdir)}`,
		limits.length === 0 ? [] : `limits: {${limits.join(", ")}}`,
		steps.length === 0 ? [] : ["setup:", ...steps.slice(0, stepsTold).map((each) => `  - ${each}`)],
	].flat();
}

function stepOf(line: string): string | undefined {
	const [program = "", ...words] = line
		.replace(/^\s*[-+@!:]*/, "")
		.trim()
		.split(/\s+/);
	return words.every((each) => harmlessWord.test(each)) ? lineOf([program, ...words].join(" "))?.write : undefined;
}

export function pairsAt(node: YamlNode | undefined): Pair[] {
	return node?.kind === "mapping"
		? node.entries.flatMap(([{ text }, value]) =>
				(value.kind === "sequence" ? value.items : [value]).flatMap((each): Pair[] => (each.kind === "scalar" ? [[text, each.text]] : [])),
			)
		: [];
}

/** The security context of a Pod, or of what makes Pods, and that of its container where there is one alone. */
export function ofPod(root: YamlNode): readonly Pair[] {
	const below = (node: YamlNode, key: string) => childOf(node, key) ?? node;
	const pod = ["spec", "jobTemplate", "spec", "template", "spec"].reduce(below, root);
	const containers = childOf(pod, "containers");
	const only = containers?.kind === "sequence" && containers.items.length === 1 ? containers.items[0] : undefined;
	const found = [pod, only].flatMap((each) => pairsAt(childOf(each, "securityContext")));
	const dir = pairsAt(only).filter(([key]) => key === "workingDir");
	const uid = found.findLast(([key]) => key === "runAsUser");
	const isWhole = uid === undefined || found.some(([key]) => key === "runAsGroup");
	return [...found, ...(isWhole ? [] : [["runAsGroup", uid[1]] as const]), ...dir];
}
