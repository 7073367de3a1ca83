import { beforeAll, describe, expect, it } from "vitest";
import { servers } from "../harness/images.ts";
import { type Container, type ContainerOptions, startContainer } from "../harness/run.ts";
import { ownerOf, stateOf, volume } from "../steps/volume.ts";
import { as, buildExample, droppedTo, idsOf, outcomeOf } from "./example.ts";

type Row = readonly [name: string, start: Partial<ContainerOptions>, expected: string];

interface Example {
	readonly user: string;
	/** A real client inside the container. */
	readonly serves: (container: Container) => Promise<boolean>;
	readonly rows: readonly Row[];
}

const says = async ({ exec }: Container, wanted: string, ...command: readonly string[]) => (await exec(command)).stdout.includes(wanted);
const bash = (container: Container, wanted: string, script: string) => says(container, wanted, "bash", "-c", script);
/** Only what `plan --format docker` asks for. */
const only = (...add: readonly string[]) => ({ caps: { drop: ["ALL"], add: [...add, "SETGID", "SETUID", "SETPCAP"] } });
const noNewPrivileges = { flags: ["--security-opt", "no-new-privileges"] };
const refused = "125 CAPABILITY_MISSING";
const itself = "its user";

const examples: Readonly<Record<string, Example>> = {
	memcached: {
		user: "memcache",
		serves: (container) =>
			bash(container, "VERSION", "exec 3<>/dev/tcp/127.0.0.1/11211 && printf 'version\\r\\nquit\\r\\n' >&3 && cat <&3"),
		rows: [
			["root", {}, itself],
			["root, with an option", { args: ["-m", "32"] }, itself],
			["root, only with what the plan asks for", only(), itself],
			["root, without any capability", { caps: { drop: ["ALL"] } }, refused],
			["root, no-new-privileges", noNewPrivileges, itself],
			["root, read-only root file system", { flags: ["--read-only"] }, itself],
			["uid 1000", { user: "1000:1000" }, as(1000, 1000)],
			["a random uid with gid 0, without any capability", { user: "1000650000:0", caps: { drop: ["ALL"] } }, as(1_000_650_000, 0, "0")],
		],
	},
	mosquitto: {
		user: "mosquitto",
		serves: (container) => says(container, "yes", "sh", "-c", "mosquitto_pub -t t -m m -r && mosquitto_sub -t t -C 1 -W 5 && echo yes"),
		rows: [
			["root", {}, itself],
			["root, only with what the plan asks for", only("CHOWN"), itself],
			["root, without any capability", { caps: { drop: ["ALL"] } }, refused],
			["root, no-new-privileges", noNewPrivileges, itself],
			["root, read-only root file system", { flags: ["--read-only"] }, itself],
			[
				"uid 1000, on a volume of its own",
				{ user: "1000:1000", flags: ["--tmpfs", "/mosquitto/data:mode=1777"], volumes: [] },
				as(1000, 1000),
			],
		],
	},
	nginx: {
		user: "www-data",
		serves: (container) => says(container, "hello", "curl", "--silent", "http://127.0.0.1/"),
		rows: [
			["root", {}, itself],
			["root, where ports are guarded", { flags: ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"] }, itself],
			["root, only with what the plan asks for", only("CHOWN", "NET_BIND_SERVICE"), itself],
			["root, without any capability", { caps: { drop: ["ALL"] } }, refused],
			["root, no-new-privileges", noNewPrivileges, itself],
			["root, read-only root file system, with a place for its files", { flags: ["--read-only", "--tmpfs", "/run"] }, itself],
			["root, read-only root file system", { flags: ["--read-only"] }, "125 STEP_FAILED"],
			["uid 1000, with a place for its files", { user: "1000:1000", flags: ["--tmpfs", "/run/nginx:uid=1000,mode=700"] }, as(1000, 1000)],
		],
	},
	postgres: {
		user: "postgres",
		serves: (container) => says(container, "42", "psql", "--username=postgres", "--tuples-only", "--command=select 6*7"),
		rows: [
			["root", {}, itself],
			["root, with an option", { args: ["-c", "max_connections=20"] }, itself],
			["root, without any capability", { caps: { drop: ["ALL"] } }, refused],
			["root, no-new-privileges", noNewPrivileges, itself],
			[
				"root, read-only root file system, with places for its files",
				{ flags: ["--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp"] },
				itself,
			],
		],
	},
};
const places: Readonly<Record<string, string>> = { mosquitto: "/mosquitto/data", postgres: "/var/lib/postgresql/data" };
const images = new Map<string, string>();
const users = new Map<string, Awaited<ReturnType<typeof idsOf>>>();

beforeAll(async () => {
	for (const [name, { user }] of Object.entries(examples)) {
		const image = buildExample(name, servers);
		images.set(name, image);
		users.set(name, await idsOf(image, user));
	}
}, 300_000);

function ownerIn(name: string): string {
	return users.get(name)?.owner ?? "";
}

function optionsFor(name: string, start: Partial<ContainerOptions>, data: string): ContainerOptions {
	const place = places[name];
	return { image: images.get(name) as string, volumes: place === undefined ? [] : [`${data}:${place}`], ...start };
}

describe.each(Object.entries(examples))("%s", (name, { serves, rows }) => {
	it.each(rows)("ends as it should when started as %s", async (_, start, expected) => {
		const data = volume("chown 4242:4242 .");
		// psql is let in as the user that the server runs as.
		const client = (container: Container) => serves(name === "postgres" ? asUser(container, ownerIn(name)) : container);
		const wanted = expected === itself ? droppedTo(ownerIn(name), users.get(name)?.groups) : expected;
		expect(await outcomeOf(optionsFor(name, start, data), client)).toBe(wanted);
		if (expected === itself && name in places) {
			expect(ownerOf(data)).toBe(ownerIn(name));
		}
	});
});

function asUser(container: Container, user: string): Container {
	return { ...container, exec: (args, options) => container.exec(args, { ...options, user }) };
}

describe("postgres", () => {
	it("makes its cluster once, 0700, and finds its rows at the second start", async () => {
		const data = volume("chown 4242:4242 .");
		const user = ownerIn("postgres");
		const query = (container: Container, sql: string) =>
			asUser(container, user).exec(["psql", "--username=postgres", "--tuples-only", "--no-align", `--command=${sql}`]);
		const first = await startContainer(optionsFor("postgres", {}, data));
		await first.waitFor("it serves", async () => (await query(first, "select 1")).stdout === "1\n", 60);
		expect((await query(first, "create table t as select 'kept' as word")).status).toBe(0);
		expect((await first.stop()).status).toBe(0);
		const second = await startContainer(optionsFor("postgres", { args: ["-v", "--", "postgres"], entrypoint: "/abdicate" }, data));
		await second.waitFor("it serves", async () => (await query(second, "select word from t")).stdout === "kept\n", 60);
		expect((await second.logs()).stderr).toContain("/var/lib/postgresql/data/PG_VERSION is there");
		expect(stateOf(data)).toBe(`${user} 0700`);
	});

	it("touches nothing to print its version", async () => {
		const data = volume("chown 4242:4242 .");
		const container = await startContainer(optionsFor("postgres", { args: ["--version"] }, data));
		expect(await container.wait()).toMatchObject({ status: 0, stdout: expect.stringContaining("postgres (PostgreSQL) 15") });
		expect(ownerOf(data)).toBe("4242:4242");
	});
});
