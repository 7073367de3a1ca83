import { capabilityName, capabilityNames, parseCapability } from "../capability/names.ts";
import { securebits } from "../capability/securebits.ts";
import { CapabilitySet } from "../capability/set.ts";
import { documentKeys } from "../config/document.ts";
import { errorCodes } from "../report/codes.ts";
import { fail } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { loadSteps, stepKinds, summaryOf } from "../steps/index.ts";
import type { Host } from "../sys/native.ts";
import { capabilityGuide, dockerDefaults } from "./capability-guide.ts";
import { errorSummaries } from "./error-summaries.ts";
import { keyDescriptions } from "./key-descriptions.ts";
import { securebitGuide } from "./securebit-guide.ts";

/** What a name of this program's world means: a capability, a securebit, a step, a key of the file, an error code. */
export async function explain(host: Host, name: string): Promise<void> {
	host.write(1, await render(name));
}

export async function render(name: string): Promise<string> {
	const found = [explainCapability(name), explainSecurebit(name), await explainStep(name), explainKey(name), explainError(name)].filter(
		(text) => text !== undefined,
	);
	if (found.length === 0) {
		fail("USAGE", `${quoted(name)} is nothing that can be explained${suggestion(name, knownNames())}`, {
			remedy: ["a capability (NET_RAW), a securebit (noroot), a step (own), a key (groups) or an error code (USER_UNKNOWN)"],
		});
	}
	return found.join("\n");
}

function knownNames(): string[] {
	return [...capabilityNames, ...Object.keys(securebits), ...stepKinds, ...Object.values(documentKeys), ...Object.keys(errorCodes)];
}

function explainCapability(name: string): string | undefined {
	const number = parseCapability(name);
	if (number === undefined) {
		return undefined;
	}
	const known = capabilityName(number) as (typeof capabilityNames)[number];
	const { allows, danger, abuse, instead, usedBy } = capabilityGuide[known];
	return rows(`CAP_${known}: a capability, number ${number}, mask 0x${CapabilitySet.from([number]).hex()}`, {
		allows,
		danger: `${danger}: ${abuse}`,
		docker: dockerDefaults.includes(known) ? "granted by default; --cap-drop takes it away" : `not granted by default; --cap-add ${known}`,
		instead,
		"used by": usedBy,
	});
}

function explainSecurebit(name: string): string | undefined {
	const bit = Object.entries(securebits).find(([each]) => each === name.toLowerCase());
	return bit === undefined
		? undefined
		: rows(`${bit[0]}: a securebit, 0x${bit[1].toString(16).padStart(2, "0")}`, {
				means: securebitGuide[bit[0] as keyof typeof securebitGuide],
			});
}

async function explainStep(name: string): Promise<string | undefined> {
	const kind = stepKinds.find((each) => each === name);
	if (kind === undefined) {
		return undefined;
	}
	await loadSteps([kind]);
	return rows(`${kind}: a setup step`, { does: summaryOf(kind) });
}

function explainKey(name: string): string | undefined {
	const entry = Object.entries(documentKeys).find(([, key]) => key === name);
	return entry === undefined
		? undefined
		: rows(`${name}: a key of entrypoint.yaml`, { means: keyDescriptions[entry[0] as keyof typeof documentKeys] });
}

function explainError(name: string): string | undefined {
	const code = Object.keys(errorCodes).find((each) => each === name.toUpperCase()) as keyof typeof errorCodes | undefined;
	return code === undefined
		? undefined
		: rows(`${code}: an error code`, { means: errorSummaries[code], "exit status": `${errorCodes[code]}` });
}

function rows(title: string, parts: Readonly<Record<string, string>>): string {
	return `${title}\n${Object.entries(parts)
		.map(([name, text]) => `  ${name.padEnd(11)} ${text}\n`)
		.join("")}`;
}
