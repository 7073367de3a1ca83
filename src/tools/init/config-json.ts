import type { JsonNode } from "../../confine/seccomp/json.ts";

export type { JsonNode };

export function member(node: JsonNode | undefined, key: string): JsonNode | undefined {
	return node?.kind === "object" ? node.members.find(([name]) => name.text === key)?.[1] : undefined;
}

export function keys(node: JsonNode | undefined): string[] {
	return node?.kind === "object" ? node.members.map(([{ text }]) => text) : [];
}

/** One, or a list of them. */
export function texts(node: JsonNode | undefined): string[] {
	return node?.kind === "list" ? node.items.flatMap(texts) : node?.kind === "text" ? [node.text] : [];
}
