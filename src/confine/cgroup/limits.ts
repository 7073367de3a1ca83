import { shellWord } from "../../report/shell.ts";
import { yamlScalar } from "../../report/yaml.ts";
import type { Controller } from "./levels.ts";
import type { CgroupSetting } from "./setting.ts";

/** One limit that is wanted. */
export interface Limit {
	readonly controller: Controller;
	/** The file of version 2. */
	readonly file: string;
	/** As the kernel shows it: what is written, and read back. */
	readonly text: string;
	/** For a message. */
	readonly shown: string;
	/** How each runtime sets it. */
	readonly flags: { readonly docker: readonly string[]; readonly compose: ComposeKey; readonly kubernetes: string | undefined };
	/** Of processes, bytes or processors; of `io` the numbers of the device and what is limited, by the names of version 2. */
	readonly most: number | { readonly device: string; readonly rates: Readonly<Record<string, number>> };
}

/** A key with its value, or what stands in the lists of `blkio_config`. */
type ComposeKey = string | readonly (readonly [list: string, entry: string])[];

const pageSize = 4096;
/** In microseconds; 100 of them for a thousandth of a processor. */
const period = 100_000;

const ioKeys = [
	["rbps", "readBps", "device-read-bps", "device_read_bps"],
	["wbps", "writeBps", "device-write-bps", "device_write_bps"],
	["riops", "readIops", "device-read-iops", "device_read_iops"],
	["wiops", "writeIops", "device-write-iops", "device_write_iops"],
] as const;

/** `numbersOf` gives `8:0` for the path of a block device. */
export function limitsOf({ pids, memory, cpu, io }: CgroupSetting, numbersOf: (device: string) => string): Limit[] {
	const bytes = memory === undefined ? undefined : memory - (memory % pageSize);
	return [
		...(pids === undefined ? [] : [limitOfPids(pids)]),
		...(bytes === undefined ? [] : [limitOfMemory(bytes)]),
		...(cpu === undefined ? [] : [limitOfCpu(cpu)]),
		...io.map((each): Limit => {
			const set = ioKeys.filter(([, key]) => each[key] !== undefined);
			const numbers = numbersOf(each.device);
			const rates = Object.fromEntries(set.map(([name, key]) => [name, each[key] as number]));
			return {
				controller: "io",
				file: "io.max",
				text: `${numbers} ${ioKeys.map(([name]) => `${name}=${rates[name] ?? "max"}`).join(" ")}`,
				shown: `io of ${each.device}`,
				flags: {
					docker: set.map(([, key, flag]) => `--${flag} ${shellWord(`${each.device}:${each[key]}`)}`),
					compose: set.map(([, key, , name]) => [name, `{path: ${yamlScalar(each.device)}, rate: ${each[key]}}`] as const),
					kubernetes: undefined,
				},
				most: { device: numbers, rates },
			};
		}),
	];
}

function limitOfPids(pids: number): Limit {
	const flags = { docker: [`--pids-limit ${pids}`], compose: `pids_limit: ${pids}`, kubernetes: undefined };
	return { controller: "pids", file: "pids.max", text: `${pids}`, shown: `pids ${pids}`, flags, most: pids };
}

function limitOfMemory(bytes: number): Limit {
	const flags = { docker: [`--memory ${bytes}`], compose: `mem_limit: ${bytes}`, kubernetes: `memory: "${bytes}"` };
	return { controller: "memory", file: "memory.max", text: `${bytes}`, shown: `memory ${bytes}`, flags, most: bytes };
}

function limitOfCpu(cpu: number): Limit {
	const processors = `${cpu / 1000}`;
	const flags = { docker: [`--cpus ${processors}`], compose: `cpus: ${processors}`, kubernetes: `cpu: ${cpu}m` };
	return {
		controller: "cpu",
		file: "cpu.max",
		text: `${(cpu * period) / 1000} ${period}`,
		shown: `cpu ${processors}`,
		flags,
		most: cpu / 1000,
	};
}

/** Each a line of a service; of several devices there is one key. */
export function composeKeys(limits: readonly Limit[]): string[] {
	const keys = limits.map(({ flags }) => flags.compose);
	const entries = keys.flatMap((each) => (typeof each === "string" ? [] : each));
	const lists = [...new Set(entries.map(([list]) => list))].map(
		(list) => `${list}: [${entries.flatMap(([name, entry]) => (name === list ? [entry] : [])).join(", ")}]`,
	);
	return [...keys.filter((each) => typeof each === "string"), ...(lists.length === 0 ? [] : [`blkio_config: {${lists.join(", ")}}`])];
}

/** What gives the same to the whole container. */
export function flagsOf(lacking: readonly Limit[]): string[] {
	const flags = lacking.map((each) => each.flags);
	const docker = flags.flatMap((each) => each.docker).join(" ");
	const compose = composeKeys(lacking).join(", ");
	const limits = flags.flatMap((each) => each.kubernetes ?? []);
	const pods = [
		...(limits.length > 0 ? [`resources.limits: {${limits.join(", ")}}`] : []),
		...(lacking.some(({ controller }) => controller === "pids") ? ["podPidsLimit of the kubelet, for all of a Pod"] : []),
		...(lacking.some(({ controller }) => controller === "io") ? ["nothing for io"] : []),
	].join(", ");
	return [`docker run ${docker} ... | compose: ${compose} | kubernetes: ${pods}`];
}
