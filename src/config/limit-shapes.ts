import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { childOf } from "./locate.ts";
import { durationOf } from "./value-words.ts";
import { flow, word } from "./written.ts";

/** Limits of a process in the words of others. */

export function limitsOf(entries: (YamlNode & { kind: "mapping" })["entries"]): string {
	return `limits: {${entries.map(([{ text }, value]) => limitOf(text, value) ?? `${word(text)}: ${flow(value)}`).join(", ")}}`;
}

/** `{soft: 1, hard: 2}`, a list of both, or one in other units. */
export function limitOf(name: string, value: YamlNode): string | undefined {
	const [soft, hard] = ["soft", "hard"].map((each) => childOf(value, each));
	const bounds = value.kind === "sequence" ? value.items : value.kind === "scalar" ? [value] : [soft ?? hard, hard];
	const texts = bounds
		.flatMap((each) => (each?.kind === "scalar" ? each.text.split(/[:/]|(?<=\w)[\s,]+(?=\d|-1|inf|unl)/) : []))
		.map((text) => boundOf(name, text));
	const [one, two = one] = texts;
	return one === undefined || two === undefined || texts.length > 2
		? undefined
		: `${word(name)}: ${one === two ? word(one) : yamlQuoted(`${one}:${two}`)}`;
}

const powers = "kmgt";
const sizes = /^(?:as|core|data|fsize|memlock|msgqueue|rss|stack)$/;

/** `64k` of what is counted in bytes, `10m` and `1h` of seconds, `1e6`, `-1` and `infinity`, as setrlimit(2) has them. */
function boundOf(name: string, text: string): string {
	const [, number = "", unit = "", byte = ""] = /^(\d[\d_]*)\s*(?:([kmgt])i?)?(b?)$/i.exec(text.trim()) ?? [];
	const power = BigInt(powers.indexOf(unit.toLowerCase() || "-") + 1);
	const [, digits = "", zeros = ""] = /^(\d+)e(\d)$/i.exec(text) ?? [];
	const [seconds] = name === "cpu" && !/^\d*$/.test(text) ? (durationOf(text)?.match(/^\d+/) ?? []) : [];
	return /^(?:-1|inf(?:inity)?|max)$/i.test(text)
		? "unlimited"
		: /^(?:false|no|off|none)$/i.test(text)
			? "0"
			: seconds !== undefined
				? seconds
				: digits !== ""
					? `${digits}${"0".repeat(Number(zeros))}`
					: number === "" || (!sizes.test(name) && `${unit}${byte}` !== "")
						? text
						: `${BigInt(number.replaceAll("_", "")) << (10n * power)}`;
}
