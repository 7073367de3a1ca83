import * as v from "valibot";
import { integer, path, understood } from "../config/fields.ts";
import { list, mapping, optional, required } from "../config/mapping.ts";
import { size } from "../config/size.ts";
import type { CgroupSetting, IoLimit } from "../confine/cgroup/setting.ts";

function asText(value: unknown): string {
	return typeof value === "number" || typeof value === "string" ? `${value}` : "";
}

/** In thousandths, of which the kernel takes ten and more. */
const processors = () =>
	understood(
		"expected a number of processors, such as 1.5, or 150%",
		(value) => {
			const [, number, percent] =
				/^(?:([1-9][0-9]{0,6}(?:\.[0-9]{1,3})?|0\.(?:0[1-9][0-9]?|[1-9][0-9]{0,2}))|([1-9][0-9]{0,5})%)$/.exec(asText(value)) ?? [];
			const thousandths = percent === undefined ? Math.round(Number(number) * 1000) : Number(percent) * 10;
			return Number.isNaN(thousandths) ? undefined : thousandths;
		},
		{ like: /^([1-9][0-9]{0,6}(\.[0-9]{1,3})?|0\.(0[1-9][0-9]?|[1-9][0-9]{0,2})|[1-9][0-9]{0,5}%)$/ },
	);

const operations = () => integer(1, 4_294_967_295);

const io = (): v.GenericSchema<unknown, IoLimit> =>
	v.pipe(
		mapping({
			device: required(path),
			read_bps: optional(() => size()),
			write_bps: optional(() => size()),
			read_iops: optional(operations),
			write_iops: optional(operations),
		}),
		v.check(
			({ device: _, ...rates }) => Object.values(rates).some((each) => each !== undefined),
			"one of read_bps, write_bps, read_iops and write_iops is required",
		),
		v.transform(({ device, read_bps: readBps, write_bps: writeBps, read_iops: readIops, write_iops: writeIops }) => ({
			...{ device, readBps, writeBps, readIops, writeIops },
		})),
	);

/** What stands at `cgroup`. */
export const cgroupSetting = (): v.GenericSchema<unknown, CgroupSetting> =>
	v.pipe(
		mapping({
			pids: optional(() => integer(1, 4_194_304)),
			memory: optional(() => size()),
			cpu: optional(processors),
			io: list(() => v.array(io())),
		}),
		v.check(
			({ io: devices, ...limits }) => devices.length > 0 || Object.values(limits).some((each) => each !== undefined),
			"nothing is limited: one of pids, memory, cpu and io is required",
		),
	);
