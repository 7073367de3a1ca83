import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { servers } from "../harness/images.ts";
import { needDocker, withDocker } from "../harness/need-docker.ts";
import { type Container, type ContainerOptions, startContainer } from "../harness/run.ts";
import { stateOf, volume } from "../steps/volume.ts";
import { type End as CableEnd, cable } from "./cable.ts";
import { buildExample, droppedTo, idsOf, outcomeOf, privilegeOf } from "./example.ts";
import { mounted, othersWith, printed, type Try, unmissed } from "./grants.ts";
import { expectedOf, itself, refused, rowsOf, type Start, stepFailed, type Table } from "./rows.ts";

/** One end of the tunnel. */
interface End {
	readonly network: `container:${string}`;
	/** Its address outside the tunnel, and inside. */
	readonly outer: string;
	readonly inner: string;
	readonly config: string;
}

let image: string;
let daemon: string;
let here: End;
let there: Container;

const run = (file: string, ...args: readonly string[]) => execFileSync(file, args, { encoding: "utf8", stdio: "pipe" });
const port = 51_820;

const setUp = withDocker(async () => {
	image = buildExample("wireguard", servers);
	const ids = (await idsOf(image, "wireguard")).owner.split(":");
	daemon = `${Array(4).fill(ids[0]).join(" ")} | ${Array(4).fill(ids[1]).join(" ")} | ${ids[1]}`;
	const [first, second] = await ends();
	here = first;
	there = await startContainer(optionsFor(second, {}));
	await there.waitFor("the far end listens", async () => (await there.logs()).stderr.includes("Booting worker"));
});
beforeAll(setUp, 300_000);
beforeEach(needDocker);

/** A cable, and a pair of keys for each of its ends. */
async function ends(): Promise<[End, End]> {
	const [left, right] = await cable(servers);
	const keys = [await keyPair(left.container), await keyPair(right.container)];
	const make = ({ network, address }: CableEnd, number: 1 | 2, other: CableEnd): End => {
		const [own, far] = [keys[number - 1], keys[2 - number]];
		const lines = [
			...["[Interface]", `PrivateKey=${own?.own}`, `ListenPort=${port}`],
			...["[Peer]", `PublicKey=${far?.known}`, `AllowedIPs=10.8.0.${3 - number}/32`, `Endpoint=${other.address}:${port}`],
		];
		const config = volume(`umask 077; printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} > wg0.conf`);
		return { network, outer: address, inner: `10.8.0.${number}`, config: `${config}/wg0.conf` };
	};
	return [make(left, 1, right), make(right, 2, left)];
}

async function keyPair({ exec }: Container): Promise<{ readonly own: string; readonly known: string }> {
	const own = (await exec(["wg", "genkey"])).stdout.trim();
	return { own, known: (await exec(["wg", "pubkey"], { input: `${own}\n` })).stdout.trim() };
}

function optionsFor({ network, inner, config }: End, start: Start): ContainerOptions {
	return {
		image,
		network,
		env: { WG_ADDRESS: inner },
		volumes: [`${config}:/etc/wireguard/wg0.conf:ro`],
		...table.always,
		...start,
	};
}

const curl = async ({ exec }: Container, address: string) =>
	(await exec(["curl", "--silent", "--max-time", "5", `http://${address}/`])).stdout;

/** A request through the tunnel in each direction; asked from here first, as the far end knows only the session of the last start. */
async function serves(container: Container): Promise<boolean> {
	return (await curl(container, "10.8.0.2")) === "hello 10.8.0.1\n" && (await curl(there, "10.8.0.1")) === "hello 10.8.0.2\n";
}

/** The daemon of a container, which the runtime lists beside its PID 1. */
function pidOfDaemon({ id }: Container): string {
	const pids = run("docker", "top", id, "-o", "pid,comm").matchAll(/^\s*(\d+)\s+wireguard-go\s*$/gm);
	const [pid, ...others] = [...pids].map(([, each = ""]) => each);
	if (pid === undefined || others.length > 0) {
		throw new Error("one daemon is expected");
	}
	return pid;
}

/** NET_ADMIN, 1 << 12, in all five sets. */
const netAdminAlone = "1000 1000 1000 1000 1000 | 1";
const table: Table = {
	asks: {
		capabilities: ["CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID", "SETPCAP", "NET_ADMIN", "MKNOD"],
		devices: ["--device", "/dev/net/tun:/dev/net/tun:rwm"],
		command: ["id"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SETPCAP", "NET_ADMIN", "MKNOD"],
			optional: ["KILL", "NET_BIND_SERVICE"],
			worst: [{ "/run": othersWith("wireguard") }],
		},
	},
	always: { caps: { add: ["NET_ADMIN"] }, flags: ["--device", "/dev/net/tun"] },
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": stepFailed,
		// Docker gives capabilities to root alone: nobody else can make an interface.
		"uid 1000": refused,
		"a random uid with gid 0": refused,
	},
	more: {
		"root, read-only root file system, with a place for its socket": {
			ends: itself,
			start: { flags: ["--device", "/dev/net/tun", "--read-only", "--tmpfs", "/run"] },
		},
		"root, as Docker starts it": { ends: refused, start: { caps: {} } },
	},
};

describe("an app behind WireGuard", () => {
	it.each(rowsOf(table))("ends as it should when started as %s", async (_, { start, ends }) => {
		let ofDaemon = "none";
		const outcome = await outcomeOf(optionsFor(here, start), async (container) => {
			const isUp = await serves(container);
			ofDaemon = isUp ? await privilegeOf({ ...container, pid: () => Number(pidOfDaemon(container)) }) : ofDaemon;
			return isUp;
		});
		expect([outcome, ofDaemon]).toEqual(
			ends === itself ? [droppedTo("1000:1000", "44 1000"), `${daemon} | ${netAdminAlone}`] : [ends, "none"],
		);
	});

	it.each([
		["this-start", [{}]],
		["any-volume", table.asks.ofAny.worst],
	] as const)("serves with what is printed for %s, and misses any of it", { timeout: 900_000 }, async (outlook, worst) => {
		const asking = await printed(optionsFor(here, {}), table.asks, outlook);
		expect(asking).toEqual(expectedOf(table.asks, outlook));
		// A machine's device may be root's alone.
		const closed = join(volume("mknod -m 600 tun c 10 200"), "tun");
		const tries = worst.map(
			(volumes): Try =>
				async (flags) => {
					const given = flags.map((each) => each.replace(/^\/dev\/net\/tun:/, `${closed}:`));
					const { volumes: own = [], ...options } = optionsFor(here, { caps: {}, flags: given });
					const start = { ...options, volumes: [...mounted(volumes), ...own] };
					return (await outcomeOf(start, serves)) === droppedTo("1000:1000", "44 1000");
				},
		);
		// Docker's runc lets every container use this device; newer ones do not.
		expect(await unmissed(asking.flags, tries)).toEqual(table.asks.devices?.join(" ").split(/ (?=--)/));
	});

	it("comes up again in the same container, and offers the app in the tunnel alone", async () => {
		const container = await startContainer(optionsFor(here, {}));
		await container.waitFor("it serves", serves);
		container.signal("KILL");
		await container.wait();
		container.start();
		await container.waitFor("it serves again", serves);
		expect([await curl(there, here.outer), await curl(there, here.inner)]).toEqual(["", "hello 10.8.0.2\n"]);
		const interfaces = readFileSync(`/proc/${container.pid()}/net/dev`, "utf8");
		expect(/^\s*wg0:\s*([1-9]\d*)\s/m.test(interfaces)).toBe(true);
		const health = ["/abdicate", "enter", "--", "test", "-e", "/sys/class/net/wg0"];
		expect((await container.exec(health)).status).toBe(0);
		run("kill", "-9", pidOfDaemon(container));
		await container.waitFor("the health check tells that the daemon is gone", async () => (await container.exec(health)).status === 1);
		container.remove();
	});

	it("leaves the key and the daemon's socket out of the app's reach", async () => {
		const container = await startContainer(optionsFor(here, {}));
		await container.waitFor("it serves", serves);
		const tried = await container.exec(["/abdicate", "enter", "--", "sh", "-c", "cat /etc/wireguard/wg0.conf; ls /run/wireguard"]);
		expect([tried.stdout, tried.status === 0, stateOf(here.config)]).toEqual(["", false, "0:0 0600"]);
		expect(tried.stderr.split("\n").filter((line) => /denied|permitted/i.test(line))).toHaveLength(2);
		container.remove();
	});
});
