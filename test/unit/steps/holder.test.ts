import { expect, it } from "vitest";
import { holderOfPort } from "../../../src/steps/sockets/holder.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const line = "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 4711 1";
const port = { port: 80 } as Parameters<typeof holderOfPort>[2];

function holder(files: Readonly<Record<string, string>>, descriptors: Readonly<Record<string, string>> = {}) {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/proc": { kind: "directory" },
			"/proc/net/tcp": `  sl\n${line}\n`,
			...files,
			...Object.fromEntries(Object.entries(descriptors).map(([path, content]) => [path, { kind: "link", content }])),
		},
	});
	return holderOfPort(host, "tcp", port);
}

const status = (name: string, parent: string, uid: number) => `Name:\t${name}\nPPid:\t${parent}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`;

it("names who has a port, and shows no argument of it", () => {
	const { message, remedy } = holder(
		{ "/proc/7/status": status("server", "0", 1001), "/proc/7/cmdline": "/usr/bin/server\0--password\0hunter2\0" },
		{ "/proc/7/fd/3": "socket:[4711]" },
	);
	expect(message).toBe('process 7 ("server") of uid 1001 has it (tcp 0.0.0.0:80)');
	expect(remedy?.[0]).toBe("let that process end before: this start has not started it");
});

it("blames no other container for a process that keeps its descriptors back", () => {
	const { message, remedy } = holder({
		"/proc/7/status": status("keeper", "1", 0),
		"/proc/9/status": status("server", "7", 1001),
		"/proc/8/status": status("other", "1", 1002),
	});
	expect(message).toBe(
		'a socket of uid 1001 has it (tcp 0.0.0.0:80), of a process whose descriptors are closed to this start: process 9 ("server")',
	);
	expect(remedy?.[0]).toBe(
		"a step before has left it running (background: true, fuse): leave that out, or have one of both use another port",
	);
});

it("names who it may be where no process here keeps anything back", () => {
	const { message, remedy } = holder({ "/proc/7/status": status("server", "1", 1001) }, { "/proc/7/fd/3": "socket:[4712]" });
	expect(message).toBe(
		"a socket of uid 1001 has it (tcp 0.0.0.0:80), and of no process that /proc shows here: one that is hidden, of another container that shares this network, or of the machine",
	);
	expect(remedy?.[0]).toContain("another container of the Pod has it");
});
