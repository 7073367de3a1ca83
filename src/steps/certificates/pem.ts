/** Certificates as text, by their shape; what they say is for those who verify with them. RFC 7468 */

export interface PemText {
	/** The base64 of each certificate, without line breaks. */
	readonly certificates: readonly string[];
	/** Why the text as a whole is not to be trusted with being certificates. */
	readonly fault: string | undefined;
}

interface Block {
	readonly label: string;
	readonly body: string;
	/** With an end that belongs to its beginning. */
	readonly isWhole: boolean;
}

const begin = "-----BEGIN ";
const end = "-----END ";
const dashes = "-----";

/** By looking for the marks, not by a pattern: that would remember every letter of a long block in order to go back. */
function blocksOf(text: string): Block[] {
	return text
		.split(begin)
		.slice(1)
		.map((piece) => {
			const labelEnd = piece.indexOf(dashes);
			const label = piece.slice(0, Math.max(0, labelEnd));
			const bodyEnd = piece.indexOf(end, labelEnd + dashes.length);
			const isWhole = /^[A-Z0-9 ]{1,64}$/.test(label) && bodyEnd >= 0 && piece.startsWith(label + dashes, bodyEnd + end.length);
			return { label, body: piece.slice(labelEnd + dashes.length, bodyEnd).replace(/\s+/g, ""), isWhole };
		});
}

/** Explanations between the blocks are fine; anything but certificates in the blocks is not. */
export function parsePem(text: string): PemText {
	const blocks = blocksOf(text);
	const fault = (message: string): PemText => ({ certificates: [], fault: message });
	for (const [index, { label, body, isWhole }] of blocks.entries()) {
		if (!isWhole) {
			return fault("a block in it has no end");
		}
		if (label !== "CERTIFICATE") {
			return fault(label.includes("PRIVATE KEY") ? "it holds a private key" : `it holds a ${label}, not a certificate`);
		}
		if (!isCertificate(body)) {
			return fault(`certificate ${index + 1} in it is damaged`);
		}
	}
	return blocks.length === 0 ? fault("there is no certificate in it") : { certificates: blocks.map(({ body }) => body), fault: undefined };
}

/** What is taken from a system's bundle: all that are whole, the rest is left where it is. */
export function certificatesIn(text: string): string[] {
	return blocksOf(text).flatMap(({ label, body, isWhole }) => (isWhole && label === "CERTIFICATE" ? body : []));
}

/** The form with lines of 64. */
export function renderPem(certificates: readonly string[]): string {
	return certificates
		.map((base64) => `-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})(?=.)/g, "$1\n")}\n-----END CERTIFICATE-----\n`)
		.join("");
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEQUENCE = 0x30;
/** Ten times what a certificate with many names has. */
const longest = 131_072;

/** Base64 of one DER sequence that is exactly as long as it says. X.690 8.1.3 */
function isCertificate(base64: string): boolean {
	if (base64.length > longest) {
		return false;
	}
	const [, padding] = /^[A-Za-z0-9+/]+(={0,2})$/.exec(base64) ?? [];
	if (padding === undefined || base64.length % 4 !== 0 || base64.length < 8) {
		return false;
	}
	const size = (base64.length / 4) * 3 - padding.length;
	const [tag, first = 0, ...more] = firstBytes(base64);
	if (tag !== SEQUENCE || first < 0x80) {
		return tag === SEQUENCE && size === first + 2;
	}
	const lengthBytes = more.slice(0, first - 0x80);
	const length = lengthBytes.reduce((sum, byte) => sum * 256 + byte, 0);
	return lengthBytes.length === first - 0x80 && size === 2 + lengthBytes.length + length;
}

function firstBytes(base64: string): number[] {
	return [base64.slice(0, 4), base64.slice(4, 8)].flatMap((quartet) => {
		const bits = Array.from(quartet).reduce((sum, each) => sum * 64 + Math.max(0, alphabet.indexOf(each)), 0);
		return [bits >> 16, (bits >> 8) & 255, bits & 255];
	});
}
