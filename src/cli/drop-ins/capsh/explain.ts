import { capabilityGuide } from "../../../capability/guide.ts";
import { libcapName } from "../../../capability/libcap-text.ts";
import { type Capability, capability, capabilityNames } from "../../../capability/names.ts";
import { heading } from "./print.ts";

/** What a capability allows, in this program's own words. */
export function explained(each: Capability, last: Capability): string {
	const lines = linesOf(each);
	return `${heading(each, last, lines.length > 0)}${lines.length === 0 ? "" : `\n${lines.map((line) => `    ${line}\n`).join("")}`}`;
}

/** All whose name or words have the text in them, in any case. */
export function suggested(text: string, last: Capability): string {
	const wanted = text.toLowerCase();
	return capabilityNames
		.map(capability)
		.filter((each) => [libcapName(each), ...linesOf(each)].some((line) => line.toLowerCase().includes(wanted)))
		.map((each) => explained(each, last))
		.join("\n");
}

/** None for a capability that is newer than this program. */
function linesOf(each: Capability): string[] {
	const name = capabilityNames[each];
	if (name === undefined) {
		return [];
	}
	const { allows, danger, abuse, instead, usedBy } = capabilityGuide[name];
	return [`allows: ${allows}`, `danger: ${danger}: ${abuse}`, `instead: ${instead}`, `used by: ${usedBy}`];
}
