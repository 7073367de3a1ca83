/** Questions and answers of the domain name system, as far as an address needs them. RFC 1035, RFC 3596 */

export const RECORD = { A: 1, AAAA: 28 } as const;

export interface Answer {
	/** 0 fine, 3 no such name. RFC 1035 4.1.1 */
	readonly code: number;
	/** Literal IPv4 and IPv6 addresses. */
	readonly addresses: readonly string[];
}

/** Every byte is below 128, so that it crosses the border as it is: the id has 14 bits. */
export function encodeQuestion(id: number, name: string, type: number): string {
	const labels = name.split(".").map((label) => String.fromCharCode(label.length) + label);
	return `${bytes((id >> 7) & 127, id & 127, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)}${labels.join("")}${bytes(0, 0, type, 0, 1)}`;
}

function bytes(...values: readonly number[]): string {
	return String.fromCharCode(...values);
}

/** `undefined` for what is no answer to this question: another id, or not well formed. */
export function decodeAnswer(packet: readonly number[], id: number): Answer | undefined {
	const reader = new Reader(packet);
	const [high, low, flags, code] = [reader.byte(), reader.byte(), reader.byte(), reader.byte()];
	const [questions, answers] = [reader.word(), reader.word()];
	reader.skip(4);
	if (high !== ((id >> 7) & 127) || low !== (id & 127) || (flags & 0x80) === 0) {
		return undefined;
	}
	for (let rest = questions; rest > 0 && !reader.isPast; rest--) {
		reader.skipName();
		reader.skip(4);
	}
	const addresses: string[] = [];
	for (let rest = answers; rest > 0 && !reader.isPast; rest--) {
		const address = readRecord(reader);
		if (address !== undefined) {
			addresses.push(address);
		}
	}
	return reader.isPast ? undefined : { code: code & 15, addresses };
}

function readRecord(reader: Reader): string | undefined {
	reader.skipName();
	const type = reader.word();
	reader.skip(6);
	const data = Array.from({ length: reader.word() }, () => reader.byte());
	if (type === RECORD.A && data.length === 4) {
		return data.join(".");
	}
	if (type === RECORD.AAAA && data.length === 16) {
		const groups = Array.from({ length: 8 }, (_, index) => ((data[2 * index] ?? 0) * 256 + (data[2 * index + 1] ?? 0)).toString(16));
		return groups.join(":");
	}
	return undefined;
}

/** Reads zeros past the end, and says so. */
class Reader {
	readonly #packet: readonly number[];
	#at = 0;

	constructor(packet: readonly number[]) {
		this.#packet = packet;
	}

	get isPast(): boolean {
		return this.#at > this.#packet.length;
	}

	byte(): number {
		return this.#packet[this.#at++] ?? 0;
	}

	word(): number {
		return this.byte() * 256 + this.byte();
	}

	skip(count: number): void {
		this.#at += count;
	}

	/** Labels up to an empty one, or to a pointer, which ends it and is not followed. */
	skipName(): void {
		for (let length = this.byte(); length !== 0 && !this.isPast; length = this.byte()) {
			if (length >= 0xc0) {
				this.skip(1);
				return;
			}
			this.skip(length);
		}
	}
}
