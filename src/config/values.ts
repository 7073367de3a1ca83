import type { Diagnostic } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import type { YamlMapping, YamlNode } from "../sys/native.ts";
import type { InterpolationFault } from "./facts.ts";
import { typedScalar } from "./scalar.ts";

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** Replaces what is between `${` and `}`. */
export type Complete = (text: string) => string | InterpolationFault;

/** Called for each value that cannot be completed; conversion goes on, so that all are found at once. */
export type ReportFault = (node: YamlNode, code: Diagnostic["code"], message: string) => void;

/** The plain value of a node: scalars typed, or completed where they hold a `$`, which makes them text. */
export function toValue(node: YamlNode, complete: Complete, report: ReportFault): Value {
	switch (node.kind) {
		case "scalar": {
			if (!node.text.includes("$")) {
				return typedScalar(node);
			}
			const completed = complete(node.text);
			if (typeof completed === "string") {
				return completed;
			}
			report(node, completed.code, completed.message);
			return "";
		}
		case "sequence":
			return node.items.map((item) => toValue(item, complete, report));
		case "mapping":
			return toRecord(node, complete, report);
	}
}

function toRecord(node: YamlMapping, complete: Complete, report: ReportFault): { [key: string]: Value } {
	const record: { [key: string]: Value } = {};
	for (const [key, value] of node.entries) {
		// Names that every object answers to would pass for known keys.
		if (key.text in Object.prototype) {
			report(key, "CONFIG_UNKNOWN_KEY", `${quoted(key.text)} cannot be a key`);
		} else {
			record[key.text] = toValue(value, complete, report);
		}
	}
	return record;
}
