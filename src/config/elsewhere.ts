import type { YamlNode } from "../sys/native.ts";

export interface Elsewhere {
	readonly told: readonly string[];
	/** Nothing is lost without it: it says what is so anyway. */
	readonly isCertain: boolean;
}

export function elsewhere(_scope: string, _key: string, _value: YamlNode): Elsewhere | undefined {
	return undefined;
}
