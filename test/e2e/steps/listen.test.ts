import { lstatSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse, startHouse } from "../../harness/house/run.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stateOf, stepLines, volume } from "./volume.ts";

function options(steps: readonly unknown[], more: Partial<ContainerOptions> = {}): ContainerOptions {
	return {
		image: busybox,
		config: { user: "app", setup: steps.map((listen) => ({ listen })) },
		args: ["-v", "--", "/probe"],
		...more,
	};
}

/** Docker opens low ports to everybody in its own network namespaces; many clusters do not. */
const guarded = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];

/** What the server on a Unix socket says. */
function answerOf(path: string): Promise<string> {
	return new Promise((resolve, reject) => {
		let text = "";
		const socket = connect(path).setEncoding("utf8");
		socket.on("data", (chunk) => {
			text += chunk;
		});
		socket.once("end", () => resolve(text));
		socket.once("error", reject);
	});
}

describe("listen", () => {
	it("rule 4.3: hands sockets over in the order written, with their names and variables", async () => {
		const { status, probe } = await runHouse(
			options([
				{ name: "http", tcp: [80, "127.0.0.1:8080"], env: { HTTP_FD: "fd@{fd}" } },
				{ name: "dns", udp: "127.0.0.1:53", env: { DNS_FD: "{fd}" } },
				{ unix: "@control" },
			]),
		);
		const ours = probe.env.filter((entry) => /^(LISTEN_|HTTP_FD|DNS_FD)/.test(entry)).sort();
		expect({ status, ours, fds: probe.fds.slice(3).map(({ fd, type }) => [fd, type]) }).toEqual({
			status: 0,
			ours: ["DNS_FD=5", "HTTP_FD=fd@4", "LISTEN_FDNAMES=http:http:dns:listen", "LISTEN_FDS=4", "LISTEN_PID=1"],
			fds: [
				[3, "socket"],
				[4, "socket"],
				[5, "socket"],
				[6, "socket"],
			],
		});
	});

	it("answers over IPv4 and the Unix socket, served by a workload without any capability", async () => {
		const data = volume("true");
		const container = await startHouse(
			options(
				[
					{ name: "http", tcp: 80 },
					{ name: "local", unix: "/data/s" },
				],
				{ args: ["--", "/probe", "serve"], flags: guarded, volumes: [`${data}:/data`] },
			),
		);
		await container.waitFor("the socket answers", async () => {
			const { stdout } = await container.exec(["nc", "-w", "1", "127.0.0.1", "80"]);
			return stdout.includes("ok http");
		});
		expect(await answerOf(join(data, "s"))).toContain("ok local");
		const { probe } = await container.logs();
		expect([probe.resuid, probe.caps.permitted]).toEqual([[1000, 1000, 1000], "0000000000000000"]);
		container.remove();
	});

	it("rule 2.10: needs a capability for a low port only where ports are guarded", async () => {
		const caps = { drop: ["NET_BIND_SERVICE"] };
		const step = { tcp: 80 };
		const free = await runHouse(options([step], { caps }));
		const high = await runHouse(options([{ tcp: 8080 }], { caps, flags: guarded }));
		const low = await runHouse(options([step], { caps, flags: guarded }));
		expect([free.status, high.status, low.status, low.stderr.split("\n")[0]]).toEqual([
			0,
			0,
			125,
			"abdicate: error[CAPABILITY_MISSING] setup[0] listen listen on tcp 80: NET_BIND_SERVICE is not held, needed to bind tcp 80",
		]);
	});

	it("says that an address is taken, or not the machine's", async () => {
		const both = options([{ tcp: "127.0.0.1:8080" }, { tcp: "127.0.0.1:8080" }]);
		const taken = await runHouse(both);
		const foretold = await runHouse({ ...both, args: ["plan", "/etc/entrypoint.yaml", "--", "/probe"] });
		const foreign = await runHouse(options([{ tcp: "192.0.2.1:8080" }]));
		expect([taken, foreign].map(({ status, stderr }) => [status, /error.*/.exec(stderr)?.[0]])).toEqual([
			[
				125,
				'error[STEP_FAILED] setup[1] listen listen on tcp 127.0.0.1:8080: bind: EADDRINUSE on "tcp 127.0.0.1:8080": this start has it itself (tcp 127.0.0.1:8080), by an earlier listen',
			],
			[
				125,
				'error[STEP_FAILED] setup[0] listen listen on tcp 192.0.2.1:8080: bind: EADDRNOTAVAIL on "tcp 192.0.2.1:8080": the address is none of this network\'s',
			],
		]);
		expect([foretold.status, /bind: .*/.exec(foretold.stdout)?.[0].replace(/ +/g, " ")]).toEqual([
			1,
			'bind: EADDRINUSE on "tcp 127.0.0.1:8080": setup[0] listens there FAILS',
		]);
	});

	it("shares a port on request", async () => {
		const step = { tcp: "127.0.0.1:8080", reuse_port: true };
		expect((await runHouse(options([step, step]))).status).toBe(0);
	});

	it("keeps IPv4 free on request", async () => {
		const both = (v6only: boolean) => options([{ tcp: "[::]:8080", v6only }, { tcp: "0.0.0.0:8080" }]);
		expect([(await runHouse(both(true))).status, (await runHouse(both(false))).status]).toEqual([0, 125]);
	});
});

describe("listen on the path of a Unix socket", () => {
	const onData = (data: string, step: object, more: Partial<ContainerOptions> = {}) =>
		runHouse(options([{ unix: "/data/s", ...step }], { volumes: [`${data}:/data`], ...more }));

	it.each(["0000", "0077"])("gives it exactly its mode and owner, whatever the umask: %s", async (umask) => {
		const data = volume("true");
		const entrypoint = "/bin/sh";
		const args = ["-c", `umask ${umask}; exec /abdicate -- /probe`];
		const { status, probe } = await onData(data, { mode: "0660", group: "video" }, { entrypoint, args });
		expect([status, stateOf(data, "s"), probe.umask]).toEqual([0, "1000:44 0660", umask]);
	});

	it("lets nobody connect before the file has its owner", async () => {
		const data = volume("chown 0:44 .; chmod 2775 .");
		const strace = ["-e", "trace=bind,fchownat,listen"];
		const { status, trace } = await runHost({
			config: { user: "7:7", setup: [{ listen: { unix: `${data}/s`, mode: "0660" } }] },
			args: ["--", "/bin/true"],
			strace,
		});
		expect([status, trace.match(/^\w+(?=\()/gm), stateOf(data, "s")]).toEqual([0, ["bind", "fchownat", "listen"], "7:7 0660"]);
	});

	it("says what refuses it, and takes a stale one of somebody else away in a sticky directory", async () => {
		const data = volume(
			`mkdir sticky closed; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "sticky/s", Listen => 1) or die'; chown -R 4242:4242 sticky closed; chmod 1777 sticky; chmod 700 closed`,
		);
		const errorOf = async (unix: string, more: Partial<ContainerOptions>) => {
			const { status, stderr } = await onData(data, { unix }, more);
			return [status, /(?:error\[C.*|\w+: E[A-Z]+ on.*|"\S+" cannot be made: .*)/.exec(stderr)?.[0]];
		};
		expect([
			await errorOf("/data/s", { caps: { drop: ["CHOWN"] } }),
			await errorOf("/data/closed/s", { caps: { drop: ["DAC_OVERRIDE"] } }),
			await errorOf("/data/sticky/s", { caps: { drop: ["FOWNER"] } }),
			await errorOf("/data/s", { volumes: [`${data}:/data:ro`] }),
			await errorOf("/data/sticky/s", {}),
		]).toEqual([
			[
				125,
				"error[CAPABILITY_MISSING] setup[0] listen listen on unix /data/s: CHOWN is not held, needed to give the socket's file its owner",
			],
			[
				125,
				'bind: EACCES on "/data/closed/s": CAP_DAC_OVERRIDE is not held: uid 0 (groups 0) may not enter "/data/closed", which is of 4242:4242 with mode 0700',
			],
			[125, 'unlinkat: EPERM on "/data/sticky/s": CAP_FOWNER is not held'],
			[125, '"/data/s" cannot be made: the file system is mounted read-only'],
			[0, undefined],
		]);
	});

	it("replaces a socket that nobody answers on, and nothing else", async () => {
		const data = volume("true");
		const first = await onData(data, {});
		const again = await onData(data, {});
		expect([first.status, again.status]).toEqual([0, 0]);
		for (const script of ["echo content > s", "mkdir s", "ln -s /etc/passwd s", "mkfifo s"]) {
			const { status, stderr } = await onData(volume(script), {});
			expect([script, status, /bind: \w+/.exec(stderr)?.[0]]).toEqual([script, 125, "bind: EADDRINUSE"]);
		}
	});

	it("leaves a socket alone that somebody answers on", async () => {
		const data = volume("true");
		const { status, stderr } = await runHouse(options([{ unix: "/data/s" }, { unix: "/data/s" }], { volumes: [`${data}:/data`] }));
		expect([status, stepLines(stderr)[0], /bind: \w+/.exec(stderr)?.[0]]).toEqual([
			125,
			"changed  setup[0] listen listen on unix /data/s: 1 open",
			"bind: EADDRINUSE",
		]);
	});

	it("does not go through a link that the workload could have made", async () => {
		const outside = volume("true");
		const data = volume("ln -s /outside link; chown -h 1000:1000 . link");
		const volumes = [`${data}:/data`, `${outside}:/outside`];
		const { status, stderr } = await runHouse(options([{ unix: "/data/link/s" }], { volumes }));
		expect([status, stderr.includes("/data/link is a symbolic link that is not root's alone")]).toEqual([125, true]);
		expect(() => lstatSync(join(outside, "s"))).toThrow();
	});

	it("says that its directory is missing", async () => {
		const { status, stderr } = await runHouse(options([{ unix: "/nowhere/s" }]));
		expect([status, stderr]).toEqual([
			125,
			'abdicate: error[STEP_FAILED] setup[0] listen listen on unix /nowhere/s: open: ENOENT on "/nowhere/s": the socket\'s directory does not exist\n  make it first: - mkdir: /nowhere\n',
		]);
	});
});
