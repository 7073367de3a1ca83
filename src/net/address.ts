/** Where an internet socket is bound. */
export interface Address {
	/** A literal IPv4 or IPv6 address; `undefined` means every address of both. */
	readonly ip: string | undefined;
	readonly port: number;
	readonly text: string;
}

export const addressForm = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))?:)?([0-9]{1,5})$/;

/** `80`, `:80`, `127.0.0.1:80`, `[::1]:80`; names are not looked up. */
export function parseAddress(text: unknown): Address | undefined {
	if (typeof text !== "string") {
		return undefined;
	}
	const [, v6, v4, digits] = addressForm.exec(text) ?? [];
	const port = Number(digits);
	if (digits === undefined || port > 65_535 || (v4 !== undefined && !isIpv4(v4)) || (v6 !== undefined && !isIpv6(v6))) {
		return undefined;
	}
	return { ip: v6 ?? v4, port, text };
}

/** A literal address of either kind. */
export function isAddress(text: string): boolean {
	return isIpv4(text) || isIpv6(text);
}

function isIpv4(text: string): boolean {
	const parts = text.split(".");
	return parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

/** RFC 4291: eight groups, one run of which may be `::`, the last two perhaps as IPv4. */
function isIpv6(text: string): boolean {
	const halves = text.split("::");
	const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
	const last = groups.at(-1) ?? "";
	const endsInIpv4 = isIpv4(last) && text.endsWith(last);
	const isEachGroup = groups.every((group, index) => /^[0-9A-Fa-f]{1,4}$/.test(group) || (endsInIpv4 && index === groups.length - 1));
	const count = groups.length + (endsInIpv4 ? 1 : 0);
	return isEachGroup && (halves.length === 1 ? count === 8 : halves.length === 2 && count < 8);
}
