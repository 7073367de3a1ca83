import { describe, expect, it } from "vitest";
import { jobs } from "../harness/images.ts";
import { type ContainerOptions, runContainer, startContainer } from "../harness/run.ts";
import { cable, type End } from "./cable.ts";
import { describeJob } from "./job.ts";
import { itself, refused } from "./rows.ts";

let here: End;
let there: End;

/** Two services on one machine, of which the agent may reach the first. */
const services = `
import http.server, threading
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"port {self.server.server_port}\\n".encode())
for port in (443, 8080):
    threading.Thread(target=http.server.HTTPServer(("", port), Answer).serve_forever).start()
`;

async function prepare(): Promise<void> {
	[here, there] = await cable(jobs);
	await there.container.exec(["python3", "-c", services], { flags: ["--detach"] });
	const isUp = async () => (await there.container.exec(["bash", "-c", ": </dev/tcp/127.0.0.1/8080"])).status === 0;
	await there.container.waitFor("the services answer", isUp);
}

const { options } = describeJob("firewalled-agent", {
	user: "agent",
	prepare,
	given: () => ({ network: here.network, env: { SERVICE_ADDRESS: there.address } }),
	command: ["python3", "/app/agent.py"],
	prints: "port 443\n",
	asks: { capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP", "NET_ADMIN"] },
	always: { caps: { add: ["NET_ADMIN"] } },
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": itself,
		// Docker gives NET_ADMIN to root alone: nobody else can make rules.
		"uid 1000": refused,
		"a random uid with gid 0": refused,
	},
	more: { "root, as Docker starts it": { ends: refused, start: { caps: {} } } },
});

/** Tries everything, and says what the kernel says. */
const attempts = `
import os, socket, subprocess, sys
def attempt(what, act):
    try:
        act()
        print(what, "done")
    except OSError as error:
        print(what, os.strerror(error.errno))
def to(kind, address, port):
    def act():
        with socket.socket(socket.AF_INET, kind) as each:
            each.settimeout(5)
            each.connect((address, port))
            each.send(b"?")
    return act
far, = sys.argv[1:]
attempt("service", to(socket.SOCK_STREAM, far, 443))
attempt("other port", to(socket.SOCK_STREAM, far, 8080))
attempt("other address", to(socket.SOCK_STREAM, "192.168.77.1", 443))
attempt("datagram", to(socket.SOCK_DGRAM, far, 443))
attempt("packet socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
attempt("raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW))
attempt("mark", lambda: socket.socket().setsockopt(socket.SOL_SOCKET, 36, 1))
flush = subprocess.run(["/usr/sbin/nft", "flush", "ruleset"], stderr=subprocess.PIPE, text=True)
print("flush", flush.returncode, "Operation not permitted" in flush.stderr)
attempt("other port after it", to(socket.SOCK_STREAM, far, 8080))
`;
const tried = async (more: Partial<ContainerOptions>) => {
	const { stdout, stderr } = await runContainer({ ...options(), ...more });
	return [...stdout.trimEnd().split("\n"), stderr].filter((line) => line !== "");
};

describe("an agent behind its firewall", () => {
	it("reaches its service and nothing else, and cannot change the rules", async () => {
		expect(await tried({ args: ["python3", "-c", attempts, there.address] })).toEqual([
			"service done",
			"other port Connection refused",
			// Its own, over the loopback device, where nobody listens.
			"other address Connection refused",
			"datagram Operation not permitted",
			"packet socket Operation not permitted",
			"raw socket Operation not permitted",
			"mark Operation not permitted",
			"flush 1 True",
			"other port after it Connection refused",
		]);
	});

	it("would reach all of it with NET_ADMIN and NET_RAW in hand", async () => {
		const rules = `nft --define service=${there.address} --define port=443 --file /etc/firewall.nft`;
		const lines = await tried({ entrypoint: "sh", args: ["-c", `${rules} && exec python3 -c "$0" ${there.address}`, attempts] });
		expect(lines).toEqual([
			"service done",
			"other port Connection refused",
			"other address Connection refused",
			"datagram Operation not permitted",
			"packet socket done",
			"raw socket done",
			"mark done",
			"flush 0 False",
			"other port after it done",
		]);
	});

	it("is reached by nobody", async () => {
		const listens = "import socket; s = socket.create_server(('', 8000)); print('open', flush=True); s.settimeout(20); s.accept()";
		const knock = ["bash", "-c", `: </dev/tcp/${here.address}/8000`];
		const statuses: number[] = [];
		for (const more of [{}, { entrypoint: "sh", args: ["-c", `nft flush ruleset; exec python3 -c "${listens}"`] }]) {
			const container = await startContainer({ ...options(), args: ["python3", "-c", listens], ...more });
			await container.waitForOutput("open");
			statuses.push((await there.container.exec(knock)).status);
			container.remove();
		}
		expect(statuses).toEqual([1, 0]);
	});
});
