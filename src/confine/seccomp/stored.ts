import { capabilityNames } from "../../capability/names.ts";
import { json } from "../../report/json.ts";
import { type Compiled, subsetsOf } from "./compiled.ts";
import { instructionDigits } from "./instruction.ts";
import { faultOf } from "./interpret.ts";
import type { SeccompSetting } from "./setting.ts";

/** Filters that were compiled when an image was built, as text beside a configuration. */

declare const __VERSION__: string;

/** What the programs were made of, and by what. All of it has to be the same at a start: no program is taken for another profile. */
export interface Origin {
	readonly setting: SeccompSetting;
	/** The text of the profile; undefined for docker-default, which a version of this program has one of. */
	readonly text: string | undefined;
	readonly machine: string;
}

const what = "abdicate seccomp";
const format = 2;
/** Of the text, in units. */
const largest = 1024 * 1024;

/** Only tests run without a version. */
const version = typeof __VERSION__ === "string" ? __VERSION__ : "unversioned";

export function writeStored(origin: Origin, compiled: Compiled): string {
	return `${json({ what, format, ...described(origin), compiled })}\n`;
}

/** The programs, or why they are not used. */
export function readStored(text: string, origin: Origin): Compiled | { readonly unusable: string } {
	const stored = text.length > largest ? undefined : parsed(text);
	if (!isRecord(stored) || stored["what"] !== what) {
		return { unusable: "is not one, or not all of it" };
	}
	if (stored["format"] !== format) {
		return { unusable: "has another format" };
	}
	const difference = Object.entries(described(origin)).find(([name, value]) => stored[name] !== value);
	if (difference !== undefined) {
		return { unusable: differences[difference[0]] ?? "is of another origin" };
	}
	const { compiled } = stored;
	return isCompiled(compiled) ? compiled : { unusable: "holds no program that can be loaded" };
}

function described({ setting, text, machine }: Origin): Readonly<Record<string, string>> {
	const { profile, allow, deny, architectures, action } = setting;
	return { version, machine, setting: json([profile, allow, deny, architectures, action]), profile: text ?? "" };
}

const differences: Readonly<Record<string, string>> = {
	version: "was made by another version of this program",
	machine: "is for another machine",
	setting: "was made for another setting of seccomp",
	profile: "was made of another text of the profile",
};

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function isCompiled(value: unknown): value is Compiled {
	return (
		isRecord(value) &&
		isListOf(value["capabilities"], isCapability) &&
		isListOf(value["kernels"], isKernel) &&
		isListOf(value["cases"], isCase) &&
		isWhole(value as unknown as Compiled)
	);
}

/** Whether there is a program for every process: a few capabilities are kept or not, and so many versions are reached. */
function isWhole({ capabilities, kernels, cases }: Compiled): boolean {
	const known = new Set(cases.map(({ kept, reached }) => `${kept} ${reached}`));
	const expected = subsetsOf(capabilities.length) * (kernels.length + 1);
	return (
		new Set(capabilities).size === capabilities.length &&
		known.size === expected &&
		cases.length === expected &&
		cases.every(
			({ kept, reached }) => reached <= kernels.length && capabilities.filter((name) => kept.includes(name)).join() === kept.join(),
		)
	);
}

function isCase(value: unknown): boolean {
	return isRecord(value) && isListOf(value["kept"], isCapability) && isCount(value["reached"]) && isTemplate(value["template"]);
}

/** SECCOMP_FILTER_FLAG_TSYNC, LOG and SPEC_ALLOW. */
const mostFlags = 7;

function isTemplate(value: unknown): boolean {
	if (!isRecord(value) || typeof value["program"] !== "string" || faultOf(value["program"]) !== undefined) {
		return false;
	}
	const { program, openings, flags, optionalFlags, summary } = value;
	const count = program.length / instructionDigits;
	return (
		isListOf(openings, (each) => isOpening(each, count)) &&
		[flags, optionalFlags].every((each) => isCount(each) && (each as number) <= mostFlags) &&
		isRecord(summary) &&
		typeof summary["rest"] === "string" &&
		isCounts(summary["counts"])
	);
}

function isOpening(value: unknown, count: number): boolean {
	return (
		isRecord(value) &&
		isListOf(value["keys"], isKey) &&
		isListOf(value["calls"], (each) => typeof each === "string") &&
		isListOf(value["at"], (each) => isCount(each) && (each as number) < count) &&
		isCount(value["allows"]) &&
		isCounts(value["before"])
	);
}

function isCounts(value: unknown): boolean {
	return isRecord(value) && Object.values(value).every(isCount);
}

function isKey(value: unknown): boolean {
	return (
		isRecord(value) && isListOf(value["capabilities"], isCapability) && (value["minKernel"] === undefined || isKernel(value["minKernel"]))
	);
}

function isKernel(value: unknown): boolean {
	return isListOf(value, isCount) && value.length === 2;
}

function isCapability(value: unknown): boolean {
	return (capabilityNames as readonly unknown[]).includes(value);
}

function isCount(value: unknown): boolean {
	return Number.isInteger(value) && (value as number) >= 0;
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is readonly unknown[] {
	return Array.isArray(value) && value.every(isItem);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
