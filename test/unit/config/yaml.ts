import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Reads, YamlNode, YamlScalar } from "../../../src/sys/native.ts";

/** The positions and values the native parser gives, by way of the npm package; limits and refusals are the native tests' business. */
export const parseYaml: Reads["parseYaml"] = (text) => {
	const counter = new LineCounter();
	const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true, strict: true, version: "1.2", schema: "failsafe" });
	const at = (offset: number) => {
		const { line, col } = counter.linePos(offset);
		return { line, column: col };
	};
	const [error] = document.errors;
	if (error !== undefined) {
		return {
			kind: "fault",
			fault: error.code === "DUPLICATE_KEY" ? "duplicate-key" : "syntax",
			message: error.message,
			...at(error.pos[0]),
		};
	}
	const convert = (node: Node | null | undefined, offset: number): YamlNode => {
		const position = at(node?.range?.[0] ?? offset);
		if (isAlias(node)) {
			return convert(node.resolve(document), offset);
		}
		if (isMap(node)) {
			return {
				kind: "mapping",
				...position,
				entries: node.items.map(({ key, value }) => {
					const name = convert(key as Node, offset) as YamlScalar;
					return [name, convert(value as Node | null, (key as Node).range?.[1] ?? offset)] as const;
				}),
			};
		}
		if (isSeq(node)) {
			return { kind: "sequence", ...position, items: node.items.map((item) => convert(item as Node, offset)) };
		}
		const plain = !isScalar(node) || node.type === "PLAIN" || node.type === undefined;
		return { kind: "scalar", ...position, text: isScalar(node) ? String(node.value ?? "") : "", plain };
	};
	return document.contents === null ? undefined : convert(document.contents, 0);
};
