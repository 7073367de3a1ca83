import { describe, expect, it } from "vitest";
import { type Container, startContainer } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { closedTree, othersDirectory } from "./grants.ts";
import { asRandom, asUid1000, asUser, itself, ofGroup0, open, refused, says, stepFailed } from "./rows.ts";
import { describeStarts } from "./starts.ts";

const query = (container: Container, sql: string) =>
	asUser(container, "mysql").exec(["mariadb", "--skip-column-names", `--execute=${sql}`]);

const mariadb = describeStarts("mariadb", {
	user: "mysql",
	place: "/var/lib/mysql",
	// An answer is an answer, also that root is not let in by a server that runs as somebody else.
	serves: (container) => says(container, "answers", "sh", "-c", "mariadb-admin ping >/dev/null 2>&1 && echo answers"),
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			optional: ["KILL"],
			worst: [{ "/var/lib/mysql": closedTree, "/run": othersDirectory }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": stepFailed,
		"uid 1000": { ends: asUid1000, volume: open, start: { flags: ["--tmpfs", "/run/mysqld:uid=1000"] } },
		"a random uid with gid 0": { ends: asRandom, volume: ofGroup0, start: { flags: ["--tmpfs", "/run/mysqld:uid=1000650000"] } },
	},
	more: {
		"root, with an option": { ends: itself, start: { args: ["--max-connections=20"] } },
		"root, read-only root file system, with places for its files": {
			ends: itself,
			start: { flags: ["--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp"] },
		},
	},
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
