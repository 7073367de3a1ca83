import { createSocket } from "node:dgram";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type House, runHouse, startHouse } from "../../harness/house/run.ts";
import { busybox, scratch } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

const servers = new Set<{ close(): unknown }>();
afterAll(() => {
	for (const server of servers) {
		server.close();
	}
});

/** The port it got. */
function listening(server: Server, where: { readonly host?: string; readonly port?: number; readonly path?: string }): Promise<number> {
	servers.add(server);
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(where.path === undefined ? { host: "127.0.0.1", port: 0, ...where } : where, () =>
			resolve((server.address() as AddressInfo).port),
		);
	});
}

/** A port where nothing listens. */
async function freePort(): Promise<number> {
	const server = createServer();
	const port = await listening(server, {});
	await new Promise((resolve) => server.close(resolve));
	return port;
}

function options(step: unknown, more: Partial<ContainerOptions> = {}): ContainerOptions {
	return {
		image: busybox,
		config: { user: "app", capabilities: { keep: ["NET_RAW"] }, setup: [{ wait_for: step }] },
		args: ["-v", "--", "echo", "workload"],
		network: "host",
		...more,
	};
}

async function waitFor(step: unknown, more: Partial<ContainerOptions> = {}) {
	const { status, stdout, stderr } = await runHouse(options(step, more));
	return [status, stdout, ...stepLines(stderr).map((line) => line.replace(/ at most, after the drop/, ""))];
}

async function failureOf(step: object, more: Partial<ContainerOptions> = {}) {
	const { status, stdout, stderr } = await runHouse(options({ timeout: "300ms", ...step }, more));
	return [status, stdout, /not there after .*/.exec(stderr)?.[0]];
}

const say = (text: string | Buffer) => (socket: Socket) => void socket.on("error", () => {}).end(text);

const last = (text: string) => (lines: unknown[]) => [...lines.slice(0, 2), String(lines[2]).endsWith(text)];

/** The fields of /proc/PID/status while PID 1 waits as the user. */
function whileWaiting(container: House): Promise<Record<string, string>> {
	return container.waitFor("it waits as the user", () => {
		const status = readFileSync(`/proc/${container.pid()}/status`, "utf8");
		const fields = Object.fromEntries([...status.matchAll(/^(\w+):\t(.*)$/gm)].map(([, name, value]) => [name, value?.trim()]));
		// The last thing before it waits is to hold back the signals.
		return fields["SigBlk"] === "0000000000004007" ? (fields as Record<string, string>) : undefined;
	});
}

describe("wait_for", () => {
	it("goes on at once when all is there", async () => {
		const data = volume("chmod 777 .; touch file");
		const port = await listening(createServer(), {});
		await listening(createServer(), { path: join(data, "socket") });
		const web = createHttpServer((_, response) => response.writeHead(302).end());
		const webPort = await listening(web, {});
		const step = { tcp: `127.0.0.1:${port}`, unix: "/data/socket", file: ["/data/file", "/etc"], http: `http://localhost:${webPort}/` };
		// An ordinary user may write to a socket only with permission for it.
		expect(await waitFor(step, { volumes: [`${data}:/data`], config: { user: "root", setup: [{ wait_for: step }] } })).toEqual([
			0,
			"workload\n",
			`ok       setup[0] wait_for tcp 127.0.0.1:${port}, unix /data/socket, file /data/file, file /etc, http://localhost:${webPort}/ for 30 s: there at once`,
		]);
	});

	it("waits as the user with what the workload will hold, before no_new_privs, and then goes on", async () => {
		const port = await freePort();
		const container = await startHouse(options({ tcp: `localhost:${port}`, interval: "20ms" }));
		const { Uid, Gid, Groups, CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs } = await whileWaiting(container);
		const kept = "0000000000002000";
		expect({ Uid, Gid, Groups, NoNewPrivs, caps: [CapInh, CapPrm, CapEff, CapBnd, CapAmb] }).toEqual({
			Uid: "1000\t1000\t1000\t1000",
			Gid: "1000\t1000\t1000\t1000",
			Groups: "44 1000",
			NoNewPrivs: "0",
			caps: [kept, kept, kept, kept, kept],
		});
		await listening(createServer(), { port });
		const { status, stdout, stderr } = await container.wait();
		expect([status, stdout]).toEqual([0, "workload\n"]);
		expect(stepLines(stderr)).toEqual([expect.stringMatching(/^ok .*: there after [0-9.]+ m?s$/)]);
	});

	it("waits for a file, after every other step, in an empty image", async () => {
		const data = volume("chmod 777 .");
		const container = await startHouse(
			options(null, {
				image: scratch,
				config: { user: "1000:1000", setup: [{ wait_for: { file: "/data/file" } }, { mkdir: "/data/made" }] },
				args: ["--", "/probe", "exit", "7"],
				volumes: [`${data}:/data`],
				network: "none",
			}),
		);
		await whileWaiting(container);
		writeFileSync(join(data, "made", "here"), "");
		expect(container.isRunning()).toBe(true);
		writeFileSync(join(data, "file"), "");
		expect((await container.wait()).status).toBe(7);
	});

	it("waits until an HTTP server is content", async () => {
		let asked: string[] = [];
		const server = createHttpServer((request, response) => {
			asked = [...asked, `${request.method} ${request.url} ${request.headers.host}`];
			response.writeHead(asked.length < 3 ? 503 : 204).end();
		});
		const port = await listening(server, {});
		const url = `http://127.0.0.1:${port}/health?full=1`;
		expect((await waitFor({ http: url, interval: "10ms" })).slice(0, 2)).toEqual([0, "workload\n"]);
		expect(asked).toEqual(new Array(3).fill(`GET /health?full=1 127.0.0.1:${port}`));
	});

	it("takes an answer in any pieces, which may last as long as the step", async () => {
		const answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
		const slow = createServer((socket) => {
			const bytes = [...answer];
			const timer = setInterval(() => (bytes.length > 0 ? socket.write(bytes.shift() ?? "") : clearInterval(timer)), 60);
			socket.on("error", () => clearInterval(timer));
		});
		let asked = 0;
		slow.on("connection", () => asked++);
		const port = await listening(slow, {});
		expect((await waitFor({ http: `http://127.0.0.1:${port}/` })).slice(0, 2)).toEqual([0, "workload\n"]);
		expect(asked).toBe(1);
	});

	it("is content with what status names, over IPv6 too", async () => {
		const port = await listening(createServer(say("HTTP/1.1 401 who\r\nWWW-Authenticate: Basic\r\n\r\n")), { host: "::1" });
		const url = `http://[::1]:${port}/v2/`;
		expect(await waitFor({ http: url, status: ["2xx", 401] })).toEqual([
			0,
			"workload\n",
			`ok       setup[0] wait_for ${url} answering 2xx or 401 for 30 s: there at once`,
		]);
	});

	it("can be stopped while a server takes its time to answer", async () => {
		let isAsked = false;
		const port = await listening(
			createServer(() => {
				isAsked = true;
			}),
			{},
		);
		const container = await startHouse(options({ http: `http://127.0.0.1:${port}/`, timeout: "10m" }));
		await container.waitFor("it asks", () => isAsked);
		container.signal("TERM");
		const { status, stdout, stderr } = await container.wait();
		expect([status, stdout, /told.*/.exec(stderr)?.[0]]).toEqual([143, "", "told to stop by SIGTERM while waiting"]);
	});

	it("asks for a name anew at each look", async () => {
		const port = await listening(createServer(), {});
		let asked = 0;
		const dns = createSocket("udp4");
		servers.add(dns);
		dns.on("message", (query, from) => {
			const isKnown = ++asked > 4 && query.readUInt16BE(query.length - 4) === 1;
			dns.send(answerTo(query, isKnown ? [127, 0, 0, 1] : undefined), from.port, from.address);
		});
		await new Promise<void>((resolve) => dns.bind(53, "127.0.0.78", resolve));
		const data = volume("echo 'nameserver 127.0.0.78' > resolv.conf");
		const volumes = [`${join(data, "resolv.conf")}:/etc/resolv.conf:ro`];
		expect((await waitFor({ tcp: `late:${port}`, interval: "10ms" }, { volumes })).slice(0, 2)).toEqual([0, "workload\n"]);
		expect(asked).toBe(6);
	});

	it("waits for what a link leads to", async () => {
		const data = volume("chmod 777 .; ln -s target link");
		const container = await startHouse(options({ file: "/data/link" }, { volumes: [`${data}:/data`], network: "none" }));
		await whileWaiting(container);
		writeFileSync(join(data, "target"), "");
		expect((await container.wait()).stdout).toBe("workload\n");
	});

	it("looks for files itself where there may be no other process", async () => {
		const config = { user: "4711:4711", limits: { nproc: 1 }, setup: [{ wait_for: { file: "/etc" } }] };
		const { status, stdout } = await runHouse(options(null, { config }));
		expect([status, stdout]).toEqual([0, "workload\n"]);
	});

	it("looks names up in /etc/hosts and asks the name servers, with their search list", async () => {
		const port = await listening(createServer(), {});
		const asked: string[] = [];
		const dns = createSocket("udp4");
		servers.add(dns);
		dns.on("message", (query, from) => {
			const name = nameIn(query);
			asked.push(`${name} ${query.readUInt16BE(query.length - 4)}`);
			const isKnown = name === "db.test.internal" && query.readUInt16BE(query.length - 4) === 1;
			dns.send(answerTo(query, isKnown ? [127, 0, 0, 1] : undefined), from.port, from.address);
		});
		await new Promise<void>((resolve) => dns.bind(53, "127.0.0.77", resolve));
		const data = volume(
			"echo 'nameserver 127.0.0.77' > resolv.conf; echo 'search other.internal test.internal' >> resolv.conf; echo '127.0.0.1 cache' > hosts",
		);
		const volumes = [`${join(data, "resolv.conf")}:/etc/resolv.conf:ro`, `${join(data, "hosts")}:/etc/hosts:ro`];
		expect((await waitFor({ tcp: [`db:${port}`, `cache:${port}`] }, { volumes })).slice(0, 2)).toEqual([0, "workload\n"]);
		expect(asked).toEqual(["db.other.internal 1", "db.other.internal 28", "db.test.internal 1", "db.test.internal 28"]);
		expect(await failureOf({ tcp: "absent:1" }, { volumes })).toEqual([
			125,
			"",
			"not there after 300 ms: tcp absent:1: absent has no address: it is not in /etc/hosts, and 127.0.0.77 (/etc/resolv.conf) knows no such name",
		]);
	});

	it("can be stopped while it waits", async () => {
		const container = await startHouse(options({ file: "/absent" }));
		await whileWaiting(container);
		container.signal("TERM");
		const { status, stdout, stderr } = await container.wait();
		expect([status, stdout, /told.*/.exec(stderr)?.[0]]).toEqual([143, "", "told to stop by SIGTERM while waiting"]);
	});

	it("gives the workload back its signals", async () => {
		const config = { user: "app", setup: [{ wait_for: { file: "/etc" } }] };
		const { stdout } = await runHouse(options(null, { config, args: ["--", "grep", "SigBlk", "/proc/self/status"] }));
		expect(stdout).toBe("SigBlk:\t0000000000000000\n");
	});
});

describe("wait_for when nothing comes", () => {
	it("ends with what is missing, and why", async () => {
		const port = await freePort();
		expect(
			await failureOf({
				tcp: [`127.0.0.1:${port}`, `[::1]:${port}`],
				unix: "/absent/socket",
				file: ["/etc", "/root/file"],
				http: `http://127.0.0.1:${port}`,
			}),
		).toEqual([
			125,
			"",
			`not there after 300 ms: tcp 127.0.0.1:${port}: ECONNREFUSED: nobody listens there; tcp [::1]:${port}: ECONNREFUSED: nobody listens there; unix /absent/socket: ENOENT: "/absent" does not exist; file /root/file: ENOENT: it does not exist; http://127.0.0.1:${port}: ECONNREFUSED: nobody listens there`,
		]);
	});

	it.each([
		["without a status that counts", say("HTTP/1.1 404 no\r\n"), "the last answer was 404"],
		["without a user", say("HTTP/1.0 401 who\r\n"), "the last answer was 401"],
		["without an answer", () => {}, "takes the connection and does not answer"],
		["without the end of its status line", (socket: Socket) => void socket.write("HTTP/1.1 2"), "has not come to its status"],
		["that hangs up", say(""), "hangs up without an answer"],
		["that hangs up early", say("HTTP/1.1 20"), "hangs up before its status"],
		["that speaks before it is asked", say("220 mail\r\n"), "does not answer in HTTP/1"],
		["of HTTP/0.9", say("<html>hello</html>"), "does not answer in HTTP/1"],
		["of TLS", say(Buffer.from("15030100020246", "hex")), "answers in TLS; wait for the port with tcp"],
		["that announces without end", say("HTTP/1.1 103 x\r\n\r\n".repeat(5000)), "does not answer in HTTP/1"],
	])("tells an HTTP server %s", async (_, answer, why) => {
		const port = await listening(createServer(answer), {});
		const url = `http://127.0.0.1:${port}`;
		expect(await failureOf({ http: url })).toEqual([125, "", `not there after 300 ms: ${url}: ${why}`]);
	});

	it("tells an HTTP server that resets the connection", async () => {
		const port = await listening(
			createServer((socket) => void socket.resetAndDestroy()),
			{},
		);
		const url = `http://127.0.0.1:${port}`;
		const [status, stdout, message] = await failureOf({ http: url });
		expect([status, stdout]).toEqual([125, ""]);
		expect(
			["ECONNRESET", "EPIPE"].map((each) => `not there after 300 ms: ${url}: ${each}: who listens there closes the connection`),
		).toContain(message);
	});

	it("tells the last answer of a server that has fallen silent, and that a redirect is not followed", async () => {
		let asked = 0;
		const falling = createServer((socket) => void (asked++ === 0 && socket.end("HTTP/1.1 503 not yet\r\n\r\n")));
		const moved = createServer(say("HTTP/1.1 302 there\r\nLocation: /\r\n\r\n"));
		const [first, second] = [`http://127.0.0.1:${await listening(falling, {})}/`, `http://127.0.0.1:${await listening(moved, {})}/`];
		expect((await failureOf({ http: [first, second], status: 200, interval: "10ms" }))[2]).toBe(
			`not there after 300 ms: ${first} answering 200: takes the connection and does not answer; the last answer was 503; ${second} answering 200: the last answer was 302, which is not followed`,
		);
	});

	it("goes on after a warning when told so", async () => {
		const step = { file: "/absent", timeout: "50ms" };
		const { status, stdout, stderr } = await runHouse(
			options(null, { config: { user: "app", setup: [{ wait_for: step, on_error: "warn" }] }, args: ["--", "echo", "workload"] }),
		);
		expect([status, stdout, stderr]).toEqual([
			0,
			"workload\n",
			"abdicate: warning[STEP_FAILED] setup[0] wait_for file /absent for 50 ms at most, after the drop: not there after 50 ms: file /absent: ENOENT: it does not exist\n  timeout: 2m, say, if it may take longer\n",
		]);
	});

	it("is left out when its condition does not hold", async () => {
		const entry = { wait_for: { file: "/absent" }, when: { env: "WAIT" } };
		const lines = await waitFor(null, { config: { user: "app", setup: [entry] } });
		expect(last("WAIT is not set")(lines)).toEqual([0, "workload\n", true]);
	});

	it("says now and then what it is waiting for", async () => {
		const step = { file: "/absent", timeout: "2500ms" };
		const title = "setup[0] wait_for file /absent for 2.5 s at most, after the drop";
		const message = "still waiting: file /absent: ENOENT: it does not exist";
		const plain = await runHouse(options(step, { args: ["--", "true"] }));
		expect(plain.stderr.split("\n")[0]).toBe(`abdicate: ${title}: ${message}`);
		const { stderr } = await runHouse(options(step, { args: ["--log-format=json", "--", "true"] }));
		expect(JSON.parse(stderr.split("\n")[0] ?? "")).toEqual({
			time: expect.any(String),
			severity: "info",
			code: null,
			step: title,
			message,
			remedy: [],
		});
	});

	it.each([
		{},
		{ timeout: "1s" },
		{ tcp: "db" },
		{ http: "https://db" },
		{ http: "http://user@db" },
		{ file: "/x", status: 401 },
		{ http: "http://db", status: 101 },
		{ file: "relative" },
		{ file: "/x", interval: 0 },
	])("refuses %j", async (step) => {
		expect((await waitFor(step)).slice(0, 2)).toEqual([125, ""]);
	});

	it("tells which status would count, where a server has answered, and not to wait longer for what no time opens", async () => {
		const answering = async (status: number) => {
			const server = createHttpServer((_, response) => response.writeHead(status).end());
			return `http://127.0.0.1:${await listening(server, {})}/`;
		};
		const remedies = async (step: object, more: Partial<ContainerOptions> = {}) => {
			const { status, stderr } = await runHouse(options({ timeout: "200ms", ...step }, more));
			return [status, ...stderr.split("\n").filter((line) => line.startsWith("  "))];
		};
		expect([
			await remedies({ http: await answering(401) }),
			await remedies({ http: await answering(503) }),
			await remedies({ http: await answering(204), status: 401 }),
			await remedies({ http: [await answering(401), await answering(200)], file: "/none" }),
			await remedies({ file: "/data/d/x" }, { volumes: [`${volume("mkdir -m 700 d; touch d/x")}:/data`] }),
		]).toEqual([
			[125, "  status: [401], if that is its answer when it is ready"],
			[125, "  status: [503], if that is its answer when it is ready, or a longer timeout"],
			[125, "  status: [204], if that is its answer when it is ready"],
			[125, "  timeout: 2m, say, if it may take longer", "  status: [401], if that is its answer when it is ready"],
			[125, "  open each directory above it to who looks (a FUSE mount: allow_other)"],
		]);
	});
});

function nameIn(query: Buffer): string {
	const labels: string[] = [];
	for (let at = 12; query[at] !== 0; at += 1 + Number(query[at])) {
		labels.push(query.toString("latin1", at + 1, at + 1 + Number(query[at])));
	}
	return labels.join(".");
}

/** No such name without an address. */
function answerTo(query: Buffer, address: readonly number[] | undefined): Buffer {
	const header = Buffer.from(query.subarray(0, 12));
	header[2] = 0x81;
	header[3] = address === undefined ? 0x83 : 0x80;
	header[7] = address === undefined ? 0 : 1;
	const record = address === undefined ? [] : [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address];
	return Buffer.concat([header, query.subarray(12), Buffer.from(record)]);
}
