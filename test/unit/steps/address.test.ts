import { isIP, isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAddress, parseAddress } from "../../../src/net/address.ts";
import { runs } from "../harness/runs.ts";

describe("parseAddress", () => {
	it.each([
		["80", undefined, 80],
		[":80", undefined, 80],
		["0", undefined, 0],
		["127.0.0.1:65535", "127.0.0.1", 65_535],
		["[::]:80", "::", 80],
		["[::1]:80", "::1", 80],
		["[2001:DB8::1:2]:80", "2001:DB8::1:2", 80],
		["[1:2:3:4:5:6:7:8]:80", "1:2:3:4:5:6:7:8", 80],
		["[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1", 80],
		["[1::]:80", "1::", 80],
	])("reads %s", (text, ip, port) => {
		expect(parseAddress(text)).toEqual({ ip, port, text });
	});

	it.each([
		"",
		":",
		"http",
		"-1",
		"65536",
		"080000",
		"localhost:80",
		"1.2.3:80",
		"1.2.3.256:80",
		"01.2.3.4:80",
		"::1:80",
		"[::1]",
		"[1]:80",
		"[1:2:3:4:5:6:7]:80",
		"[1:2:3:4:5:6:7:8:9]:80",
		"[1::2::3]:80",
		"[12345::]:80",
		"[127.0.0.1]:80",
		"[127.0.0.1::]:80",
		"80 ",
		"80\n",
		80,
		undefined,
	])("refuses %j", (text) => {
		expect(parseAddress(text)).toBeUndefined();
	});

	it("rule 8.3: takes of garbage what the system's own parser takes", () => {
		const piece = fc.oneof(
			{ weight: 3, arbitrary: fc.constantFrom(...":.0123456789aFg[]%") },
			fc.constantFrom("::", "255", "127.0.0.1", "ffff"),
		);
		const garbage = fc.oneof(
			fc.ipV4(),
			fc.ipV6(),
			fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join("")),
		);
		fc.assert(
			fc.property(garbage, fc.integer({ min: -1, max: 70_000 }), (text, port) => {
				const isPort = port >= 0 && port <= 65_535;
				const isV6 = isIPv6(text) && !text.includes("%");
				expect(parseAddress(`[${text}]:${port}`)).toEqual(isV6 && isPort ? { ip: text, port, text: `[${text}]:${port}` } : undefined);
				expect(isAddress(text)).toBe(isV6 || isIPv4(text));
				const found = parseAddress(text);
				expect(found === undefined || (found.port >= 0 && found.port <= 65_535 && (found.ip === undefined || isIP(found.ip) > 0))).toBe(
					true,
				);
			}),
			{ numRuns: runs(3000) },
		);
	});
});
