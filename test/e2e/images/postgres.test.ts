import { describe, expect, it } from "vitest";
import { type Container, startContainer } from "../harness/run.ts";
import { ownerOf, stateOf, volume } from "../steps/volume.ts";
import { as } from "./example.ts";
import { asUser, describeStarts, itself, noNewPrivileges, ofGroup0, only, open, refused, says } from "./starts.ts";

/** peer authentication lets in only who the server runs as; as a user that is not in passwd, nobody is. */
const isReady = (container: Container) => says(container, "accepting connections", "pg_isready");

const postgres = describeStarts("postgres", {
	user: "postgres",
	place: "/var/lib/postgresql/data",
	serves: async (container) =>
		(await isReady(container)) &&
		says(asUser(container, "postgres"), "42", "psql", "--username=postgres", "--tuples-only", "--command=select 6*7"),
	rows: [
		["root", {}, itself],
		["root, with an option", { args: ["-c", "max_connections=20"] }, itself],
		["root, only with what the plan asks for", only("CHOWN", "FOWNER", "FSETID"), itself],
		["root, without any capability", { caps: { drop: ["ALL"] } }, refused],
		["root, no-new-privileges", noNewPrivileges, itself],
		[
			"root, read-only root file system, with places for its files",
			{ flags: ["--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp"] },
			itself,
		],
		["root, read-only root file system", { flags: ["--read-only"] }, "125 STEP_FAILED"],
	],
});

const places = (id: string) => ["--tmpfs", `/var/lib/postgresql/data:${id},mode=700`, "--tmpfs", `/var/run/postgresql:${id},mode=3775`];

describeStarts("postgres", {
	user: "postgres",
	serves: isReady,
	rows: [
		["uid 1000, with places of its own", { user: "1000:1000", flags: places("uid=1000,gid=1000") }, as(1000, 1000)],
		// initdb and the server want a name for their user, which a random uid has not.
		["a random uid with gid 0, with places of its own", { user: "1000650000:0", flags: places("uid=1000650000") }, "125 STEP_FAILED"],
	],
});

describe("postgres", () => {
	it.each([
		["uid 1000", "1000:1000", open],
		["a random uid with gid 0", "1000650000:0", ofGroup0],
	])("does not start as %s on a volume whose mode it cannot set", async (_, user, script) => {
		const data = volume(script);
		const container = await startContainer(postgres.options({ user }, data));
		const { status, stderr } = await container.wait();
		expect([status, /error\[(\w+)\]/.exec(stderr)?.[1]]).toEqual([125, "STEP_FAILED"]);
	});

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
