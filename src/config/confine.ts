import type { Value } from "./values.ts";

/** What the word at `confine` stands for, each key by the same word. One that is written itself wins. */
const parts = ["seccomp", "paths", "devices"];

export function isOfConfine(key: string): boolean {
	return parts.includes(key);
}

export function withConfine(document: Readonly<Record<string, Value>>): Record<string, Value> {
	const { confine } = document;
	return confine === "docker-default" ? { ...Object.fromEntries(parts.map((key) => [key, confine])), ...document } : document;
}
