import { meanings } from "../guides/defaults.ts";
import type { KeyText } from "./json-schema.ts";

/** What it means that a key is not written, in words where no value says it; `undefined` where nobody has said it. */
export function defaultOf(key: string, { default: value, absence }: Pick<KeyText, "default" | "absence">): string | undefined {
	const empty = absence === "refused" ? "none: it is required" : absence === "empty" ? "none" : undefined;
	return meanings[key] ?? meanings[key.replace(/[^.]+$/, "*")] ?? value?.toString() ?? empty;
}
