import { quoted } from "../../report/text.ts";

/** What mount(8) keeps to itself of a line of fstab(5): the kernel knows none of it, and neither does this program. */

interface Line {
	readonly type: string;
	readonly options: readonly string[];
}

const ofFstab = "defaults|(?:no)?auto|(?:no)?users?|owner|group|nofail|_netdev|comment=.*|[xX]-.*";
/** Of its own the kernel passes over these. */
const ofNetworks = "(?:no)?auto|_netdev";
const networks: readonly string[] = ["nfs", "cifs"];
const ofBinds = "r?bind";
/** Of a mount, and not of its file system, to which they would be given. */
const usual = "relatime|atime|diratime";
const unknown = "norelatime|strictatime|nodiratime|nosymfollow|remount|move|make-r?(?:shared|slave|private|unbindable)";
const ofImages = "loop(?:=.*)?|(?:offset|sizelimit)=.*";

function is(option: string, pattern: string): boolean {
	return new RegExp(`^(?:${pattern})$`).test(option);
}

/** What is none of the kernel's, and what to write. */
export function fstabFault({ type, options }: Line, isBlock: boolean): string | undefined {
	const fields = isBlock ? options.flatMap((option) => asField(option) ?? []) : [];
	if (fields.length > 0) {
		return `loop, offset and sizelimit are options of mount(8), and fields here: write ${[...new Set(["loop: true", ...fields])].join(", ")}, and leave them out of options`;
	}
	return options.map((option) => faultOf(option, type)).find((fault) => fault !== undefined);
}

function faultOf(option: string, type: string): string | undefined {
	const name = quoted(option.split("=", 1)[0] ?? "");
	if (is(option, ofFstab) && !(networks.includes(type) && is(option, ofNetworks))) {
		return `${name} is for fstab(5) and mount(8), and nothing to the kernel: leave it out of options`;
	}
	if (is(option, ofBinds) && type !== "bind") {
		return `${name} is no option of a file system: write type: bind`;
	}
	if (is(option, usual)) {
		return `${name} is what the kernel does anyhow: leave it out of options`;
	}
	return is(option, unknown) ? `${name} is no option of a file system, and this step does not know it` : undefined;
}

function asField(option: string): string | undefined {
	const [name, value = ""] = option.split("=", 2);
	switch (name) {
		case "loop":
			return "loop: true";
		case "offset":
			return `offset: ${inUnits(value)}`;
		case "sizelimit":
			return `size: ${inUnits(value)}`;
		default:
			return undefined;
	}
}

/** `1048576` as `1M`; what is no number of bytes is not repeated. */
function inUnits(text: string): string {
	const bytes = /^\d{1,15}$/.test(text) ? Number(text) : 0;
	const [unit, size] = (
		[
			["G", 0x4000_0000],
			["M", 0x10_0000],
			["K", 0x400],
		] as const
	).find(([, each]) => bytes % each === 0) ?? ["", 1];
	return bytes === 0 ? "BYTES" : `${bytes / size}${unit}`;
}

/** The same, as far as a schema can say it; `others` are the types that are on no device. */
export function fstabConstraints(others: readonly string[]): readonly object[] {
	const isOf = (...types: readonly string[]) => ({ properties: { type: { enum: types } } });
	const always = `${ofFstab.replace("(?:no)?auto|", "").replace("_netdev|", "")}|${usual}|${unknown}`;
	return [
		without(always),
		{ anyOf: [isOf(...networks), without(ofNetworks)] },
		{ anyOf: [isOf("bind"), without(ofBinds)] },
		{ anyOf: [isOf(...others), without(ofImages)] },
	];
}

function without(pattern: string): object {
	const text = { type: "string", pattern: `(?:^|,)\\s*(?:${pattern.replaceAll(".*", "[^,]*")})\\s*(?:,|$)` };
	return { not: { required: ["options"], properties: { options: { anyOf: [text, { type: "array", contains: text }] } } } };
}
