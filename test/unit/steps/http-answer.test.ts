import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStatus, withoutAnnouncements } from "../../../src/steps/common/http-answer.ts";
import { runs } from "../harness/runs.ts";

const noHttp = "does not answer in HTTP/1";
const inTls = "answers in TLS; wait for the port with tcp";
const statusOf = (answer: string) => readStatus(withoutAnnouncements(answer));
const early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";

describe("the status of an answer", () => {
	it.each([
		["HTTP/1.1 200 OK\r\n", 200],
		["HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n", 401],
		["HTTP/1.1 204\r\n", 204],
		["HTTP/1.1 503 ", 503],
		["HTTP/1.1 302 \n", 302],
		["HTTP/1.1 999 no\r\n", 999],
		["HTTP/1.1 101 Switching Protocols\r\n\r\n", 101],
		["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 \r\n", 500],
		[`${early}${early}HTTP/1.1 200 OK\r\n`, 200],
		["", undefined],
		["HT", undefined],
		["HTTP/1.1 20", undefined],
		["HTTP/1.1 200", undefined],
		[early.slice(0, -2), undefined],
		[early, undefined],
		["220 mail\r\n", noHttp],
		["<html>", noHttp],
		["HTTP/1.1 2000 \r\n", noHttp],
		["HTTP/1.1  200 OK", noHttp],
		["HTTP/1.1 099 \r\n", noHttp],
		["HTTP/2.0 200 OK\r\n", noHttp],
		["\0\0\x12\x04", noHttp],
		[`${early}hello`, noHttp],
		["\x15\x03\x01\0\x02\x02\x46", inTls],
		["\x16\x03\x03", inTls],
	])("of %j is %j", (answer, status) => {
		expect(statusOf(answer)).toBe(status);
	});

	it("is the same in whatever pieces it comes", () => {
		const piece = fc.constantFrom(
			"HTTP/1.1 ",
			"HTTP/1.0 ",
			"103 x",
			"100",
			"200 OK",
			"401",
			"\r\n",
			"\n",
			"\r\n\r\n",
			"\x15\x03",
			"a: b",
			" ",
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(), (pieces, cut) => {
				const answer = pieces.join("");
				const [part, whole] = [statusOf(answer.slice(0, cut % (answer.length + 1))), statusOf(answer)];
				expect([undefined, whole]).toContain(part);
			}),
			{ numRuns: runs(3000) },
		);
	});
});
