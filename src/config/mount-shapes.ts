import type { YamlMapping, YamlNode } from "../sys/native.ts";
import type { Advice } from "./foreign-words.ts";
import { childOf } from "./locate.ts";
import { shellIn } from "./plain-shapes.ts";
import type { Refused } from "./refused.ts";
import { withMountpoint } from "./step-shapes.ts";
import { flow, isMark, word, wordsOf } from "./written.ts";

/** A device alone, or with where it is to be: no target, as other words alone would be. */
export function mountOf(value: YamlNode): string | undefined {
	const size = childOf(value, "size");
	if (value.kind === "mapping" && size !== undefined) {
		const options = childOf(value, "options");
		const others = value.entries.flatMap(([{ text }, each]) => (/^(?:size|options)$/.test(text) ? [] : `${text}: ${flow(each)}`));
		const all = [
			`size=${flow(size)}`,
			...(options === undefined ? [] : options.kind === "sequence" ? options.items.map(flow) : [flow(options)]),
		];
		return `mount: {${others.join(", ")}, options: [${all.join(", ")}]}`;
	}
	const fields = value.kind === "mapping" ? fieldsOfTable(value) : undefined;
	if (fields !== undefined) {
		return `mount: {${fields.join(", ")}}`;
	}
	const [source = "", target, ...more] = wordsOf(value);
	return (
		ofTable(source, target ?? "", more) ??
		(source.startsWith("/dev/") && more.length === 0
			? `mount: {type: ..., source: ${word(source)}, target: ${target === undefined ? "..." : word(target)}}`
			: undefined)
	);
}

/** `squashfuse /app.img /srv`, a line of a shell: which of its words is the mount point is a guess. */
export function fuseOf(value: YamlNode): string | undefined {
	const words = wordsOf(value);
	const target = words.findLast((each) => each.startsWith("/"));
	return value.kind === "mapping" || words.length < 2 || target === undefined || shellIn(value) !== undefined
		? undefined
		: `fuse: {target: ${word(target)}, ${withMountpoint(value, { kind: "scalar", text: target } as YamlNode)}}`;
}

/** What only the machine's own start goes by. fstab(5), mount(8) */
const ofMachine = /^(?:defaults|r?bind|(?:no)?auto|nofail|_netdev|(?:no)?user|x-.*|comment=.*)$/;

export function isOfMachine(option: string): boolean {
	return ofMachine.test(option);
}

/** `tmpfs /tmp tmpfs size=64m 0 0`, a line of fstab. fstab(5) */
function ofTable(source: string, target: string, [type = "", options = "", ...numbers]: readonly string[]): string | undefined {
	const given = options.split(",");
	const isBind = given.some((each) => /^r?bind$/.test(each));
	const kind = isBind ? "bind" : type;
	if (!target.startsWith("/") || !/^[a-z][\w.]*$/.test(kind) || kind === "none" || numbers.some((each) => !/^\d$/.test(each))) {
		return undefined;
	}
	const left = given.filter((each) => each !== "" && !isOfMachine(each));
	const parts = [
		`type: ${kind}`,
		...(kind === "tmpfs" ? [] : [`source: ${word(source)}`]),
		`target: ${word(target)}`,
		...(left.length === 0 ? [] : [`options: [${left.map(word).join(", ")}]`]),
	];
	return `mount: {${parts.join(", ")}}`;
}

const names: Readonly<Record<string, string>> = {
	...{ fstype: "type", vfstype: "type", fs: "type", device: "source", spec: "source", src: "source", opts: "options" },
	...{ path: "target", dir: "target", mountpoint: "target", dest: "target", destination: "target" },
};

/** Fields with what a line of fstab has and this step has not. */
function fieldsOfTable({ entries }: YamlMapping): string[] | undefined {
	const named = entries.map(([{ text }, value]) => [(Object.hasOwn(names, text) && names[text]) || text, value] as const);
	const options = named.find(([name]) => name === "options")?.[1];
	const given = (options?.kind === "sequence" ? wordsOf(options) : options?.kind === "scalar" ? [options.text] : []).flatMap((each) =>
		each.split(/,\s*/),
	);
	const left = given.filter((each) => !isOfMachine(each));
	if (left.length === given.length || new Set(named.map(([name]) => name)).size < named.length) {
		return undefined;
	}
	const isBind = given.some((each) => /^r?bind$/.test(each));
	return named.flatMap(([name, value]) =>
		name === "options"
			? left.length === 0
				? []
				: [`options: [${left.map(word).join(", ")}]`]
			: [`${name}: ${name !== "type" ? flow(value) : isBind ? "bind" : (typeNames[flow(value)] ?? flow(value))}`],
	);
}

/** All of them at once: which options there are is asked when the keys are right. */
export function ofMount({ above }: Refused): Advice[] {
	const fields = above.kind === "mapping" ? fieldsOfTable(above) : undefined;
	return fields === undefined || above.kind !== "mapping"
		? []
		: [{ text: fields.join(", "), instead: above.entries.map(([{ text }]) => text) }];
}

const typeNames: Readonly<Record<string, string>> = {
	...{
		ntfs: "ntfs3",
		iso: "iso9660",
		cdrom: "iso9660",
		cdfs: "iso9660",
		fat: "vfat",
		fat16: "vfat",
		fat32: "vfat",
		msdos: "vfat",
		dos: "vfat",
	},
	...{
		hfsx: "hfsplus",
		"hfs+": "hfsplus",
		smb: "cifs",
		smbfs: "cifs",
		smb3: "cifs",
		nfs4: "nfs",
		overlayfs: "overlay",
		rbind: "bind",
		ramfs: "tmpfs",
	},
};

/** A type of file system by another of its names; which of them is one is found out by who asks. */
export function typesLike(value: YamlNode): string[] {
	const name = value.kind === "scalar" ? value.text.toLowerCase() : "";
	return [name, typeNames[name], name.replace(/(?:fs|\d)$/, "")].filter((each): each is string => /^\w+$/.test(each ?? ""));
}

/** `read_only: true` and `tmpfs: {size: 64m}`, as the options that they are. */
export function optionsWith(key: string, value: YamlNode, above: YamlNode): string | undefined {
	const isFlag = isMark(value) && /^(?:ro|read_?only)$/i.test(key);
	const pairs = key === "tmpfs" && value.kind === "mapping" && childOf(above, "type") !== undefined ? value.entries : [];
	const added = isFlag ? ["ro"] : pairs.map(([{ text }, each]) => (each.kind === "scalar" ? word(`${text}=${each.text}`) : "..."));
	if (added.length === 0) {
		return undefined;
	}
	const written = childOf(above, "options");
	const options = written === undefined ? [] : written.kind === "sequence" ? written.items.map(flow) : [flow(written)];
	return `options: ${options.length === 0 && isFlag ? "ro" : `[${[...options, ...added].join(", ")}]`}`;
}
