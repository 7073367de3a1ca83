/** Certificates as text, by their shape; what they say is for those who verify with them. RFC 7468 */

export interface PemText {
	/** The base64 of each certificate, without line breaks. */
	readonly certificates: readonly string[];
	/** Why the text as a whole is not to be trusted with being certificates. */
	readonly fault: string | undefined;
}

const block = /-----BEGIN ([^-\n]{1,64})-----([^-]*)-----END ([^-\n]{1,64})-----/g;

/** Explanations between the blocks are fine; anything but certificates in the blocks is not. */
export function parsePem(text: string): PemText {
	const certificates: string[] = [];
	const fault = (message: string): PemText => ({ certificates: [], fault: message });
	for (const [, label = "", body = "", end] of text.matchAll(block)) {
		if (label !== "CERTIFICATE" || end !== label) {
			return fault(label.includes("PRIVATE KEY") ? "it holds a private key" : `it holds a ${label}, not a certificate`);
		}
		const base64 = body.replace(/\s+/g, "");
		if (!isCertificate(base64)) {
			return fault(`certificate ${certificates.length + 1} in it is damaged`);
		}
		certificates.push(base64);
	}
	if (text.split("-----BEGIN ").length - 1 !== certificates.length) {
		return fault("a block in it has no end");
	}
	return certificates.length === 0 ? fault("there is no certificate in it") : { certificates, fault: undefined };
}

/** What is taken from a system's bundle: all that are whole, the rest is left where it is. */
export function certificatesIn(text: string): string[] {
	return [...text.matchAll(block)].flatMap(([, label, body = ""]) => (label === "CERTIFICATE" ? body.replace(/\s+/g, "") : []));
}

/** The form with lines of 64. */
export function renderPem(certificates: readonly string[]): string {
	return certificates
		.map((base64) => `-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})(?=.)/g, "$1\n")}\n-----END CERTIFICATE-----\n`)
		.join("");
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SEQUENCE = 0x30;

/** Base64 of one DER sequence that is exactly as long as it says. X.690 8.1.3 */
function isCertificate(base64: string): boolean {
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
