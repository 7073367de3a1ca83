import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { candidates, inHostsFile, parseResolverConfig } from "../../../src/net/resolve-name.ts";
import { parseEndpoint, parseHttp } from "../../../src/steps/common/endpoint.ts";
import { runs } from "../harness/runs.ts";

describe("parseEndpoint", () => {
	it.each([
		["db:5432", "db", 5432],
		["db_1.my-net.local.:1", "db_1.my-net.local.", 1],
		["127.0.0.1:65535", "127.0.0.1", 65_535],
		["[::1]:80", "::1", 80],
	])("reads %s", (text, host, port) => {
		expect(parseEndpoint(text)).toEqual({ host, port, text: `tcp ${text}` });
	});

	it.each([
		"db",
		":80",
		"db:0",
		"db:65536",
		"db:http",
		"1.2.3:80",
		"1.2.3.256:80",
		"::1:80",
		"[db]:80",
		"a..b:1",
		"-a:1",
		"a b:1",
		5432,
		`${"a.".repeat(128)}:1`,
	])("refuses %j", (text) => {
		expect(parseEndpoint(text)).toBe(undefined);
	});
});

describe("parseHttp", () => {
	it.each([
		["http://api", "api", 80, "/"],
		["http://api:8080/health?full=1", "api", 8080, "/health?full=1"],
		["http://[::1]:8080", "::1", 8080, "/"],
		["http://10.0.0.1?x", "10.0.0.1", 80, "/?x"],
	])("reads %s", (text, host, port, path) => {
		const [, authority] = /^http:\/\/([^/?]+)/.exec(text) ?? [];
		expect(parseHttp(text)).toEqual({ host, port, path, authority, text });
	});

	it.each(["https://api", "http://", "api", "http://a b/", "http://a/\r\nX: y", "http://user@a/", "http://a/#b", "http://a/\u00e9"])(
		"refuses %j",
		(text) => {
			expect(parseHttp(text)).toBe(undefined);
		},
	);
});

describe("names", () => {
	it("are looked up in the text of /etc/hosts, whatever their case", () => {
		const text = "127.0.0.1 localhost # db\n10.0.0.7\tweb Db.local\n::1 localhost db.local\n";
		expect(inHostsFile(text, "DB.local")).toEqual(["10.0.0.7", "::1"]);
		expect(inHostsFile(text, "db")).toEqual([]);
	});

	it("are completed as resolv.conf says", () => {
		const config = parseResolverConfig(
			"# x\nnameserver 10.96.0.10\nsearch ns.svc.cluster.local svc.cluster.local\noptions edns0 ndots:5\n",
		);
		expect(config).toEqual({ servers: ["10.96.0.10"], isDefault: false, search: ["ns.svc.cluster.local", "svc.cluster.local"], dots: 5 });
		expect(candidates("db", config)).toEqual(["db.ns.svc.cluster.local", "db.svc.cluster.local", "db"]);
		expect(candidates("db.example.org.", config)).toEqual(["db.example.org"]);
		expect(parseResolverConfig("")).toEqual({ servers: ["127.0.0.1"], isDefault: true, search: [], dots: 1 });
		expect(candidates("db.example", { search: ["a."], dots: 1 })).toEqual(["db.example", "db.example.a"]);
	});

	it("rule 8.3: of garbage are few, and none is longer than a question can ask", () => {
		const piece = fc.oneof(
			fc.constantFrom(" ", "\t", "\n", "#", ";", "nameserver ", "search ", "options ", "ndots:", "99", ".", "a.b", "10.0.0.1"),
			fc.string(),
		);
		const garbage = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
		fc.assert(
			fc.property(garbage, fc.oneof(fc.constant("a.b"), fc.domain()), (text, name) => {
				const config = parseResolverConfig(text);
				expect([config.servers.length > 0 && config.servers.length <= 3, config.dots >= 0 && config.dots <= 99]).toEqual([true, true]);
				const asked = candidates(name, config);
				expect(asked.filter((each) => each.length > 253 || !each.startsWith(name))).toEqual([]);
				expect([asked.includes(name), asked.length]).toEqual([
					true,
					1 + config.search.filter((each) => name.length + each.replace(/\.$/, "").length < 253).length,
				]);
				expect(inHostsFile(text, name).length).toBeLessThanOrEqual(text.split("\n").length);
			}),
			{ numRuns: runs(1000) },
		);
	});

	it("rule 8.3: and ports of garbage are refused, or such that a connection can be tried", () => {
		const piece = fc.constantFrom(..."ab0.-_:[]/?#@% \r\n", "http://", "db:80", "[::1]", "10.0.0.1", "65536");
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
				const text = pieces.join("");
				for (const found of [parseEndpoint(text), parseHttp(text)].filter((each) => each !== undefined)) {
					expect([found.port >= 1 && found.port <= 65_535, /^[A-Za-z0-9_.:-]+$/.test(found.host)]).toEqual([true, true]);
				}
				expect(/[\r\n ]/.test(JSON.stringify(parseHttp(text)?.path ?? ""))).toBe(false);
			}),
			{ numRuns: runs(3000) },
		);
	});
});
