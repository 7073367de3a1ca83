import { safeParse } from "valibot";
import { describe, expect, it } from "vitest";
import { formOf } from "../../../src/config/form.ts";
import { size } from "../../../src/config/size.ts";
import { cgroupSetting } from "../../../src/departure/cgroup-setting.ts";

const read = (written: unknown, schema = size()) => {
	const result = safeParse(schema, written);
	return result.success ? result.output : undefined;
};
const isWritten = (written: string, schema = size()) => (formOf(schema) as { readonly like: RegExp }).like.test(written);

const kibi = 1024;
const mebi = kibi * kibi;

describe("a size", () => {
	it("is bytes, or has a unit of powers of 1024, however that is spelled", () => {
		const spelled = (unit: string) => [unit, `${unit}B`, `${unit}i`, `${unit}iB`].flatMap((each) => [each, each.toLowerCase()]);
		const each = [
			["", 512],
			...spelled("K").map((unit) => [unit, 512 * kibi] as const),
			...spelled("M").map((unit) => [unit, 512 * mebi] as const),
			...spelled("G").map((unit) => [unit, 512 * kibi * mebi] as const),
			...spelled("T").map((unit) => [unit, 512 * mebi * mebi] as const),
		] as const;
		expect(each.map(([unit]) => read(`512${unit}`))).toEqual(each.map(([, bytes]) => bytes));
		expect(each.map(([unit]) => isWritten(`512${unit}`))).toEqual(each.map(() => true));
		expect(read(4096)).toBe(4096);
	});

	it.each([
		["1.5G"],
		["-1"],
		["1e6"],
		["M"],
		["512 M"],
		["512P"],
		["512MM"],
		["512iB"],
		["007"],
		["9999T9"],
		["999999999999T"],
		[""],
		[true],
		[null],
	])("is not %j", (written) => {
		expect([read(written), read(written, size(0))]).toEqual([undefined, undefined]);
	});

	it("is nothing only where it may be, and whole blocks where it has to be", () => {
		const sectors = size(0, 512);
		expect([read(0), read(0, sectors), read("1K", sectors), read("513", sectors)]).toEqual([undefined, 0, kibi, undefined]);
		expect([isWritten("0"), isWritten("0", sectors)]).toEqual([false, true]);
	});

	it("is the same of a cgroup's memory and of its rates", () => {
		const written = (each: string) => ({ memory: each, io: [{ device: "/dev/sda", read_bps: each, write_bps: each }] });
		const found = ["512Mi", "512MB", "512m"].map((each) => safeParse(cgroupSetting(), written(each)).output);
		const bytes = 512 * mebi;
		const limits = { memory: bytes, io: [{ device: "/dev/sda", readBps: bytes, writeBps: bytes }] };
		expect(found).toEqual(Array(3).fill(limits));
	});
});
