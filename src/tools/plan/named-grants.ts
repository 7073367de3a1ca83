import { interpolatedValues } from "../../config/interpolated.ts";
import { secretName } from "../../config/secret-name.ts";
import type { AllGrants, Grants } from "../../plan/grants.ts";
import { shellWord } from "../../report/shell.ts";
import { asWritten } from "./as-written.ts";

/** With the names of variables where their values may be secrets, as in a plan. */
export function withNames({ needed, optional, remarks }: AllGrants): AllGrants {
	return { needed: named(needed), optional: named(optional), remarks: remarks.map(place) };
}

function named(grants: Grants): Grants {
	const { purposes, devices, sysctls, machineSettings, hostname } = grants;
	return {
		...grants,
		purposes: new Map([...purposes].map(([name, purpose]) => [name, place(purpose)])),
		devices: devices.map((each) => ({ ...each, path: place(each.path) })),
		sysctls: settings(sysctls),
		machineSettings: settings(machineSettings),
		hostname: hostname && asWritten(hostname, /./),
	};
}

function place(text: string): string {
	return asWritten(text, secretName);
}

function settings(all: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
	return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, asWritten(value, /./)]));
}

/** The text in parts, every second of which is a variable of the configuration: `${NAME}`. */
function partsOf(text: string): readonly string[] {
	const names = interpolatedValues().map(([name]) => name);
	return names.length === 0 ? [text] : text.split(new RegExp(`(\\$\\{(?:${names.join("|")})\\})`));
}

/** With other text made into what its language takes it for, and the variables left to whoever reads it. */
export function besidesNames(text: string, escaped: (part: string) => string): string {
	return partsOf(text)
		.map((part, index) => (index % 2 === 1 ? part : escaped(part)))
		.join("");
}

/** A word of a shell that sets them. */
export function wordWithNames(text: string): string {
	const parts = partsOf(text);
	return parts.length === 1
		? shellWord(text)
		: parts.map((part, index) => (index % 2 === 1 ? `"${part}"` : part && shellWord(part))).join("");
}
