import { describe, expect, it } from "vitest";
import { parseEndpoint, parseHttp } from "../../../src/steps/ready.ts";
import { candidates, inHostsFile, parseResolverConfig } from "../../../src/steps/resolve-name.ts";

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
		expect(config).toEqual({ servers: ["10.96.0.10"], search: ["ns.svc.cluster.local", "svc.cluster.local"], dots: 5 });
		expect(candidates("db", config)).toEqual(["db.ns.svc.cluster.local", "db.svc.cluster.local", "db"]);
		expect(candidates("db.example.org.", config)).toEqual(["db.example.org"]);
		expect(parseResolverConfig("")).toEqual({ servers: ["127.0.0.1"], search: [], dots: 1 });
		expect(candidates("db.example", { search: ["a."], dots: 1 })).toEqual(["db.example", "db.example.a"]);
	});
});
