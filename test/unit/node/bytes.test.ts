import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBytes, toText } from "../../../src/node/bytes.ts";

describe("text under Node", () => {
	it.each([
		[[0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x94, 0x92], "a\u00e9\u{1f512}"],
		[[0x61, 0xff, 0x62], "a\udcffb"],
		[[0xf0, 0x9f, 0x41], "\udcf0\udc9fA"],
		[[0xed, 0xb2, 0x80], "\udced\udcb2\udc80"],
		[[0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
		[[0xc0, 0x80], "\udcc0\udc80"],
	])("of the bytes %j is as the native border has it", (bytes, text) => {
		expect(toText(Uint8Array.from(bytes))).toBe(text);
	});

	it("comes back as the same bytes, whatever they are", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
				expect([...toBytes(toText(bytes))]).toEqual([...bytes]);
			}),
		);
	});
});
