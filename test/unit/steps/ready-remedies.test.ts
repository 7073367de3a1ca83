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

	it("has no address where no name server answers", () => {
		expect(met("cache", { "127.0.0.11": "ENETUNREACH" })).toEqual([
			"cache has no address: it is not in /etc/hosts, and 127.0.0.11 (/etc/resolv.conf) gave no answer",
			"a name server that answers: docker run --network NAME ... | compose: dns: [ADDRESS] | kubernetes: dnsPolicy, dnsConfig",
			moreTime,
		]);
	});

	it.each([
		[3, "knows no such name"],
		[2, "failed, with code 2"],
	])("has no address where a name server answers %i", (code, words) => {
		const answer: Partial<Host> = {
			connectInet: () => 0,
			poll: ((entries: [number, number][]) => entries) as never,
			read: () => `\0\0\udc81${String.fromCharCode(code)}${"\0".repeat(8)}`,
		};
		expect(met("cache", {}, answer)).toEqual([
			`cache has no address: it is not in /etc/hosts, and 127.0.0.11 (/etc/resolv.conf) ${words}`,
			...(code === 3
				? [
						"the name that its network knows: docker run --network NAME ... | compose: that of the service, on a network of both | kubernetes: SERVICE.NAMESPACE",
					]
				: ["a name server that answers: docker run --network NAME ... | compose: dns: [ADDRESS] | kubernetes: dnsPolicy, dnsConfig"]),
			moreTime,
		]);
	});

	it("is given twice the time that was not enough", () => {
		expect([longer(30_000, 2), longer(120_000, 2), longer(100_000, 5)].map((each) => each.split(",")[0])).toEqual([
			"timeout: 2m",
			"timeout: 4m",
			"timeout: 5m",
		]);
	});
});
