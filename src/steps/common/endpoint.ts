import { parseAddress } from "../../net/address.ts";

/** A server, by its name or literal address. */
export interface Endpoint {
	readonly host: string;
	readonly port: number;
	readonly text: string;
}

export interface HttpEndpoint extends Endpoint {
	/** As the Host header wants it, and the path with its query. */
	readonly authority: string;
	readonly path: string;
}

const nameForm =
	/^(?=.{1,254}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$/;

/** `db:5432`, `10.0.0.1:80`, `[::1]:80`. */
export function parseEndpoint(written: unknown): Endpoint | undefined {
	if (typeof written !== "string") {
		return undefined;
	}
	const [, name = "", digits = ""] = /^(.+):([0-9]{1,5})$/.exec(written) ?? [];
	const port = Number(digits);
	if (digits === "" || port < 1 || port > 65_535) {
		return undefined;
	}
	const literal = parseAddress(written)?.ip;
	const isNumeric = /^[0-9.]+$/.test(name);
	const host = literal ?? (nameForm.test(name) && !isNumeric ? name : undefined);
	return host === undefined ? undefined : { host, port, text: `tcp ${written}` };
}

const defaultPort = 80;
/** Servers refuse more, and it goes out in one piece. */
const longestUrl = 4096;

/** Nothing in the path may end the line of the request. */
export function parseHttp(written: unknown): HttpEndpoint | undefined {
	const text = typeof written === "string" && written.length <= longestUrl ? written : "";
	const [, authority = "", path = ""] = /^http:\/\/([^/?#@\s]+)((?:[/?][\x21-\x22\x24-\x7e]*)?)$/.exec(text) ?? [];
	const found = parseEndpoint(/:[0-9]+$/.test(authority) ? authority : `${authority}:${defaultPort}`);
	return found && { ...found, text, authority, path: path.startsWith("/") ? path : `/${path}` };
}
