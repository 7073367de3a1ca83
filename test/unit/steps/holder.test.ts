import { expect, it } from "vitest";
import { holderOfPort } from "../../../src/steps/sockets/holder.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

it("names who has a port, and shows no argument of it", () => {
	const line = "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 4711 1";
	const files = {
		"/proc": { kind: "directory" as const },
		"/proc/net/tcp": `  sl\n${line}\n`,
		"/proc/7/comm": "server\n",
		"/proc/7/cmdline": "/usr/bin/server\0--password\0hunter2\0",
		"/proc/7/fd/3": { kind: "link" as const, content: "socket:[4711]" },
	};
	const { host } = new FakeKernel({ process: dockerRoot(), files });
	const { message } = holderOfPort(host, "tcp", { port: 80 } as Parameters<typeof holderOfPort>[2]);
	expect(message).toBe('process 7 ("server") of uid 1001 has it (tcp 0.0.0.0:80)');
});
