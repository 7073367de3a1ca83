import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { jobs } from "../harness/images.ts";
import { needDocker, withDocker } from "../harness/need-docker.ts";
import { runProcess } from "../harness/process.ts";
import { type Container, type ContainerOptions, runContainer, startContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { type End as CableEnd, cable } from "./cable.ts";
import { buildExample, droppedTo, idsOf, outcomeOf } from "./example.ts";
import { printed } from "./grants.ts";
import { type Asked, expectedOf, itself, refused, rowsOf, type Start, stepFailed, type Table } from "./rows.ts";

/** One end of the tunnel: its network, its address inside, and a directory with key, certificate and configuration. */
interface End extends CableEnd {
	readonly inner: string;
	readonly files: string;
}

let image: string;
let user: Awaited<ReturnType<typeof idsOf>>;
let here: End;
let there: End;
let farPid: number;

const run = (file: string, ...args: readonly string[]) => execFileSync(file, args, { encoding: "utf8", stdio: "pipe" }).trim();

const setUp = withDocker(async () => {
	image = buildExample("openvpn", jobs);
	user = await idsOf(image, "openvpn");
	const [left, right] = await cable(jobs);
	const files = [keyed(), keyed()] as const;
	here = { ...left, inner: "10.8.0.1", files: configured(files[0], files[1], ["tls-client", `remote ${right.address}`, "nobind"]) };
	there = { ...right, inner: "10.8.0.2", files: configured(files[1], files[0], ["tls-server", "dh none", `local ${right.address}`]) };
	await answering(here);
	farPid = there.container.pid();
	const far = await startContainer(optionsFor(there, {}));
	await far.waitForOutput("UDPv4 link local (bound)");
});
beforeAll(setUp, 300_000);
beforeEach(needDocker);

/** A directory with a key that is root's alone, and its certificate. */
function keyed(): string {
	const directory = volume("umask 077; mkdir d");
	const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=end"];
	run("openssl", ...request, "-keyout", join(directory, "key"), "-out", join(directory, "cert"));
	return directory;
}

/** The same with a configuration that lets in who has the other's certificate. */
function configured(own: string, other: string, role: readonly string[]): string {
	const fingerprint = run("openssl", "x509", "-in", join(other, "cert"), "-noout", "-fingerprint", "-sha256").replace(/.*=/, "");
	const lines = [
		...role,
		"cert /etc/openvpn/cert",
		`peer-fingerprint ${fingerprint}`,
		"disable-dco",
		"connect-retry 1 1",
		"hand-window 10",
	];
	run("sh", "-c", `umask 022; printf '%s\\n' "$@" > ${own}/conf; chmod 644 ${own}/cert; chmod 600 ${own}/key`, "sh", ...lines);
	return own;
}

/** What stands in the network of an end for the programs that use its tunnel. */
async function answering({ container }: End): Promise<void> {
	const program =
		"import socket\ns = socket.create_server(('', 7))\nwhile True:\n c = s.accept()[0]; c.sendall(b'from ' + c.getsockname()[0].encode()); c.close()";
	await container.exec(["python3", "-c", program], { flags: ["--detach"] });
	await container.waitFor("it answers", async () => (await container.exec(["bash", "-c", ": </dev/tcp/127.0.0.1/7"])).status === 0);
}

function optionsFor({ network, inner, files }: End, start: Start): ContainerOptions {
	return {
		image,
		network,
		env: { TUN_ADDRESS: `${inner}/24` },
		volumes: [`${files}/key:/run/secrets/key:ro`, `${files}/cert:/etc/openvpn/cert:ro`, `${files}/conf:/etc/openvpn/tunnel.conf:ro`],
		...table.always,
		...start,
	};
}

/** Through the tunnel: nobody but its two ends has such an address. */
async function serves(container: Container): Promise<boolean> {
	if (!(await container.logs()).stdout.includes("Initialization Sequence Completed")) {
		return false;
	}
	// A packet to an end that is not there is lost without an answer.
	const asks = ["timeout", "2", "bash", "-c", `exec 3<>/dev/tcp/${here.inner}/7 && cat <&3`];
	const { stdout } = await runProcess("nsenter", ["--net", "--target", String(farPid), ...asks]);
	return stdout === `from ${here.inner}`;
}

/** The device outlives the container: the network is that of another one. */
const withoutDevice = () => runProcess("nsenter", ["--net", "--target", String(here.container.pid()), "ip", "link", "delete", "tun0"]);

const device = ["--device", "/dev/net/tun"];
const asks: Omit<Asked, "ofAny"> = {
	capabilities: ["CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID", "SETPCAP", "NET_ADMIN", "MKNOD"],
	devices: ["--device", "/dev/net/tun:/dev/net/tun:rwm"],
};
const table: Omit<Table, "asks"> & { readonly asks: typeof asks } = {
	asks,
	always: { caps: { add: ["NET_ADMIN"] }, flags: device },
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": stepFailed,
		// Docker gives NET_ADMIN to root alone: nobody else can make an interface.
		"uid 1000": refused,
		"a random uid with gid 0": refused,
	},
	more: {
		"root, as Docker starts it": { ends: refused, start: { caps: {} } },
	},
};

const ended = async (start: Start) => {
	await withoutDevice();
	return outcomeOf(optionsFor(here, start), serves);
};

describe("openvpn on a device that is there already", () => {
	it.each(rowsOf(table))("ends as it should when started as %s", async (_, { start, ends }) => {
		expect(await ended(start)).toBe(ends === itself ? droppedTo(user.owner, user.groups) : ends);
	});

	it("asks for no more than the device takes", async () => {
		await withoutDevice();
		const asking = await printed(optionsFor(here, {}), asks, "this-start");
		expect(asking).toEqual(expectedOf({ ...asks, ofAny: { capabilities: [], worst: [] } }, "this-start"));
	});

	it("comes up again on the device of its last start, and cannot change it or make another", async () => {
		await withoutDevice();
		const container = await startContainer(optionsFor(here, {}));
		await container.waitFor("it serves", serves);
		container.signal("KILL");
		await container.wait();
		container.start();
		await container.waitFor("it serves again", serves);
		const attempts = [
			"ip link set tun0 down",
			"ip address add 10.9.0.1/24 dev tun0",
			"ip route add default dev tun0",
			"openvpn --mktun --dev tun1",
			"cat /run/secrets/key",
		];
		const script = attempts.map((each) => `${each} 2>&1 | grep -oE 'not permitted|Permission denied' | head -1`).join("; ");
		const tried = async (...how: readonly string[]) => (await container.exec([...how, "sh", "-c", script])).stdout.trim().split("\n");
		expect(await tried("/abdicate", "enter", "--")).toEqual([...Array(4).fill("not permitted"), "Permission denied"]);
		await container.waitFor("it serves all the same", serves);
		container.remove();
	});

	it("has its device taken away by who holds NET_ADMIN", async () => {
		const args = [
			"-c",
			"openvpn --mktun --dev tun1 >/dev/null && ip link set tun1 up && ip route add 10.9.0.0/24 dev tun1 && ip link delete tun1 && echo done",
		];
		expect((await runContainer({ ...optionsFor(here, {}), entrypoint: "sh", args })).stdout).toBe("done\n");
	});
});
