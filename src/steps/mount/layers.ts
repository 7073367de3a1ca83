import { isFixedPath, mustOpenTrusted } from "../../files/open.ts";
import { absolutePath } from "../../files/path-text.ts";
import { fail } from "../../report/failure.ts";
import { O } from "../../sys/constants.ts";
import type { Host } from "../../sys/native.ts";
import { byDescriptor } from "../../sys/proc.ts";
import { toReach } from "../common/reach.ts";
import type { Need } from "../step.ts";

/** The options of an overlay that name directories; a colon separates several, a backslash takes its meaning away. mount(8) */
const layerOptions: readonly string[] = ["lowerdir", "upperdir", "workdir"];

interface Layer {
	readonly option: string;
	/** Empty between two colons, which set data-only layers apart. */
	readonly paths: readonly string[];
}

function parse(parameter: string): Layer | undefined {
	const [, option = "", value = ""] = /^([^=]*)=(.*)$/.exec(parameter) ?? [];
	return layerOptions.includes(option)
		? { option, paths: value.split(/(?<!\\):/).map((each) => each.replaceAll(/\\(.)/g, "$1")) }
		: undefined;
}

function written({ option, paths }: Layer): string {
	return `${option}=${paths.map((each) => each.replaceAll(/[\\:]/g, "\\$&")).join(":")}`;
}

/** The options of an overlay with absolute paths; refused when they cannot make one. */
export function layersOf(parameters: readonly string[], workdir: string): readonly string[] {
	const layers = parameters.map(parse);
	const count = (option: string) => layers.find((each) => each?.option === option)?.paths.length ?? 0;
	if (count("lowerdir") === 0 || count("upperdir") !== count("workdir") || count("upperdir") > 1) {
		fail("CONFIG_INVALID_VALUE", "mount: an overlay has lowerdir, and upperdir with workdir if it can be written to", {
			remedy: ["options: [lowerdir=/image, upperdir=/volume/upper, workdir=/volume/work]"],
		});
	}
	if (count("upperdir") === 0 && count("lowerdir") === 1) {
		fail("CONFIG_INVALID_VALUE", "mount: an overlay without upperdir has at least two directories in lowerdir");
	}
	return parameters.map((parameter, index) => {
		const layer = layers[index];
		return layer === undefined
			? parameter
			: written({ ...layer, paths: layer.paths.map((each) => (each === "" ? "" : absolutePath(each, workdir))) });
	});
}

/**
 * The kernel prepares workdir, and later does below the overlay what its users do to it, with what was effective when it was mounted,
 * as root and not as they. Documentation/filesystems/overlayfs.rst, Permission model
 */
export function layerNeeds(parameters: readonly string[]): Need[] {
	const layers = parameters.flatMap((each) => parse(each) ?? []);
	const [upper] = layers.find(({ option }) => option === "upperdir")?.paths ?? [];
	const writing = upper === undefined ? [] : writingNeeds(upper);
	return [...writing, ...layers.flatMap(({ paths }) => paths.filter((path) => path !== "").map(toReach))];
}

function writingNeeds(upper: string): Need[] {
	const later = { certain: false, purpose: `to give what is changed in the overlay its owner and mode in ${upper}` };
	return [
		// For workdir at once, where the kernel makes a directory of mode 0 and works in it.
		{ anyOf: ["DAC_OVERRIDE"], certain: true, purpose: `to write into ${upper} for those who use the overlay` },
		...(["CHOWN", "FOWNER"] as const).map((name): Need => ({ ...later, anyOf: [name] })),
		{ ...later, anyOf: ["FSETID"], isSpare: true },
	];
}

/**
 * With the directories opened, none through a link that the workload could have made. The kernel is told the path where nobody but
 * root can lead it elsewhere meanwhile, else the descriptor.
 */
export function withLayers<T>(host: Host, parameters: readonly string[], use: (parameters: readonly string[]) => T): T {
	const opened: number[] = [];
	const nameOf = (path: string): string => {
		const fd = path === "" ? undefined : mustOpenTrusted(host, path, O.PATH | O.DIRECTORY);
		if (fd === undefined) {
			return path;
		}
		opened.push(fd);
		return isFixedPath(host, path) ? path : byDescriptor(host, fd);
	};
	try {
		return use(
			parameters.map((parameter) => {
				const layer = parse(parameter);
				return layer === undefined ? parameter : written({ ...layer, paths: layer.paths.map(nameOf) });
			}),
		);
	} finally {
		for (const fd of opened) {
			host.close(fd);
		}
	}
}

/** Whether the options of a mount name these directories. One that was given by descriptor says nothing any more. */
export function showsLayers(parameters: readonly string[], options: readonly string[]): boolean {
	const shown = options.flatMap((each) => parse(each) ?? []);
	const wanted = parameters.flatMap((each) => parse(each) ?? []);
	return layerOptions.every((option) => {
		const [want, have] = [wanted, shown].map((layers) => layers.find((each) => each.option === option)?.paths ?? []);
		return (
			want?.length === have?.length && want?.every((path, index) => have?.[index] === path || have?.[index]?.startsWith("/proc/self/fd/"))
		);
	});
}
