import type { YamlMapping, YamlNode } from "../../sys/native.ts";
import type { Finding } from "./lint/findings.ts";

/** A file without what is wrong with it, at the places that it has, so that what is wrong with the rest can be told with it. */
export interface Rest {
	readonly root: YamlMapping;
	/** The number that each of its steps has in the file. */
	readonly steps: readonly number[];
	/** The user is the one that is written. */
	readonly hasUser: boolean;
}

type At = (node: { readonly line: number; readonly column: number }) => Finding | undefined;

/** `undefined` where nothing can be left out, or nothing would be left. */
export function restOf(root: YamlNode, findings: readonly Finding[]): Rest | undefined {
	if (root.kind !== "mapping") {
		return undefined;
	}
	const at: At = ({ line, column }) => findings.find((each) => each.line === line && each.column === column);
	let [steps, hasUser]: [number[], boolean] = [[], true];
	const entries = root.entries.flatMap(([key, value]): [typeof key, YamlNode][] => {
		// A mapping in block form begins where its first key does.
		const isWrong = at(key) !== undefined || (value.kind !== "mapping" && at(value) !== undefined);
		if (isWrong || (key.text === "user" && isFaulty(value, at))) {
			hasUser &&= key.text !== "user";
			return key.text === "user" ? [[key, somebody(value)]] : [];
		}
		if (key.text !== "setup" || value.kind !== "sequence") {
			const rest = key.text === "landlock" || key.text === "env" ? withoutItems(value, at) : value;
			return isFaulty(rest, at) ? [] : [[key, withoutUnknown(rest, at)]];
		}
		const kept = value.items.flatMap((item, index) => {
			const left = stepWithout(item, at);
			return left === undefined ? [] : [{ index, left }];
		});
		steps = kept.map(({ index }) => index);
		return [[key, { ...value, items: kept.map(({ left }) => left) }]];
	});
	const left = { ...root, entries };
	return entries.length === 0 || (hasUser && size(left) === size(root)) ? undefined : { root: left, steps, hasUser };
}

/** Without a user nothing could be planned. */
function somebody({ line, column }: YamlNode): YamlNode {
	return { kind: "scalar", line, column, text: "65533:65533", plain: false };
}

/** Without its name a step is none. */
function stepWithout(item: YamlNode, at: At): YamlNode | undefined {
	if (at(item) !== undefined && item.kind !== "mapping") {
		return undefined;
	}
	const isNameless = item.kind === "mapping" && item.entries.some(([key]) => at(key)?.message.startsWith("unknown step"));
	return isNameless || isFaulty(item, at) ? undefined : withoutUnknown(item, at);
}

/** Whether anything in it is wrong but a key that is unknown. */
function isFaulty(node: YamlNode, at: At): boolean {
	switch (node.kind) {
		case "scalar":
			return at(node) !== undefined;
		case "sequence":
			return at(node) !== undefined || node.items.some((each) => isFaulty(each, at));
		case "mapping":
			return node.entries.some(([key, value]) => {
				const found = at(key);
				return found === undefined ? isFaulty(value, at) : found.code !== "CONFIG_UNKNOWN_KEY";
			});
	}
}

/** One of these paths, ports and variables says nothing of another. */
function withoutItems(node: YamlNode, at: At): YamlNode {
	return node.kind === "sequence"
		? { ...node, items: node.items.filter((each) => !isFaulty(each, at)) }
		: node.kind === "mapping"
			? {
					...node,
					entries: node.entries.flatMap(([key, each]) =>
						each.kind !== "mapping" && at(each) !== undefined ? [] : [[key, withoutItems(each, at)] as const],
					),
				}
			: node;
}

function withoutUnknown(node: YamlNode, at: At): YamlNode {
	switch (node.kind) {
		case "scalar":
			return node;
		case "sequence":
			return { ...node, items: node.items.map((each) => withoutUnknown(each, at)) };
		case "mapping":
			return {
				...node,
				entries: node.entries.flatMap(([key, value]) => (at(key) === undefined ? [[key, withoutUnknown(value, at)] as const] : [])),
			};
	}
}

function size(node: YamlNode): number {
	const below = node.kind === "scalar" ? [] : node.kind === "sequence" ? node.items : node.entries.map(([, value]) => value);
	return below.reduce((sum, each) => sum + size(each), 1);
}

/** A key beside another one, which is written anew with that. */
function isBesideIt(told: Finding, { code, line = 0, key }: Pick<Finding, "code" | "line" | "key">): boolean {
	const isAlike = told.code === code && code === "CONFIG_UNKNOWN_KEY" && told.key.split(".").length === key.split(".").length;
	return isAlike && told.correction?.edits.some((edit) => line >= edit.line && line <= edit.endLine) === true;
}

const lacking = /^(?:CONFIG_MISSING_KEY|USER_MISSING|COMMAND_MISSING|INTERPOLATION_UNSET)$/;

/** What is told of the rest as well: nothing that is said because something was left out, and nothing that lies at one place with what is told already. */
export function toldOfRest(told: readonly Finding[], ofRest: readonly Finding[], steps: readonly number[]): Finding[] {
	return ofRest
		.filter(
			({ code, severity, line, column, key }) =>
				severity !== "note" &&
				line !== undefined &&
				!lacking.test(code) &&
				!told.some((each) => isBesideIt(each, { code, line, key })) &&
				!told.some((each) => each.line === line && each.column === column && (each.severity === "error" || each.code === code)),
		)
		.map(({ correction: _, key, ...each }) => ({
			...each,
			key: key.replace(/^setup\[(\d+)\]/, (_all, index) => `setup[${steps[Number(index)]}]`),
		}));
}
