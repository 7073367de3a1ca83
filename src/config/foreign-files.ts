import { yamlScalar } from "../report/yaml.ts";
import type { YamlFault, YamlNode } from "../sys/native.ts";
import { foreignKeys, ofPod, type Pair, pairsAt } from "./foreign-values.ts";
import { childOf } from "./locate.ts";
import { runsOf } from "./shell-runs.ts";

/** A file that somebody wrote for another program, by how it looks, and what of it goes where. */
export interface Foreign {
	readonly message: string;
	readonly remedy: readonly string[];
}

interface Looks {
	/** Each is there. */
	readonly has?: readonly RegExp[];
	/** Each line is such a one. */
	readonly lines?: RegExp;
	readonly what: string;
	readonly remedy: string;
	/** A line with a key and a value, where such may be told. */
	readonly pair?: RegExp;
}

const assigned = /^[ \t]*(\w+)[ \t]*=[ \t]*(.*)$/;

const script = "a shell script";
const supervisord = "a configuration of supervisord";

/** No pattern goes on over lines and is tried at each of them: a long text takes as long as it is. */
const byText: readonly Looks[] = [
	{
		has: [/^#!(?!.*abdicate)|^[ \t]*(?:set -\w*[eux]|exec +"?\$@)/m],
		what: script,
		remedy:
			"what it does are steps, such as setup: [{own: {path: /data, owner: app}}], and what it ends with is user: app and command: {default: [PROGRAM]}",
		pair: /^()(.*)$/,
	},
	{
		has: [/^(?:FROM|from|ARG|arg|USER|WORKDIR|ENTRYPOINT)[ \t]+\S/m, /^(?:RUN|COPY|ADD|CMD|ENTRYPOINT|USER|WORKDIR|ENV)\s/im],
		what: "a Dockerfile",
		remedy:
			'it stays as it is, with COPY --from=abdicate /abdicate /, COPY entrypoint.yaml /etc/ and ENTRYPOINT ["/abdicate", "--"] in it; USER goes into this file: user: app',
		pair: /^[ \t]*(FROM|USER|WORKDIR)[ \t]+(.*)$/i,
	},
	{
		has: [/^\[(?:Unit|Service|Install|Socket)\][ \t\r]*$/m],
		what: "a unit of systemd",
		remedy: "ExecStart= is command: {default: [PROGRAM]}, AmbientCapabilities= capabilities: {keep: [NAME]}, ExecStartPre= a step of setup",
		pair: assigned,
	},
	{
		has: [/^\[(?:program:[^\]\n]+|supervisord|unix_http_server)\][ \t\r]*$/m],
		what: supervisord,
		remedy: "one program is the command here: user: app, command: {default: [PROGRAM]}; restarts are the runtime's",
		pair: assigned,
	},
	{
		has: [/^\[[\w.-]+\][ \t\r]*$/m, /^[\w.-]+[ \t]*=[ \t]*\S/m],
		what: "TOML",
		remedy: "YAML has user: app for user =, and for [limits] limits: {nofile: 65536}",
	},
	{
		lines: /^(?:(?:export )?[A-Za-z_]\w*=|#|\s*$)/,
		what: "a file of variables",
		remedy: "docker run --env-file gives them to the container; here they stand as env: {set: {NAME: value}}",
	},
	{
		has: [/^\s*[[{]/, /"(?:HostConfig|ContainerConfig|GraphDriver|ociVersion)"\s*:/],
		what: "what docker inspect or an OCI runtime writes",
		remedy: "of an image docker inspect IMAGE | abdicate init - makes the file",
	},
];

/** `parsed` is what YAML makes of it. */
export function foreignFile(text: string, parsed: YamlNode | YamlFault): Foreign | undefined {
	const plain = text.replace(/^\ufeff/, "");
	const isText = parsed.kind !== "mapping" || /^\s*\{/.test(plain);
	const looks = isText ? byText.find((each) => looksLike(each, plain)) : undefined;
	if (looks === undefined) {
		return parsed.kind === "fault" ? undefined : foreignTree(parsed);
	}
	const { what, remedy, pair } = looks;
	const lines = plain.split("\n");
	const runs = what === script ? runsOf(lines) : what === supervisord ? ofProgram(lines) : [];
	// Whom a function changes to is the user, whoever calls it.
	const isRun = (line: string, index: number) =>
		index >= runs.length || runs[index] || (runs[index] === false && /gosu|su-exec|setuidgid/.test(line));
	const found = pair === undefined ? [] : lines.filter(isRun).map((line) => pair.exec(line));
	const pairs = found.flatMap((each): Pair[] => (each === null ? [] : [[each[1] ?? "", (each[2] ?? "").trim()]]));
	const image = parsed.kind === "sequence" ? childOf(parsed.items[0], "Config") : undefined;
	return told(what, remedy, [...inForce(pairs), ...pairsAt(image)]);
}

/** The lines of its one program. */
function ofProgram(lines: readonly string[]): readonly boolean[] {
	const names = lines.map((line) => /^\[(.*)\]/.exec(line)?.[1]);
	const isOne = names.filter((name) => name?.startsWith("program:")).length === 1;
	return lines.map((_, index) => isOne && names.findLast((name, at) => at <= index && name !== undefined)?.startsWith("program:") === true);
}

/** What the last stage of a Dockerfile has, of the one that it is made from as well; and of a unit what stands behind an empty line, which takes back the others. */
function inForce(pairs: readonly Pair[]): readonly Pair[] {
	const stages = new Map<string, Map<string, string>>();
	let stage: Map<string, string> | undefined;
	for (const [key, value] of pairs) {
		if (/^from$/i.test(key)) {
			const [, base = "", name = ""] = /^(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?/.exec(value.toLowerCase()) ?? [];
			stage = new Map(stages.get(base));
			stages.set(name, stage);
		}
		stage?.set(key.toUpperCase(), value);
	}
	const reset = pairs.findLastIndex(([key, value]) => key === "ExecStartPre" && value === "");
	return stage === undefined ? pairs.filter(([key], index) => index > reset || key !== "ExecStartPre") : [...stage];
}

function looksLike({ has = [], lines }: Looks, text: string): boolean {
	return (
		has.every((each) => each.test(text)) && (lines === undefined || (/\S/.test(text) && text.split("\n").every((each) => lines.test(each))))
	);
}

function told(what: string, remedy: string, pairs: readonly Pair[] = []): Foreign {
	const written = foreignKeys(pairs);
	return {
		message: `this is ${what}, and no configuration of abdicate`,
		remedy: written.length === 0 ? [remedy] : ["write", ...written.map((line) => `  ${line}`), remedy],
	};
}

/** Which of its texts is a configuration of ours. */
function ofConfigMap(root: YamlNode): string | undefined {
	const kind = childOf(root, "kind");
	const data = childOf(root, "data");
	const entries = kind?.kind === "scalar" && kind.text === "ConfigMap" && data?.kind === "mapping" ? data.entries : [];
	const [name] =
		entries.find(([, value]) => value.kind === "scalar" && /^(?:user|setup|command|capabilities|env):/m.test(value.text)) ?? [];
	return name && (/^[\w.-]{1,64}\.ya?ml$/.test(name.text) ? name.text : "NAME");
}

const ofManifest = /^(?:apiVersion|kind|metadata|spec|status|containers|initContainers|volumes|securityContext)$/;
const ofTasks = /^(?:hosts|tasks|roles|become|gather_facts|apt|yum|dnf|package|service|systemd|lineinfile|ansible\.\w[\w.]*)$/;

function foreignTree(root: YamlNode): Foreign | undefined {
	if (root.kind === "sequence") {
		const isPlaybook = root.items.some((each) => each.kind === "mapping" && each.entries.some(([{ text }]) => ofTasks.test(text)));
		return isPlaybook
			? told(
					"a playbook of Ansible",
					"its tasks are steps: setup: [{mkdir: {path: /data, owner: app}}, {run: [PROGRAM]}]; what it installs belongs into the image",
				)
			: undefined;
	}
	const services = childOf(root, "services");
	if (services?.kind === "mapping" && services.entries.some(([, each]) => each.kind === "mapping")) {
		return told(
			"a compose file",
			"it stays as it is: of the service, user stands here as it does there, command as command: {default: [PROGRAM]}, environment as env: {set: {NAME: value}}, cap_add as capabilities: {keep: [NAME]}",
			services.entries.length === 1 ? pairsAt(services.entries[0]?.[1]) : [],
		);
	}
	const entry = ofConfigMap(root);
	if (entry !== undefined) {
		const shown = yamlScalar(entry);
		return told(
			"a ConfigMap of Kubernetes",
			`it stays as it is: the configuration is what stands in it below ${shown}, and check reads that by itself; a Pod mounts it where a start looks: volumes: [{name: abdicate, configMap: {name: NAME}}], and volumeMounts: [{name: abdicate, mountPath: /etc/entrypoint.yaml, subPath: ${shown}}]`,
		);
	}
	const isWhole = childOf(root, "apiVersion") !== undefined && childOf(root, "kind") !== undefined;
	const isPart =
		root.kind === "mapping" &&
		root.entries.every(([{ text }]) => ofManifest.test(text)) &&
		(childOf(root, "spec")?.kind === "mapping" || childOf(root, "containers")?.kind === "sequence");
	if (isWhole || isPart) {
		return told(
			"a manifest of Kubernetes",
			'it stays as it is: of the container, runAsUser and runAsGroup stand here as user: "1000:3000", fsGroup as groups: {add: [2000]}, command and args as command: {default: [PROGRAM]}, capabilities.add as capabilities: {keep: [NAME]}',
			ofPod(root),
		);
	}
	return undefined;
}
