import { yamlScalar } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { commandOfLine } from "./dollars.ts";
import { needlessField } from "./elsewhere.ts";
import type { StepSchemas } from "./entry.ts";
import { type Advice, stepAtTop } from "./foreign-words.ts";
import { type Form, type FormFields, formOf } from "./form.ts";
import { childOf } from "./locate.ts";
import { isNothing, modesOf, shellIn } from "./plain-shapes.ts";
import type { Refused } from "./refused.ts";
import { synonymOf } from "./synonyms.ts";
import { modeOf, portOfUrl } from "./value-words.ts";
import { argument, assignments, flow, isMark, listOfWords, word, wordsOf, wrapped } from "./written.ts";

/** Steps whose keys stand beside them, above them, or in words. */

/** `mode: "0750"` beside `mkdir: /data` instead of within. */
export function fieldsBeside({ keys, above }: Refused, steps: StepSchemas): Advice[] {
	const { names } = steps;
	const entries = keys.length === 3 && keys[0] === "setup" && above.kind === "mapping" ? above.entries : [];
	const step = entries.find(([{ text }]) => names.includes(text));
	if (step === undefined) {
		return [];
	}
	const kind = step[0].text;
	const { fields, short } = fieldsIn(kind, steps);
	const nameOf = (key: string) => fieldMeant(kind, key, fields);
	const isEmpty = isNothing(step[1]) && keys.at(-1) === kind;
	// Of a step that has nothing yet, what follows it: `name` of listen, and not that of the step.
	const isOwn = (entry: (typeof entries)[number]) =>
		isNothing(step[1]) && entries.indexOf(entry) > entries.indexOf(step) && entry[0].text in fields;
	const isOfEntry = (entry: (typeof entries)[number]) => ["name", "when", "on_error"].includes(entry[0].text) && !isOwn(entry);
	const others = entries.filter((entry) => !names.includes(entry[0].text) && !isOfEntry(entry));
	const beside = others.filter(([{ text }]) => nameOf(text) !== undefined);
	const needless = others.filter(([{ text }, each]) => nameOf(text) === undefined && needlessField(kind, text, each)?.isCertain);
	const taken = [...beside, ...needless].map(([{ text }]) => text);
	const isLine = short === "command" && step[1].kind === "scalar" && !isNothing(step[1]);
	if (beside.length === 0 || !(isEmpty || (isLine && keys.at(-1) === kind) || taken.includes(String(keys.at(-1))))) {
		return [];
	}
	const own =
		step[1].kind === "mapping"
			? step[1].entries.map(([key, each]) => `${word(key.text)}: ${flow(each)}`)
			: isNothing(step[1])
				? []
				: [`${short}: ${(isLine && commandOfLine(step[1].text)) || flow(step[1])}`];
	const isNames = (key: string, each: YamlNode) => key === "capabilities" && each.kind === "scalar";
	const text = ([{ text: key }, each]: (typeof beside)[number]) =>
		(nameOf(key) === "modes" ? modesOf(each) : undefined) ?? `${nameOf(key)}: ${isNames(key, each) ? listOfWords(each) : flow(each)}`;
	const all = [...own, ...beside.map(text)];
	const guess = all.some((each) => /^(?:modes|name): |\$\$/.test(each)) ? { isGuess: true } : {};
	return [{ text: `${kind}: {${all.join(", ")}}`, instead: [kind, ...taken], ...guess }];
}

/** `host: db` and `port: 80`, as the one value that they are; `protocol: udp` as the key of it. */
export function endpointIn(step: string, above: YamlNode): string | undefined {
	const entries = above.kind === "mapping" ? above.entries : [];
	const at = (...names: readonly string[]) => entries.find(([key, each]) => names.includes(key.text) && each.kind === "scalar");
	const [host, port, protocol] = [at("host", "hostname", "address"), at("port", "tcp", "udp"), at("protocol", "proto")];
	const text = (entry: typeof host) => (entry?.[1].kind === "scalar" ? entry[1].text : "");
	const others = entries.filter((each) => ![host, port, protocol].includes(each)).map(([key, each]) => `${word(key.text)}: ${flow(each)}`);
	const kind = protocol === undefined && port?.[0].text === "udp" ? "udp" : text(protocol).toLowerCase() || "tcp";
	const address = host === undefined ? text(port) : word(`${text(host)}:${text(port)}`);
	return (host ?? protocol) !== undefined && /^(?:\d+|\$\{.*\})$/.test(text(port)) && /^(?:tcp|udp)$/.test(kind)
		? `${step}: {${[`${kind}: ${address}`, ...others].join(", ")}}`
		: undefined;
}

/** `mode: u=rwx,g=rx` within braces, where the comma makes a key of what follows. */
export function symbolicMode({ key, above }: Refused): Advice[] {
	const entries = above.kind === "mapping" ? above.entries : [];
	const parts = entries.filter(([{ text }, each]) => text === "mode" || (isNothing(each) && /^[go]=/.test(text)));
	const bits = modeOf(parts.map(([{ text }, each]) => (each.kind === "scalar" && text === "mode" ? each.text : text)).join(","));
	return bits === undefined || parts.length < 2 || !parts.some(([{ text }]) => text === key)
		? []
		: [{ text: `mode: ${bits}`, instead: parts.map(([{ text }]) => text), isGuess: true }];
}

/** `dir_mode` and `file_mode` of a tree. */
export function modesOfKinds({ keys, key, above }: Refused): Advice[] {
	const kinds = /^(dir|file)(?:ectory)?_?mode$/;
	const entries = keys[2] === "own" && above.kind === "mapping" && kinds.test(key) ? above.entries : [];
	const found = entries.filter(([{ text }]) => kinds.test(text));
	const texts = found.map(([{ text }, each]) => `${kinds.exec(text)?.[1]}s: ${flow(each)}`);
	return texts.length === 0 ? [] : [{ text: `modes: {${texts.join(", ")}}`, instead: found.map(([{ text }]) => text) }];
}

/** `file: {path: /a, state: directory}`, as Ansible has it: what it makes is root's unless it says whose it is. */
export function byState({ keys, above }: Refused): Advice[] {
	const entries = above.kind === "mapping" ? above.entries : [];
	const at = (...names: readonly string[]) => entries.find(([{ text }]) => names.includes(text))?.[1];
	const [path, state, source] = [at("path", "dest", "name"), at("state"), at("src")];
	const isKnown = entries.every(([{ text }]) => /^(?:path|dest|name|state|src|owner|group|mode|recurse|force)$/.test(text));
	if (keys[2] !== "file" || path === undefined || state?.kind !== "scalar" || !isKnown) {
		return [];
	}
	const given = (...names: readonly string[]) => names.flatMap((name) => (at(name) ? [`${name}: ${flow(at(name) as YamlNode)}`] : []));
	const orRoot = (name: string) => (at(name) === undefined ? [`${name}: 0`] : given(name));
	const fields = [`path: ${flow(path)}`, ...orRoot("owner"), ...orRoot("group"), ...given("mode")].join(", ");
	const isDeep = at("recurse") !== undefined && isMark(at("recurse") as YamlNode) && at("owner") !== undefined;
	const below = `\n- own: {path: ${flow(path)}, ${given("owner", "group").join(", ")}${at("group") === undefined ? ", group: keep" : ""}}`;
	const step: Readonly<Record<string, string | undefined>> = {
		directory: `mkdir: {${fields}}${isDeep ? below : ""}`,
		touch: `file: {${fields}, content: "", if: absent}`,
		absent: `remove: {path: ${flow(path)}, recursive: true}`,
		link: source && given("owner", "group", "mode").length === 0 ? `link: {path: ${flow(path)}, to: ${flow(source)}}` : undefined,
	};
	const text = Object.hasOwn(step, state.text) ? step[state.text] : undefined;
	return text === undefined ? [] : [{ text: `- ${text}`, isGuess: true }];
}

/** `{src: /a.tmpl, dest: /a}` */
export function templateOf(value: YamlNode): string | undefined {
	const [template, path] = [childOf(value, "src"), childOf(value, "dest")];
	return template && path && `file: {template: ${flow(template)}, path: ${flow(path)}, vars: [NAME]}`;
}

/** Where it is mounted is a word of the command, by that name. */
export function withMountpoint(value: YamlNode, target: YamlNode | undefined): string | undefined {
	const words = wordsOf(value).map((each) => (target?.kind === "scalar" && each === target.text ? "{mountpoint}" : each));
	return words.includes("{mountpoint}") ? `command: [${words.map(argument).join(", ")}]` : undefined;
}

/** The keys of each step, with what stands beside it. */
export function entriesOf(value: YamlNode & { kind: "mapping" }, steps: StepSchemas): string[] {
	const written = value.entries.map(([key, each]) => [stepOfKey(key.text, each, steps), `${word(key.text)}: ${flow(each)}`] as const);
	const beside = written.flatMap(([step, text]) => (step === undefined ? [text] : []));
	return written.flatMap(([step]) => (step === undefined ? [] : [[...beside, step].join(", ")]));
}

/** With what is wrong within it put right as well. */
function stepOfKey(key: string, value: YamlNode, steps: StepSchemas): string | undefined {
	const step = stepAtTop(key, value, steps.names);
	const [kind = ""] = step?.split(":") ?? [];
	if (step !== `${kind}: ${flow(value)}`) {
		return step;
	}
	const { fields } = fieldsIn(kind, steps);
	return value.kind === "mapping"
		? `${kind}: {${value.entries.map(([{ text }, each]) => `${fieldMeant(kind, text, fields) ?? word(text)}: ${flow(each)}`).join(", ")}}`
		: (fieldsOf(kind, value, formOf(steps.schemaOf(kind))) ?? step);
}

function fieldMeant(kind: string, key: string, fields: FormFields): string | undefined {
	return Object.hasOwn(fields, key) ? key : synonymOf(kind, key, Object.keys(fields));
}

/** What a step takes, and which of it may stand alone. */
function fieldsIn(kind: string, { schemaOf }: StepSchemas): { readonly fields: FormFields; readonly short: string | undefined } {
	const form = formOf(schemaOf(kind));
	const full = typeof form === "object" && "full" in form ? formOf(form.full) : form;
	const fields = typeof full === "object" && "fields" in full ? full.fields : {};
	const short = typeof form === "object" && "short" in form ? form.short : Object.keys(fields).find((name) => fields[name]?.required);
	return { fields, short };
}

/** `own /data`, and `[own, /data]`. */
export function stepOf(value: YamlNode, steps: readonly string[]): string | undefined {
	const [kind, ...rest] = wordsOf(value);
	return kind !== undefined && steps.includes(kind)
		? `${kind}: ${rest.length === 0 ? "..." : rest.length === 1 ? word(rest[0] as string) : `[${rest.map(word).join(", ")}]`}`
		: undefined;
}

/** A step whose mapping was written as words: by what the step says of them, or, for one of pairs, as those. */
export function fieldsOf(kind: string, value: YamlNode, form: Form | undefined): string | undefined {
	if (form === undefined) {
		return wrapped(`${kind}: `, assignments(value, "="));
	}
	const [, field = "", rest = ""] = (value.kind === "scalar" && /^(tcp|udp|unix|file):(?:\/\/)?(.+)$/.exec(value.text)) || [];
	const [, port = "", protocol] = (value.kind === "scalar" && /^(\d+)\/(tcp|udp)$/.exec(value.text)) || [];
	if (port !== "") {
		return `${kind}: {${protocol}: ${port}}`;
	}
	if (field !== "") {
		return `${kind}: {${field}: ${word(rest)}}`;
	}
	const secure = value.kind === "scalar" ? portOfUrl(value.text) : undefined;
	if (secure !== undefined) {
		return `${kind}: {tcp: ${secure}}`;
	}
	if (value.kind === "scalar" && /^http:\/\//.test(value.text)) {
		return `${kind}: {http: ${yamlScalar(value.text)}}`;
	}
	const plain = value.kind === "scalar" ? { ...value, text: value.text.replace(/ [-=]> /g, " ") } : value;
	if (shellIn(plain) !== undefined) {
		return undefined;
	}
	const byWords = typeof form === "object" && "fields" in form ? form.byWords : undefined;
	const isPath = (text: string | undefined) => text?.startsWith("/") === true || text?.startsWith(".") === true;
	const written = wordsOf(plain);
	const names = typeof form === "object" && "fields" in form ? Object.keys(form.fields) : [];
	if (written.length > 0 && written.every((each) => /^[a-z_]+=/.test(each))) {
		const named = written
			.map((each) => each.split(/=(.*)/s))
			.map(([name = "", text = ""]) => `${synonymOf(kind, name, names) ?? name}: ${word(text)}`);
		return `${kind}: {${named.join(", ")}}`;
	}
	const isTurned =
		(kind === "link" && written.length === wordsOf(value).length) ||
		(!isPath(written[0]) && isPath(written[1]) && byWords?.name === undefined);
	const words = isTurned ? written.toReversed() : written;
	const fields = isPath(words[0]) ? byWords?.path : byWords?.name;
	if (fields === undefined || words.length === 0 || (words.length > fields.length && fields.length > 1)) {
		return undefined;
	}
	const given = fields.length === 1 && words.length > 1 ? [`[${words.map(word).join(", ")}]`] : words.map(word);
	const pairs = fields.map((field, index) => {
		const [outer = "", inner] = field.split(".");
		const text = given[index] ?? "...";
		return inner === undefined ? `${outer}: ${text}` : `${outer}: {${inner}: ${text}}`;
	});
	return `${kind}: {${pairs.join(", ")}}`;
}
