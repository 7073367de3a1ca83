import type { YamlNode } from "../sys/native.ts";
import { flow } from "./written.ts";

/** What the options of other inits are at `init`, and words that no YAML of today takes for true and false. */

export function initShape(path: string, value: YamlNode): string | undefined {
	const words = wordsIn(value);
	switch (path) {
		case "init":
			return words.every((word) => /^(?:yes|on|y|--|-g|(?:\/.*\/)?(?:tini|dumb-init|catatonit|docker-init))$/i.test(word))
				? "init: true"
				: words.every((word) => /^(?:no|off|n)$/i.test(word))
					? "init: false"
					: ofOptions(words.join(" "));
		case "init.exit_codes":
			return words.every((word) => /^[0-9]{1,3}$/.test(word)) ? `exit_codes: {${words.map((word) => `${word}: 0`).join(", ")}}` : undefined;
		case "init.signals": {
			const pairs = words.map((word) => /^([A-Z0-9+]+)(?:[:=]|-?>)([A-Z0-9+]+)$/i.exec(word) ?? []);
			return pairs.every(([whole]) => whole)
				? `signals: {${pairs.map(([, from, to]) => `${from}: ${to === "0" ? "none" : to}`).join(", ")}}`
				: undefined;
		}
		default:
			// What dumb-init has for nothing.
			return path.startsWith("init.signals.") && value.kind === "scalar" && value.text === "0" ? `${path.slice(13)}: none` : undefined;
	}
}

/** `tini -g -e 143` */
function ofOptions(line: string): string | undefined {
	const text = line.trim().replace(/\s+/g, " ");
	const program = text.replace(/ -(?:e ?\d{1,3}|r ?\d+:\d+|[gsvwc]+|-)(?= |$)/g, "");
	const pairs = (key: string, pattern: RegExp, form: (from: string, to: string) => string) => {
		const found = [...text.matchAll(pattern)].map(([, from = "", to = ""]) => form(from, to));
		return found.length === 0 ? [] : [`${key}: {${found.join(", ")}}`];
	};
	const keys = [
		...pairs("signals", / -r ?(\d+):(\d+)/g, (from, to) => `${from}: ${to === "0" ? "none" : to}`),
		...pairs("exit_codes", / -e ?(\d+)/g, (code) => `${code}: 0`),
		...(/ -\w*g/.test(text) ? ["group: true"] : []),
	];
	return !/^(?:\/.*\/)?(?:tini|dumb-init|catatonit|docker-init)$/.test(program)
		? undefined
		: keys.length === 0
			? "init: true"
			: `init: {${keys.join(", ")}}`;
}

/** None where a mapping is. */
function wordsIn(value: YamlNode): string[] {
	return value.kind === "scalar" ? [value.text] : value.kind === "sequence" ? value.items.map(flow) : ["{}"];
}
