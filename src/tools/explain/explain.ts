import { isCallName } from "../../confine/seccomp/calls.ts";
import { fail } from "../../report/failure.ts";
import { nearest, suggestion } from "../../report/suggest.ts";
import { terminalOf, wrap } from "../../report/terminal.ts";
import { quoted } from "../../report/text.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { writeSchema } from "../schema/schema.ts";
import { machineOf } from "../seccomp/judge.ts";
import type { CallHere } from "./calls.ts";
import { callHere } from "./configured.ts";
import type { Keys, Parser } from "./keys.ts";
import { readings, within } from "./readings.ts";
import { renderTold, rows, type Told } from "./rows.ts";
import { type Kind, kinds, type Source, sourcesOf } from "./sources.ts";

/** What a name of this program's world, or of the field, means; without a name, what names there are. */
export async function explain(host: Host, name: string | undefined, file: string | undefined, usualFile: string): Promise<void> {
	const { columns } = terminalOf(host, 1);
	if (name === undefined) {
		host.write(1, await renderList(host, columns));
		return;
	}
	const [kind, call] = splitKind(name);
	const here = isCallName(call) ? await callHere(host, call, file, usualFile) : undefined;
	// Only of a call is a file asked.
	const asked = kind === undefined && file !== undefined && here !== undefined ? `call:${name}` : name;
	host.write(1, await render(host, asked, { here, isFiltered: host.getSeccomp() > 0 }, columns));
}

/** The likeliest of what is called so, and the others in a line. */
export async function render(
	parser: Parser & Pick<Reads, "uname">,
	written: string,
	here: CallHere = {},
	columns: number | undefined = undefined,
): Promise<string> {
	const { keys } = await writeSchema();
	const sources = sourcesOf({ parser, keys, machine: machineOf(parser), here });
	for (const { text, isPart } of [{ text: written, isPart: false }, ...readings(written, suggestible(sources, keys))]) {
		const list = text.split(/^[A-Z_\s]+$/.test(text) && called(text, sources).length === 0 ? /\s+/ : /,\s*/);
		if (list.length > 1 && list.every((each) => called(each, sources).length > 0)) {
			return (await Promise.all(list.map((each) => render(parser, each, here, columns)))).join("\n");
		}
		// A word of a sentence is no name of something deep inside a step.
		const [likeliest, ...others] = called(text, sources).filter(
			([kind, told]) => !isPart || kind !== "key" || likelihood(text, told, kind) > 1,
		);
		if (likeliest !== undefined) {
			const [, { title, parts }] = likeliest;
			const also = others.map(([each]) => `${each}:${splitKind(text)[1]}`).join(" or ");
			const told = renderTold(rows(title, also === "" ? parts : { ...parts, also: `abdicate explain ${also}` }), columns);
			return isPart ? `${wrap(ofPart(written, text, suggestible(sources, keys)), columns, 0)}\n${told}` : told;
		}
	}
	const bare = splitKind(written)[1].replace(/^cap_/i, "");
	fail("USAGE", `${quoted(written)} is nothing that can be explained${meant(bare, suggestible(sources, keys))}`, {
		remedy: ["abdicate explain, without a name, lists what can be"],
	});
}

function ofPart(written: string, part: string, names: readonly string[]): string {
	const near = nearest(written, names);
	return `${quoted(written)} is not known as such${near === undefined || near === part ? "" : `; did you mean "${near}"?`}; of it ${quoted(part)} is:`;
}

/** All that is called so, the likeliest first: what has the name before a key that only ends so. */
function called(written: string, sources: Readonly<Record<Kind, Source>>): [Kind, Told][] {
	const [kind, name] = splitKind(written);
	return kinds
		.filter((each) => kind === undefined || each === kind)
		.flatMap((each): [Kind, Told][] => {
			const told = sources[each].explain(name);
			return told === undefined ? [] : [[each, told]];
		})
		.sort(([left, ofLeft], [right, ofRight]) => likelihood(name, ofRight, right) - likelihood(name, ofLeft, left));
}

function meant(name: string, names: readonly string[]): string {
	const near = suggestion(name, names);
	const other = near === "" ? within(name, names) : undefined;
	return other === undefined ? near : `; did you mean "${other}"?`;
}

/** `call:mount`, where several are called so. */
function splitKind(written: string): [kind: Kind | undefined, name: string] {
	const [, kind, name] = /^([a-z]+):(.+)$/s.exec(written) ?? [];
	const found = kinds.find((each) => each === kind);
	return found === undefined ? [undefined, written] : [found, name ?? ""];
}

/** Whoever has a bare number has it from an end: a status that tells something, or a signal. */
function likelihood(name: string, { title, isLast }: Told, kind: Kind): number {
	if (/^\d+$/.test(name) && !isLast) {
		return kind === "exit" ? 2 : kind === "signal" ? 1.5 : 1;
	}
	return isLast ? 0 : title.startsWith(`${name}:`) || title.startsWith(`CAP_${name.toUpperCase()}:`) ? 2 : 1;
}

function suggestible(sources: Readonly<Record<Kind, Source>>, keys: Keys): string[] {
	return [
		...kinds.flatMap((kind) => [...sources[kind].names, ...(sources[kind].others ?? [])]),
		...[...keys.keys()].map((key) => key.slice(key.lastIndexOf(".") + 1)),
	];
}

/** Every name that has an explanation. */
export function explainable(keys: Keys): string[] {
	const machine = { machine: "x86_64", kernel: [6, 0] as const };
	const sources = sourcesOf({ parser: { parseYaml: () => undefined }, keys, machine, here: {} });
	return [...new Set(kinds.flatMap((kind) => sources[kind].names))];
}

/** What there is, in groups. */
async function renderList(parser: Parser & Pick<Reads, "uname">, columns: number | undefined): Promise<string> {
	const { keys } = await writeSchema();
	const sources = sourcesOf({ parser, keys, machine: machineOf(parser), here: {} });
	const groups = kinds.map((kind): [string, string] => {
		const { names, shown = names } = sources[kind];
		return [kind, shown.join(", ")];
	});
	const more = "where several are called the same: abdicate explain KIND:NAME, as in call:mount";
	return (
		renderTold(rows("abdicate explain NAME, where NAME is one of these", Object.fromEntries(groups)), columns) +
		`${wrap(more, columns, 0)}\n`
	);
}
