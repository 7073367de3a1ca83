import type { YamlFault, YamlNode } from "../sys/native.ts";
import { childOf } from "./locate.ts";

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
}

/** No pattern goes on over lines and is tried at each of them: a long text takes as long as it is. */
const byText: readonly (readonly [looks: Looks, what: string, remedy: string])[] = [
	[
		{ has: [/^#!|^[ \t]*(?:set -\w*[eux]|exec +"?\$@)/m] },
		"a shell script",
		'what it does are steps, such as setup: [{own: /data}], and what it ends with is command: {default: [PROGRAM]}; a line alone is told its step: setup: ["chown -R app /data"]',
	],
	[
		{ has: [/^(?:FROM|ARG)[ \t]+\S/im, /^(?:RUN|COPY|ADD|CMD|ENTRYPOINT|USER|WORKDIR|ENV)\s/im] },
		"a Dockerfile",
		"it stays as it is, with COPY entrypoint.yaml /etc/ and ENTRYPOINT [abdicate, --] in it; USER goes into this file: user: app",
	],
	[
		{ has: [/^\[(?:Unit|Service|Install|Socket)\][ \t\r]*$/m] },
		"a unit of systemd",
		"User= is user: app, ExecStart= command: {default: [PROGRAM]}, AmbientCapabilities= capabilities: {keep: [NAME]}, ExecStartPre= a step of setup",
	],
	[
		{ has: [/^\[(?:program:[^\]\n]+|supervisord|unix_http_server)\][ \t\r]*$/m] },
		"a configuration of supervisord",
		"one program is the command here: user: app, command: {default: [PROGRAM]}, env: {set: {NAME: value}}; restarts are the runtime's",
	],
	[
		{ lines: /^(?:(?:export )?[A-Za-z_]\w*=|#|\s*$)/ },
		"a file of variables",
		"docker run --env-file gives them to the container; here they stand as env: {set: {NAME: value}}",
	],
	[
		{ has: [/^\s*[[{]/, /"(?:HostConfig|ContainerConfig|GraphDriver|ociVersion)"\s*:/] },
		"what docker inspect or an OCI runtime writes",
		"of it User goes into this file as user: app, Entrypoint and Cmd as command: {default: [PROGRAM]}, CapAdd as capabilities: {keep: [NAME]}",
	],
];

/** `parsed` is what YAML makes of it. */
export function foreignFile(text: string, parsed: YamlNode | YamlFault): Foreign | undefined {
	const plain = text.replace(/^\ufeff/, "");
	const isText = parsed.kind !== "mapping" || /^\s*\{/.test(plain);
	const [, what, remedy] = (isText ? byText.find(([looks]) => looksLike(looks, plain)) : undefined) ?? [];
	return what === undefined ? (parsed.kind === "fault" ? undefined : foreignTree(parsed)) : told(what, remedy as string);
}

function looksLike({ has = [], lines }: Looks, text: string): boolean {
	return (
		has.every((each) => each.test(text)) && (lines === undefined || (/\S/.test(text) && text.split("\n").every((each) => lines.test(each))))
	);
}

function told(what: string, remedy: string): Foreign {
	return { message: `this is ${what}, and no configuration of abdicate`, remedy: [remedy] };
}

function foreignTree(root: YamlNode): Foreign | undefined {
	const services = childOf(root, "services");
	if (services?.kind === "mapping" && services.entries.some(([, each]) => each.kind === "mapping")) {
		return told(
			"a compose file",
			"it stays as it is: of the service, user stands here as it does there, command as command: {default: [PROGRAM]}, environment as env: {set: {NAME: value}}, cap_add as capabilities: {keep: [NAME]}",
		);
	}
	if (childOf(root, "apiVersion") !== undefined && childOf(root, "kind") !== undefined) {
		return told(
			"a manifest of Kubernetes",
			'it stays as it is: of the container, runAsUser and runAsGroup stand here as user: "1000:1000", command and args as command: {default: [PROGRAM]}, capabilities.add as capabilities: {keep: [NAME]}',
		);
	}
	return undefined;
}
