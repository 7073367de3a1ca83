import { describe, expect, it } from "vitest";
import { parseAddress } from "../../../src/steps/address.ts";

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
});
