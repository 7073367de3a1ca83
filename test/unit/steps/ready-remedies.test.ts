import { describe, expect, it } from "vitest";
import { type Asked, longer, type ReadyTarget, remediesFor, whyNotReady } from "../../../src/steps/common/ready.ts";
import { type ErrnoName, errno } from "../../../src/sys/errno.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const network =
	"a network that both are on: docker run --network NAME ... | compose: networks: [NAME] | kubernetes: its Service, and a NetworkPolicy that lets it pass";
const moreTime = "timeout: 2m, say, if it may take longer";

/** Why a server was not there and what is to be done, where each address answers so. */
function met(name: string, answers: Readonly<Record<string, ErrnoName>>, overrides: Partial<Host> = {}): [string | undefined, ...string[]] {
	const files = { "/etc/hosts": "10.0.0.7 db\nfd00::7 db\n", "/etc/resolv.conf": "nameserver 127.0.0.11\n" };
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files,
		overrides: {
			clock: () => 0,
			socket: () => 99,
			close: () => 0,
			write: () => 30,
			connectInet: (_fd: number, address: string) => -errno[answers[address] ?? "ECONNREFUSED"] as never,
			...overrides,
		},
	});
	const target = { kind: "tcp", text: `tcp ${name}:5432`, host: name, port: 5432 } as ReadyTarget;
	const asked: Asked = { host, tryAs: () => 0, answers: new Map(), remedies: new Map(), moreTime };
	const why = whyNotReady(target, asked, 1000);
	return [why, ...remediesFor([target], asked)];
}

describe("a server that is not ready", () => {
	it.each([
		["ECONNREFUSED", "nobody listens there", [moreTime, "or another port, or there it listens on 127.0.0.1 alone, and has to on 0.0.0.0"]],
		["ENETUNREACH", "there is no way to it from this network", [network]],
		["EHOSTUNREACH", "there is no way to it, or it is off", [moreTime, network]],
		["ETIMEDOUT", "nothing answers", [moreTime, network]],
		["ECONNRESET", "who listens there closes the connection", [moreTime]],
	] as const)("of %s has a remedy of its own", (code, words, remedies) => {
		expect(met("10.0.0.1", { "10.0.0.1": code })).toEqual([`${code}: ${words}`, ...remedies]);
	});

	it.each(["ENETUNREACH", "EADDRNOTAVAIL"] as const)(
		"is judged by the address that there is a way to, and not by %s of another",
		(code) => {
			const [why] = met("db", { "10.0.0.7": "ECONNREFUSED", "fd00::7": code });
			expect(why).toBe("ECONNREFUSED: nobody listens there");
		},
	);

	it("is judged by what there is where there is a way to none", () => {
		expect(met("db", { "10.0.0.7": "ENETUNREACH", "fd00::7": "ENETUNREACH" })).toEqual([
			"ENETUNREACH: there is no way to it from this network",
			network,
		]);
	});

	const toAsk =
		"a name server that answers: docker run --network NAME or --dns ADDRESS ... | compose: dns: [ADDRESS] | kubernetes: dnsPolicy, dnsConfig";
	const itsName = [
		"start it first, and keep it running: a container that has ended has no name",
		"the name that a network of both knows: docker run --network NAME ... | compose: that of the service, networks: [NAME] | kubernetes: SERVICE.NAMESPACE",
	];

	it.each([
		["cache", itsName],
		["cache.example", [toAsk]],
	])("has no address where Docker's name server does not answer for %s", (name, remedies) => {
		expect(met(name, { "127.0.0.11": "ENETUNREACH" })).toEqual([
			`${name} has no address: it is not in /etc/hosts, and 127.0.0.11 (/etc/resolv.conf) gave no answer`,
			...remedies,
			moreTime,
		]);
	});

	it.each([
		[3, "knows no such name", itsName],
		[2, "failed, with code 2", [toAsk]],
	])("has no address where a name server answers %i", (code, words, remedies) => {
		const answer: Partial<Host> = {
			connectInet: () => 0,
			poll: ((entries: [number, number][]) => entries) as never,
			read: () => `\0\0\udc81${String.fromCharCode(code)}${"\0".repeat(8)}`,
		};
		expect(met("cache.example", {}, answer)).toEqual([
			`cache.example has no address: it is not in /etc/hosts, and 127.0.0.11 (/etc/resolv.conf) ${words}`,
			...remedies,
			moreTime,
		]);
	});

	it("is a socket that is not open to who looks by its own mode, or by what is above it", () => {
		const { host } = new FakeKernel({ process: dockerRoot(), files: { "/run/s": { kind: "socket", mode: 0o660, gid: 44 } } });
		const remediesOf = (...codes: number[]) => {
			const target = { kind: "unix", text: "unix /run/s", path: "/run/s" } as ReadyTarget;
			const asked: Asked = { host, tryAs: () => codes.shift() ?? 0, answers: new Map(), remedies: new Map(), moreTime };
			whyNotReady(target, asked, 1000);
			return remediesFor([target], asked);
		};
		expect(remediesOf(errno.EACCES, 0)).toEqual(['groups: {from_path: ["/run/s"]}']);
		expect(remediesOf(errno.EACCES, errno.EACCES)).toEqual(["open each directory above it to who looks (a FUSE mount: allow_other)"]);
	});

	it("is given twice the time that was not enough", () => {
		expect([longer(30_000, 2), longer(120_000, 2), longer(100_000, 5)].map((each) => each.split(",")[0])).toEqual([
			"timeout: 2m",
			"timeout: 4m",
			"timeout: 5m",
		]);
	});
});
