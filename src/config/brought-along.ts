import type { Edit } from "../report/correction.ts";
import { nearest } from "../report/suggest.ts";
import { yamlQuoted } from "../report/yaml.ts";
import { columnOf, type Seen, type Slip, slip } from "./slip.ts";

/** Slips that come from elsewhere: the dashes of a text processor, JSON's commas, the paths of Windows, templates, and what YAML has and this file has not. */

export function broughtAlong(line: Seen, next?: Seen): Slip[] {
	return [...[page, dash, backslashes, template].flatMap((look) => look(line) ?? []), ...[tag(line, next) ?? []].flat()];
}

/** ```` ``` ```` and `$ cat FILE`. */
function page({ text, number }: Seen): Slip[] {
	return /^(?:```|~~~|\$ )/.test(text)
		? [
				{
					...slip(number, 1, [Array.from(text).length, ""], "this is of the page that the file was copied from", "leave it out"),
					isAlone: true,
				},
			]
		: [];
}

/** A mark is none where a key of ours could not follow it. */
function dash({ text, shown, number }: Seen): Slip | undefined {
	const [, lead = "", mark = ""] = /^(\s*)([\u2010-\u2015\u2022\u2043\u2212\u25cf\u25e6\u00b7]\s*|\*\s+)(?=[\w/"'[{$])/.exec(shown) ?? [];
	const rest = text.slice(lead.length + mark.length).replace(/[\u201c-\u201e]/g, '"');
	return mark === ""
		? undefined
		: slip(
				number,
				columnOf(shown, lead.length),
				[mark.length, "- "],
				"a dash of a text processor, and a list of YAML has -",
				`write - ${rest.trim()}`,
			);
}

const escaped = /^\\(?:[0abtnvfre "/\\N_LP]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})/;

/** `"\data"`, and `C:\data` in any quotes. */
function backslashes({ text, shown, number }: Seen): Slip[] {
	return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'([A-Za-z]:\\[^']*)'|(?<=: +)([A-Za-z]:\\\S*)/g)].flatMap(
		({ index, 0: whole, ...groups }) => {
			const inner = groups[1] ?? groups[2] ?? groups[3] ?? "";
			const bad =
				groups[1] === undefined ? undefined : [...inner.matchAll(/\\./g)].find((each) => !escaped.test(inner.slice(each.index)))?.[0];
			const isDrive = /^[A-Za-z]:\\/.test(inner);
			const path = /^(?:[A-Za-z]:(?:\\+[\w.-]+)+|(?:\\+[A-Za-z][\w.-]+)+)\\*$/.test(inner)
				? inner.replace(/^[A-Za-z]:|\\+$/g, "").replace(/\\+/g, "/")
				: undefined;
			const isQuoted = /^["']/.test(whole);
			if ((bad === undefined && (!isDrive || path === undefined)) || (isQuoted && shown[index] !== "x")) {
				return [];
			}
			const quoted = `'${inner.replaceAll("'", "''")}'`;
			const made = slip(
				number,
				columnOf(text, index),
				[Array.from(whole).length, path ?? quoted],
				bad === undefined
					? "paths of Windows are none here: they begin with / and have no drive"
					: `${bad} is no escape of YAML, which "..." has`,
				`write ${path === undefined ? quoted : isDrive ? path : `${path} for a path, ${quoted} for a text`}`,
				path === undefined,
			);
			return [{ ...made, isAlone: true }];
		},
	);
}

const marks = /\$?\{\{-?\s*([^{}]*?)\s*-?\}\}/g;

/** `{{ user }}`, `{{ .Values.user }}`, `{% if x %}` */
function template({ text, number, indent }: Seen): Slip[] {
	const tool = "let what fills such templates in do so before the image is built";
	const message = "templates are not filled in here";
	if (/^\s*(?:\{\{.*\}\}|\{%.*%\})\s*$/.test(text)) {
		const { correction, ...made } = slip(number, 1, [Array.from(text).length, ""], message, tool);
		return [{ ...made, column: text.search(/\S/) + 1, ...(correction && { reading: correction }), isAlone: true }];
	}
	const told = (index: number, whole: string, written: string): Slip => ({
		...slip(number, columnOf(text, index), [Array.from(whole).length, written], message, `write ${written}, or ${tool}`, false),
		isAlone: true,
	});
	const [, lead = "", whole = "", , inner = ""] =
		/^(\s*(?:- +)?(?:[\w.-]+: +|- +))((["']?)((?!\{(?!\{)|\[)[^"'#]*\{\{[^{}]+\}\}[^"'#]*?)\3)\s*(?:#.*)?$/.exec(text) ?? [];
	const named = inner.replace(marks, (_, words: string) => variable(words));
	const [, condition] = /\bwhen: +$/.test(lead) ? (/^\$\{(\w+)\}$/.exec(named) ?? []) : [];
	const plain = /^[\w./${}:-]+$/.test(named) ? named : yamlQuoted(named);
	return inner !== "" && indent >= 0
		? [told(lead.length, whole, condition === undefined ? plain : `{env: ${condition}}`)]
		: [...text.matchAll(/((?:: |[[{,]) *)((["']?)\$?\{\{([^{}]+)\}\}\3)(?=\s*[,\]}])/g)].map(
				({ index, 1: before = "", 2: each = "", 4: words = "" }) => told(index + before.length, each, yamlQuoted(variable(words))),
			);
}

function variable(words: string): string {
	const [, quoted, plain] = /\|\s*default\s+(?:"([^"{}$]*)"|([\w./-]+))\s*$/.exec(words) ?? [];
	const otherwise = quoted ?? plain;
	return `\${${/(\w+)\W*$/.exec(words.split("|")[0] ?? "")?.[1] ?? "NAME"}${otherwise ? `:-${otherwise}` : ""}}`;
}

function tag({ text, shown, number, indent }: Seen, next?: Seen): Slip | undefined {
	const [, lead = "", name = "", blank = "", rest = ""] =
		/^(\s*(?:- +)?(?:[\w.-]+: +)?)(!(?!!str\b|!binary\b)[\w!:/.-]*)(\s*)(\S.*)?$/.exec(shown.trimEnd()) ?? [];
	const column = columnOf(shown, lead.length);
	if (name === "") {
		return undefined;
	}
	const quoted = yamlQuoted(text.slice(lead.length, shown.trimEnd().length));
	// What stands below belongs to the key.
	const isAbove = next !== undefined && (next.indent > indent || (next.indent === indent && /^\s*- /.test(next.shown)));
	if (rest === "" && isAbove) {
		const start = lead.trimEnd().length;
		return slip(
			number,
			columnOf(shown, start),
			[lead.length - start + name.length, ""],
			`tags such as ${name} are none here`,
			"leave it out",
		);
	}
	return rest === ""
		? { ...slip(number, column, [name.length, quoted], "a value that begins with ! has to be quoted", `write ${quoted}`), isAlone: true }
		: slip(
				number,
				column,
				[name.length + blank.length, ""],
				`tags such as ${name} are none here`,
				`leave it out, or write ${quoted} where all of it is text`,
				false,
			);
}

/** `*name` without `&name`. */
export function anchors(seen: readonly Seen[]): Slip[] {
	const known = new Set(seen.flatMap(({ shown }) => [...shown.matchAll(/(?:^|[\s[{,])&([\w-]+)/g)].map(([, name = ""]) => name)));
	return seen.flatMap(({ shown, number }) =>
		[...shown.matchAll(/((?:: |[[{,]|- ) *)\*([\w-]+)(?=\s*(?:[,\]}]|$))/g)].flatMap(({ index, 1: lead = "", 2: name = "" }) => {
			if (known.has(name)) {
				return [];
			}
			const near = name.length > 2 ? nearest(name, [...known]) : undefined;
			const { correction, ...made } = slip(
				number,
				columnOf(shown, index + lead.length),
				[name.length + 1, near === undefined ? `"*${name}"` : `*${near}`],
				`no anchor is called ${name}`,
				near === undefined ? `write "*${name}" where it is text; else the value itself, or &${name} where it stands` : `write *${near}`,
				false,
			);
			return [{ ...made, ...(correction && { [near === undefined ? "reading" : "correction"]: correction }), isAlone: near === undefined }];
		}),
	);
}

/** `user: app,` line by line, as JSON has it. Without quotes it is one where most lines have it. */
export function commas(seen: readonly Seen[]): Slip[] {
	const values = seen.filter(({ shown, isOutside }) => isOutside && !/:\s*$/.test(shown));
	const ending = values.filter(({ shown }) => /\S\s*,\s*$/.test(shown));
	const isClosed = ({ text, shown }: Seen) => {
		const end = shown.trimEnd().replace(/\s*,$/, "").length - 1;
		return /[\]}]/.test(shown[end] ?? "") || (/["']/.test(text[end] ?? "") && shown[end] === "x");
	};
	const isMost = ending.length > 1 && ending.length * 2 > values.length;
	return ending.flatMap((each) => {
		const { text, shown, number } = each;
		const before = shown.trimEnd().replace(/\s*,$/, "");
		const told = `write ${text.slice(0, before.length).trim()}`;
		const length = shown.trimEnd().length - before.length;
		const isSure = isClosed(each);
		return isSure || isMost
			? [slip(number, columnOf(shown, before.length), [length, ""], "no comma stands behind a value here", told, isSure)]
			: [];
	});
}

/** `setup: [ - own: /data, - mkdir: /x ]`, in one line or in several. */
export function bracketedDashes(seen: readonly Seen[]): Slip[] {
	const message = "a list in brackets has no dashes";
	return seen.flatMap(({ text, shown, number }, place): Slip[] => {
		const [, lead = "", inner] = /^(.*?: +)\[(\s*- .*)?(?:\]\s*)?$/.exec(shown.trimEnd()) ?? [];
		const from = text.indexOf("[", lead.length);
		if (inner !== undefined && shown.trimEnd().endsWith("]")) {
			const end = shown.trimEnd().length;
			const items = text.slice(from + 1, end - 1).split(/(?:^|,)\s*-\s+/);
			const written = items.slice(1).map((each) => (/^[\w.-]+:\s/.test(each) ? `{${each.trim()}}` : each.trim()));
			const list = `[${written.join(", ")}]`;
			return [slip(number, columnOf(shown, from), [end - from, list], message, `write ${text.slice(0, from).trim()} ${list}`)];
		}
		const first = seen[place + 1];
		if (lead === "" || inner !== undefined || first === undefined || !/^\s*- /.test(first.shown)) {
			return [];
		}
		const last = seen.findIndex((each, index) => index > place && each.isOutside);
		if (!/^\s*\],?\s*$/.test(seen[last]?.shown ?? "")) {
			return [];
		}
		const cut = (line: Seen, pattern: RegExp): Edit[] => {
			const [found] = pattern.exec(line.shown) ?? [];
			const column = columnOf(line.shown, line.shown.search(pattern));
			return found === undefined
				? []
				: [{ line: line.number, column, endLine: line.number, endColumn: column + Array.from(found).length, text: "" }];
		};
		const edits = [
			...cut(seen[place] as Seen, /\[/),
			...seen.slice(place + 1, last).flatMap((each) => cut(each, /,(?=\s*$)/)),
			...cut(seen[last] as Seen, /\],?/),
		];
		const item = first.text.trim().replace(/,$/, "");
		return [
			{
				line: first.number,
				column: first.text.search(/\S/) + 1,
				message,
				remedy: `leave the brackets and the commas out: write ${item}`,
				correction: { edits, isCertain: true },
			},
		];
	});
}
