import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAnswer, encodeQuestion, RECORD } from "../../../src/net/domain-name.ts";
import { bytesOfText } from "../../../src/report/bytes.ts";
import { runs } from "../harness/runs.ts";

const id = 0x1234;
const header = (answers: number, flags = [0x81, 0x80]) => [(id >> 7) & 127, id & 127, ...flags, 0, 1, 0, answers, 0, 0, 0, 0];
const question = [2, 0x64, 0x62, 0, 0, 1, 0, 1];
const pointer = [0xc0, 12];
const record = (type: number, data: readonly number[], name: readonly number[] = pointer) => [
	...name,
	...[0, type, 0, 1, 0, 0, 0, 60],
	data.length >> 8,
	data.length & 255,
	...data,
];

describe("encodeQuestion", () => {
	it("writes header, name, type and class in bytes that cross the border as they are", () => {
		const text = encodeQuestion(id, "db.example", RECORD.AAAA);
		expect(Array.from(text, (each) => each.charCodeAt(0))).toEqual([
			...[0x24, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
			...[2, 0x64, 0x62, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0],
			...[0, 28, 0, 1],
		]);
	});
});

describe("decodeAnswer", () => {
	it("finds addresses of both kinds behind an alias", () => {
		const packet = [
			...header(3),
			...question,
			...record(5, [3, 0x77, 0x77, 0x77, ...pointer]),
			...record(RECORD.A, [10, 0, 255, 7], [1, 0x61, 0]),
			...record(RECORD.AAAA, [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]),
		];
		expect(decodeAnswer(packet, id)).toEqual({ code: 0, addresses: ["10.0.255.7", "fe80:0:0:0:0:0:0:102"] });
	});

	it.each([
		["a name that does not exist", [...header(0, [0x81, 0x83]), ...question], { code: 3, addresses: [] }],
		["an answer without records", [...header(0), ...question], { code: 0, addresses: [] }],
		["an address of the wrong length", [...header(1), ...question, ...record(RECORD.A, [1, 2, 3])], { code: 0, addresses: [] }],
		["another id", [9, 9, ...header(0).slice(2), ...question], undefined],
		["a question", [...header(0, [1, 0]), ...question], undefined],
		["a packet cut short", [...header(1), ...question, ...record(RECORD.A, [1, 2, 3, 4])].slice(0, -1), undefined],
		["nothing", [], undefined],
	])("understands %s", (_, packet, expected) => {
		expect(decodeAnswer(packet, id)).toEqual(expected);
	});

	it("ends on garbage with an answer or none, and no more addresses than fit", () => {
		const byte = fc.nat({ max: 255 });
		const piece = fc.oneof(
			fc.constant(question),
			fc.array(byte, { maxLength: 20 }).map((data) => record(RECORD.A, data)),
			fc.array(byte, { minLength: 16, maxLength: 16 }).map((data) => record(RECORD.AAAA, data)),
			fc.array(byte, { maxLength: 40 }),
			fc.constantFrom([0xc0], [0x3f], [0xff, 0xff]),
		);
		fc.assert(
			fc.property(byte, byte, fc.array(piece, { maxLength: 12 }), (questions, answers, pieces) => {
				const packet = [...header(answers).with(5, questions), ...pieces.flat()];
				const { code, addresses } = decodeAnswer(packet, id) ?? { code: 0, addresses: [] };
				expect(addresses.length * 15).toBeLessThanOrEqual(packet.length);
				expect([code, ...addresses.filter((each) => isIP(each) === 0)]).toEqual([0]);
			}),
			{ numRuns: runs(3000) },
		);
	});
});

describe("bytesOfText", () => {
	it("gives back the bytes that came over the border", () => {
		expect(bytesOfText("a\0\udc80\udcff\u00e9\u20ac\u{1f600}")).toEqual([
			...[0x61, 0, 0x80, 0xff, 0xc3, 0xa9, 0xe2, 0x82, 0xac],
			...[0xf0, 0x9f, 0x98, 0x80],
		]);
		expect(bytesOfText("\u00e9\u20ac\u{1f600}")).toEqual([...new TextEncoder().encode("é€😀")]);
	});
});
