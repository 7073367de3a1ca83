import { understood } from "./fields.ts";

const kibi = 1024;
/** Each 1024 of the one before. */
const units = "kmgt";

const expected = "expected a number of bytes, such as 536870912, 512M or 2Gi";

/** To bytes. One rule for every key: a unit is a power of 1024 however it is spelled, as Docker has it. Of whole blocks where they are given. */
export const size = (least: 0 | 1 = 1, block = 1) =>
	understood(
		block === 1 ? expected : `${expected}, of whole sectors of ${block}`,
		(value) => {
			const written = typeof value === "number" || typeof value === "string" ? `${value}` : "";
			const [, digits, unit = ""] = /^(0|[1-9][0-9]{0,14})(?:([kmgt])(?:ib?|b)?)?$/i.exec(written) ?? [];
			const power = unit === "" ? 0 : units.indexOf(unit.toLowerCase()) + 1;
			const bytes = Array.from({ length: power }).reduce<number>((each) => each * kibi, Number(digits));
			return bytes >= least && bytes <= Number.MAX_SAFE_INTEGER && bytes % block === 0 ? bytes : undefined;
		},
		{ like: least === 0 ? /^(0|[1-9][0-9]{0,14})([kKmMgGtT]([iI][bB]?|[bB])?)?$/ : /^[1-9][0-9]{0,14}([kKmMgGtT]([iI][bB]?|[bB])?)?$/ },
	);
