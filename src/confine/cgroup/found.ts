import { isMagicOf } from "../../files/file-systems.ts";
import { AT, O } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import type { Hierarchy } from "./levels.ts";
import type { Limit } from "./limits.ts";

/** The files of version 1 that say the same; of processors the time is divided by the period. */
const former = { pids: ["pids.max"], memory: ["memory.limit_in_bytes"], cpu: ["cpu.cfs_quota_us", "cpu.cfs_period_us"] } as const;
const formerRates: Readonly<Record<string, string>> = {
	rbps: "blkio.throttle.read_bps_device",
	wbps: "blkio.throttle.write_bps_device",
	riops: "blkio.throttle.read_iops_device",
	wiops: "blkio.throttle.write_iops_device",
};

/** Whether the cgroup of this process, or one above it that can be seen, is limited at least as tightly already. */
export function isLimited(reads: Reads, limit: Limit, found: Hierarchy | undefined): boolean {
	return found?.levels.some((level) => isLimitedAt(reads, limit, found.version, level)) === true;
}

function isLimitedAt(reads: Reads, { controller, file, most }: Limit, version: 1 | 2, level: string): boolean {
	const read = (name: string) => {
		const fd = reads.openRead(AT.FDCWD, `${level}/${name}`, O.RDONLY | O.NONBLOCK | O.NOCTTY, 0);
		const text = fd < 0 ? fd : withDescriptor(reads, fd, () => (isOfGroups(reads, fd) ? reads.readAll(fd, 65_536) : undefined));
		return typeof text === "string" ? text : "";
	};
	if (typeof most === "number") {
		const names = version === 2 || controller === "io" ? [file] : former[controller];
		const [amount = "", divisor = "1"] = names.map(read).join(" ").trim().split(/\s+/);
		const value = Number(amount) / Number(divisor);
		return amount !== "" && value >= 0 && value <= most;
	}
	return Object.entries(most.rates).every(([name, rate]) => {
		const line = read(version === 2 ? file : (formerRates[name] as string))
			.split("\n")
			.find((each) => each.startsWith(`${most.device} `));
		const value = version === 2 ? new RegExp(` ${name}=(\\d+)`).exec(line ?? "")?.[1] : line?.split(" ")[1];
		return value !== undefined && Number(value) > 0 && Number(value) <= rate;
	});
}

/** What a volume has brought there says nothing of limits. */
export function isOfGroups(reads: Reads, fd: number): boolean {
	const system = reads.fstatfs(fd);
	return typeof system !== "number" && isMagicOf(system[0], "cgroup", "cgroup2");
}
