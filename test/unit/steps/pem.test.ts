import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { certificatesIn, parsePem, renderPem } from "../../../src/steps/certificates/pem.ts";
import { runs } from "../harness/runs.ts";

const base64Of = (...bytes: number[]) => Buffer.from(bytes).toString("base64");
/** A DER sequence with a length in as many bytes as it takes. */
const der = (length: number, claimed = length) => {
	const head = claimed < 128 ? [claimed] : claimed < 256 ? [0x81, claimed] : [0x82, claimed >> 8, claimed & 255];
	return base64Of(0x30, ...head, ...new Array(length).fill(7));
};
const block = (base64: string, label = "CERTIFICATE") => `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
const faultOf = (text: string) => parsePem(text).fault;

describe("parsePem", () => {
	it.each([5, 126, 127, 128, 255, 256, 3000])("takes a sequence of %i bytes and renders it in lines of 64", (length) => {
		const text = renderPem([der(length)]);
		expect(parsePem(`# a comment\r\n${text.replaceAll("\n", "\r\n")}more`)).toEqual({ certificates: [der(length)], fault: undefined });
		expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(64);
	});

	it("takes every authority of the web, and renders it the same", () => {
		const text = rootCertificates.map((each) => new X509Certificate(each).toString()).join("");
		const { certificates, fault } = parsePem(text);
		expect([certificates.length, fault, renderPem(certificates)]).toEqual([rootCertificates.length, undefined, text]);
		expect(certificatesIn(`# x\n${text}\n${block("AAAA", "TRUSTED CERTIFICATE")}`)).toEqual(certificates);
	});

	it.each([
		["nothing", "", "there is no certificate in it"],
		["other text", "certificate", "there is no certificate in it"],
		["a key beside a certificate", block(der(200)) + block(der(200), "RSA PRIVATE KEY"), "it holds a private key"],
		["an encrypted key", block("x: y\n\nAAAA", "ENCRYPTED PRIVATE KEY"), "it holds a private key"],
		["a request", block(der(200), "CERTIFICATE REQUEST"), "it holds a CERTIFICATE REQUEST, not a certificate"],
		["a second without end", `${block(der(200))}-----BEGIN CERTIFICATE-----\n${der(200)}`, "a block in it has no end"],
		["another end", block(der(200)).replace("END CERTIFICATE", "END X"), "a block in it has no end"],
		["a label that is none", block(der(200), "CERTIFICATE\x1b"), "a block in it has no end"],
		["a block longer than any certificate", block(der(99_000)), "certificate 1 in it is damaged"],
		["a length that is too great", block(der(200, 201)), "certificate 1 in it is damaged"],
		["a length that is too small", block(der(300, 299)), "certificate 1 in it is damaged"],
		["another type of value", block(base64Of(0x31, 4, 1, 2, 3, 4)), "certificate 1 in it is damaged"],
		["letters that are none of base64", block(`${der(200).slice(0, -4)}!!!!`), "certificate 1 in it is damaged"],
		["an empty block", block(""), "certificate 1 in it is damaged"],
		["a second one that is damaged", block(der(200)) + block(der(200).slice(4)), "certificate 2 in it is damaged"],
	])("refuses %s", (_, text, fault) => {
		expect(faultOf(text)).toBe(fault);
	});

	it("ends on garbage", () => {
		const parts = ["-----BEGIN ", "CERTIFICATE", "-----", "-----END ", "\n", "MIIB", "=", "-", der(130), "\ud800", block(der(5))];
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 40 }), (pieces) => {
				const text = pieces.join("");
				const { certificates, fault } = parsePem(text);
				expect(certificates.length > 0).toBe(fault === undefined);
				expect(parsePem(renderPem(certificates)).certificates).toEqual(certificates);
				expect(certificatesIn(text).length).toBeGreaterThanOrEqual(certificates.length);
			}),
			{ numRuns: runs(3000) },
		);
	});
});
