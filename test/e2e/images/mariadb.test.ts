import { describe, expect, it } from "vitest";
import { type Container, startContainer } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { as } from "./example.ts";
import { asUser, describeStarts, itself, noNewPrivileges, ofGroup0, only, open, refused, says } from "./starts.ts";

const query = (container: Container, sql: string) =>
	asUser(container, "mysql").exec(["mariadb", "--skip-column-names", `--execute=${sql}`]);

const mariadb = describeStarts("mariadb", {
	user: "mysql",
	place: "/var/lib/mysql",
	// An answer is an answer, also that root is not let in by a server that runs as somebody else.
	serves: (container) => says(container, "answers", "sh", "-c", "mariadb-admin ping >/dev/null 2>&1 && echo answers"),
	rows: [
		["root", {}, itself],
		["root, with an option", { args: ["--max-connections=20"] }, itself],
		["root, only with what the plan asks for", only("CHOWN"), itself],
		["root, without any capability", { caps: { drop: ["ALL"] } }, refused],
		["root, no-new-privileges", noNewPrivileges, itself],
		[
			"root, read-only root file system, with places for its files",
			{ flags: ["--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp"] },
			itself,
		],
		["root, read-only root file system", { flags: ["--read-only"] }, "125 STEP_FAILED"],
		["uid 1000, with a place for its socket", { user: "1000:1000", flags: ["--tmpfs", "/run/mysqld:uid=1000"] }, as(1000, 1000), open],
		[
			"a random uid with gid 0, with a place for its socket",
			{ user: "1000650000:0", flags: ["--tmpfs", "/run/mysqld:uid=1000650000"] },
			as(1_000_650_000, 0),
			ofGroup0,
		],
	],
});

describe("mariadb", () => {
	it("makes its tables once, and finds its rows at the second start", async () => {
		const data = volume("chown 4242:4242 .");
		const first = await startContainer(mariadb.options({}, data));
		await first.waitFor("it serves", async () => (await query(first, "select 6*7")).stdout === "42\n", 60);
		expect((await query(first, "create database d; create table d.t select 'kept' as word")).status).toBe(0);
		expect((await first.stop()).status).toBe(0);
		const second = await startContainer(mariadb.options({ args: ["-v", "--", "mariadbd"], entrypoint: "/abdicate" }, data));
		await second.waitFor("it serves", async () => (await query(second, "select word from d.t")).stdout === "kept\n", 60);
		expect((await second.logs()).stderr).toContain("/var/lib/mysql/mysql is there");
	});

	it("touches nothing to print its version", async () => {
		const data = volume("chown 4242:4242 .");
		const container = await startContainer(mariadb.options({ args: ["--version"] }, data));
		expect(await container.wait()).toMatchObject({ status: 0, stdout: expect.stringContaining("MariaDB") });
		expect(ownerOf(data)).toBe("4242:4242");
	});
});
