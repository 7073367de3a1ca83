import { bytesOfText } from "../report/bytes.ts";
import { must } from "../sys/act.ts";
import { AF, POLL, SOCK } from "../sys/constants.ts";
import type { Host, Reads } from "../sys/native.ts";
import { readSmallFile, SyscallError, withDescriptor } from "../sys/observe.ts";
import { isAddress } from "./address.ts";
import { type Answer, decodeAnswer, encodeQuestion, RECORD } from "./domain-name.ts";

const queryMs = 1000;
const port = 53;
export const noSuchName = 3;

/** resolv.conf(5) */
export interface ResolverConfig {
	readonly servers: readonly string[];
	readonly isDefault: boolean;
	readonly search: readonly string[];
	/** A name with so many dots is first tried as it is. */
	readonly dots: number;
}

/** Who was asked in vain, and the code of the last answer, if one came. */
export interface Unresolved {
	readonly servers: readonly string[];
	/** Nobody has named them: it is what there is without. resolv.conf(5) */
	readonly isDefault: boolean;
	readonly code: number | undefined;
}

/** The addresses of a host, which is one itself or has a name. */
export function addressesOf(host: Host, name: string, patienceMs: number, told?: (unresolved: Unresolved) => void): readonly string[] {
	return isAddress(name) ? [name] : resolveName(host, name, patienceMs, told);
}

/** The addresses of a host name, from /etc/hosts or else from the name servers; none when nobody knows it in time. A static program has no NSS. */
function resolveName(host: Host, name: string, patienceMs: number, told?: (unresolved: Unresolved) => void): readonly string[] {
	const deadline = host.clock() + patienceMs;
	const listed = inHostsFile(textOf(host, "/etc/hosts"), name);
	if (listed.length > 0) {
		return listed;
	}
	if (name === "localhost") {
		return ["127.0.0.1", "::1"];
	}
	const config = parseResolverConfig(textOf(host, "/etc/resolv.conf"));
	let code: number | undefined;
	const heard = (answered: number) => {
		code = answered;
	};
	for (const candidate of candidates(name, config)) {
		const found = [RECORD.A, RECORD.AAAA].flatMap((type) => ask(host, config.servers, candidate, type, deadline, heard));
		if (found.length > 0) {
			return found;
		}
	}
	told?.({ servers: config.servers, isDefault: config.isDefault, code });
	return [];
}

function textOf(reads: Reads, path: string): string {
	const text = readSmallFile(reads, path, 1_048_576);
	return typeof text === "string" ? text : "";
}

/** hosts(5) */
export function inHostsFile(text: string, name: string): string[] {
	return linesOf(text).flatMap(([address = "", ...names]) => (names.some((each) => sameName(each, name)) ? [address] : []));
}

export function parseResolverConfig(text: string): ResolverConfig {
	const lines = linesOf(text);
	const valuesOf = (...keys: readonly string[]) => lines.filter(([key = ""]) => keys.includes(key)).map(([, ...values]) => values);
	const servers = valuesOf("nameserver").flatMap(([server]) => server ?? []);
	const dots = valuesOf("options")
		.flat()
		.flatMap((option) => /^ndots:([0-9]{1,2})$/.exec(option)?.[1] ?? []);
	return {
		servers: servers.length === 0 ? ["127.0.0.1"] : servers.slice(0, 3),
		isDefault: servers.length === 0,
		search: valuesOf("search", "domain").at(-1) ?? [],
		dots: Number(dots.at(-1) ?? 1),
	};
}

/** Words of each line without comments. */
function linesOf(text: string): string[][] {
	return text.split("\n").map((line) =>
		line
			.replace(/[#;].*/, "")
			.split(/\s+/)
			.filter((word) => word !== ""),
	);
}

function sameName(left: string, right: string): boolean {
	return left.toLowerCase() === right.toLowerCase();
}

/** A name that ends in a dot is whole. */
export function candidates(name: string, { search, dots }: Pick<ResolverConfig, "search" | "dots">): string[] {
	if (name.endsWith(".")) {
		return [name.slice(0, -1)];
	}
	const searched = search.map((domain) => `${name}.${domain.replace(/\.$/, "")}`).filter((each) => each.length <= 253);
	return name.split(".").length > dots ? [name, ...searched] : [...searched, name];
}

/** The servers in turn, until one knows whether the name exists. */
function ask(
	host: Host,
	servers: readonly string[],
	name: string,
	type: number,
	deadline: number,
	heard: (code: number) => void,
): readonly string[] {
	for (const server of servers) {
		const answer = askOne(host, server, name, type, Math.min(queryMs, deadline - host.clock()));
		if (answer !== undefined) {
			heard(answer.code);
		}
		if (answer !== undefined && (answer.code === 0 || answer.code === noSuchName)) {
			return answer.addresses;
		}
	}
	return [];
}

function askOne(host: Host, server: string, name: string, type: number, patienceMs: number): Answer | undefined {
	if (patienceMs <= 0) {
		return undefined;
	}
	const id = host.clock() & 0x3fff;
	try {
		const fd = must(host, "socket", server.includes(":") ? AF.INET6 : AF.INET, SOCK.DGRAM | SOCK.NONBLOCK, 0) as number;
		return withDescriptor(host, fd, () => {
			must(host, "connectInet", fd, server, port);
			must(host, "write", fd, encodeQuestion(id, name, type));
			const ready = host.poll([[fd, POLL.IN]], patienceMs);
			const packet = typeof ready === "number" || ready.length === 0 ? "" : host.read(fd, 4096);
			return typeof packet === "number" ? undefined : decodeAnswer(bytesOfText(packet), id);
		});
	} catch (error) {
		if (error instanceof SyscallError) {
			return undefined;
		}
		throw error;
	}
}
