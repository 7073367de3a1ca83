import { describe, expect, it } from "vitest";
import { type Container, startContainer } from "../harness/run.ts";
import { ownerOf, stateOf, volume } from "../steps/volume.ts";
import { asUid1000, asUser, itself, ofGroup0, open, refused, says, stepFailed } from "./rows.ts";
import { describeStarts } from "./starts.ts";

/** peer authentication lets in only who the server runs as; as a user that is not in passwd, nobody is. */
const isReady = (container: Container) => says(container, "accepting connections", "pg_isready");

/** In the place of its volume and of its socket's directory: modes can be set by their owner alone. */
const placesOf = (id: string) => ({
	volumes: [],
	flags: ["--tmpfs", `/var/lib/postgresql/data:${id},mode=700`, "--tmpfs", `/var/run/postgresql:${id},mode=3775`],
});

const postgres = describeStarts("postgres", {
	user: "postgres",
	place: "/var/lib/postgresql/data",
	serves: async (container) =>
		(await isReady(container)) &&
		says(asUser(container, "postgres"), "42", "psql", "--username=postgres", "--tuples-only", "--command=select 6*7"),
	asks: {
		capabilities: ["CHOWN", "DAC_READ_SEARCH", "FOWNER", "FSETID", "SETGID", "SETUID", "SETPCAP"],
		spare: ["--cap-add DAC_READ_SEARCH"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETGID", "SETUID", "SETPCAP"],
			optional: ["KILL"],
			worst: [{ "/var/lib/postgresql/data": "chown 4242:4242 .", "/run": "chown 4242:4242 .; chmod 2711 ." }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": stepFailed,
		"uid 1000": { ends: asUid1000, start: placesOf("uid=1000,gid=1000"), serves: isReady },
		// initdb and the server want a name for their user, which a random uid has not.
		"a random uid with gid 0": { ends: stepFailed, start: placesOf("uid=1000650000"), serves: isReady },
	},
	more: {
		"root, with an option": { ends: itself, start: { args: ["-c", "max_connections=20"] } },
		"root, read-only root file system, with places for its files": {
			ends: itself,
			start: { flags: ["--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp"] },
		},
		"uid 1000, on a volume whose mode it cannot set": { ends: stepFailed, start: { user: "1000:1000" }, volume: open },
		"a random uid with gid 0, on a volume whose mode it cannot set": {
			ends: stepFailed,
			start: { user: "1000650000:0" },
			volume: ofGroup0,
		},
	},
});

describe("postgres", () => {
	it("makes its cluster once, 0700, and finds its rows at the second start", async () => {
		const data = volume("chown 4242:4242 .");
		const user = postgres.owner();
		const query = (container: Container, sql: string) =>
			asUser(container, user).exec(["psql", "--username=postgres", "--tuples-only", "--no-align", `--command=${sql}`]);
		const first = await startContainer(postgres.options({}, data));
		await first.waitFor("it serves", async () => (await query(first, "select 1")).stdout === "1\n", 60);
		expect((await query(first, "create table t as select 'kept' as word")).status).toBe(0);
		expect((await first.stop()).status).toBe(0);
		const second = await startContainer(postgres.options({ args: ["-v", "--", "postgres"], entrypoint: "/abdicate" }, data));
		await second.waitFor("it serves", async () => (await query(second, "select word from t")).stdout === "kept\n", 60);
		expect((await second.logs()).stderr).toContain("/var/lib/postgresql/data/PG_VERSION is there");
		expect(stateOf(data)).toBe(`${user} 0700`);
	});

	it("touches nothing to print its version", async () => {
		const data = volume("chown 4242:4242 .");
		const container = await startContainer(postgres.options({ args: ["--version"] }, data));
		expect(await container.wait()).toMatchObject({ status: 0, stdout: expect.stringContaining("postgres (PostgreSQL) 15") });
		expect(ownerOf(data)).toBe("4242:4242");
	});
});
