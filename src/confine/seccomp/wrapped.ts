import { json } from "../../report/json.ts";
import { operand, shellWord } from "../../report/shell.ts";
import type { JsonNode } from "./json.ts";

/** What is no profile, but is known, at its place. */
export interface Mistaken {
	readonly at: number;
	readonly words: string;
	readonly message: string;
	readonly remedy: readonly string[];
}

/** A document that holds a profile, or only names one: a whole config.json, what `docker inspect` prints, an object of Kubernetes. */
export function wrappedProfile(root: JsonNode, file: string): Mistaken | undefined {
	if (memberOf(root, "defaultAction") !== undefined) {
		return undefined;
	}
	const named = memberOf(root, "localhostProfile");
	if (named !== undefined) {
		return {
			...{ at: named.at, words: "localhostProfile" },
			message: "this only names a profile, which lies on the node below /var/lib/kubelet/seccomp",
			remedy: ["put that file into the image, and name it here"],
		};
	}
	const found = findProfile(root, "", mostLevels);
	if (found === undefined) {
		return undefined;
	}
	const { path, node } = found;
	const what =
		memberOf(root, "ociVersion") === undefined
			? path === ".spec"
				? "a SeccompProfile of Kubernetes"
				: "no profile"
			: "a whole config.json";
	const script = node.kind === "text" ? `${path} | sub("^seccomp="; "")` : path;
	return {
		...{ at: node.at, words: path.replace(/^\./, "") },
		message: `the file is ${what}: the profile is what stands here`,
		remedy: [`take it out, and name the new file: jq -r ${shellWord(script)} ${operand(file)} > profile.json`],
	};
}

/** `[0].HostConfig.SecurityOpt[0]` is the deepest that is known. */
const mostLevels = 5;

function findProfile(node: JsonNode, path: string, levels: number): { readonly path: string; readonly node: JsonNode } | undefined {
	if (memberOf(node, "defaultAction") !== undefined || (node.kind === "text" && /^seccomp=\s*\{/.test(node.text))) {
		return { path, node };
	}
	if (levels === 0 || (node.kind !== "object" && node.kind !== "list")) {
		return undefined;
	}
	const inner: (readonly [string, JsonNode])[] =
		node.kind === "list"
			? node.items.map((each, index) => [`${path === "" ? "." : path}[${index}]`, each])
			: node.members.map(([{ text }, each]) => [
					/^[A-Za-z_]\w*$/.test(text) ? `${path}.${text}` : `${path === "" ? "." : path}[${json(text)}]`,
					each,
				]);
	for (const [below, each] of inner) {
		const found = findProfile(each, below, levels - 1);
		if (found !== undefined) {
			return found;
		}
	}
	return undefined;
}

function memberOf(node: JsonNode, key: string): JsonNode | undefined {
	return node.kind === "object" ? node.members.find(([{ text }]) => text === key)?.[1] : undefined;
}

/** A text that is YAML, as Kubernetes' security-profiles-operator has its profiles. */
export function yamlProfile(text: string, file: string): Mistaken | undefined {
	if (!/^\ufeff?(?:[ \t]*(?:#.*)?\r?\n)*(?:---(?:[ \t].*)?\r?\n|%YAML|[A-Za-z]\w*:(?:[ \t\r\n]|$))/.test(text)) {
		return undefined;
	}
	const isOfKubernetes = /^kind:[ \t]*["']?SeccompProfile\b/m.test(text);
	return {
		...{ at: 0, words: "" },
		message: isOfKubernetes
			? "this is a SeccompProfile of Kubernetes in YAML: the profile is what stands below spec, as JSON"
			: "this is YAML, and a profile is JSON",
		remedy: [
			`make JSON of it, and name the new file: yq -o json ${shellWord(isOfKubernetes ? ".spec" : ".")} ${operand(file)} > profile.json`,
		],
	};
}
