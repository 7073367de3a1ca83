import { byteOf } from "../report/text.ts";

/** Text as the native border has it: a byte that is not UTF-8 is a lone surrogate U+DC80..U+DCFF. */
const surrogate = 0xdc00;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function toText(bytes: Uint8Array): string {
	const whole = decoded(bytes);
	if (whole !== undefined) {
		return whole;
	}
	let text = "";
	for (let at = 0; at < bytes.length; ) {
		const length = [1, 2, 3, 4].find((each) => decoded(bytes.subarray(at, at + each)) !== undefined);
		text += length === undefined ? String.fromCharCode(surrogate + (bytes[at] as number)) : decoded(bytes.subarray(at, at + length));
		at += length ?? 1;
	}
	return text;
}

export function toBytes(text: string): Buffer {
	const parts = text.split(/([\udc80-\udcff])/u).map((part) => {
		const byte = part.length === 1 ? byteOf(part.charCodeAt(0)) : undefined;
		return Buffer.from(byte === undefined ? part : [byte]);
	});
	return Buffer.concat(parts);
}

function decoded(bytes: Uint8Array): string | undefined {
	try {
		return strict.decode(bytes);
	} catch {
		return undefined;
	}
}
