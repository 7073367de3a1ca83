import { type JsonNode, member, texts } from "./config-json.ts";

/** What follows HEALTHCHECK in a Dockerfile, options and words, of the Healthcheck of an image. */
export interface HealthCheck {
	readonly options: readonly string[];
	readonly words: readonly string[];
}

const flags = [
	["Interval", "interval"],
	["Timeout", "timeout"],
	["StartPeriod", "start-period"],
	["StartInterval", "start-interval"],
] as const;

/** Undefined where there is none, or an image turns that of its base off. */
export function healthCheckOf(node: JsonNode | undefined, shell: readonly string[] = []): HealthCheck | undefined {
	const [form, ...words] = texts(member(node, "Test"));
	if (words.length === 0 || (form !== "CMD" && form !== "CMD-SHELL")) {
		return undefined;
	}
	const retries = digits(member(node, "Retries"));
	return {
		options: [
			...flags.flatMap(([key, flag]) => lengthOf(digits(member(node, key))).map((length) => `--${flag}=${length}`)),
			...(retries === undefined ? [] : [`--retries=${retries}`]),
		],
		words: form === "CMD" ? words : [...(shell.length > 0 ? shell : ["/bin/sh", "-c"]), words.join(" ")],
	};
}

function digits(node: JsonNode | undefined): string | undefined {
	return node?.kind === "number" && /^[1-9]\d{0,18}$/.test(node.text) ? node.text : undefined;
}

/** Of nanoseconds, in the greatest unit that has no fraction. */
function lengthOf(nanoseconds: string | undefined): string[] {
	const [, whole, seconds] = /^(\d+?)(000)?000000$/.exec(nanoseconds ?? "") ?? [];
	return whole === undefined ? [] : [`${whole}${seconds === undefined ? "ms" : "s"}`];
}
