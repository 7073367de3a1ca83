import { describe, expect, it } from "vitest";
import { type Container, runContainer, startContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { as } from "./example.ts";
import { closedTree } from "./grants.ts";
import { asRandom, asUid1000, itself, nothing, ofGroup0, open, refused, stepFailed } from "./rows.ts";
import { describeStarts } from "./starts.ts";

const curl = async ({ exec }: Container, path: string, ...more: readonly string[]) =>
	(await exec(["curl", "--silent", "--path-as-is", ...more, `http://127.0.0.1:8080${path}`])).stdout;
const put = (container: Container, path: string, text: string) => curl(container, path, "--request", "PUT", "--data", text);
const serves = async (container: Container) =>
	(await put(container, "/first", "a note")) === "kept\n" && (await curl(container, "/first")) === "a note";

const found = "mkdir notes; echo old >notes/old; chown -R 4242:4242 . notes";

const landlock = describeStarts("landlock", {
	user: "www-data",
	place: "/data",
	found,
	given: [".", "notes/old"],
	serves,
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_READ_SEARCH", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			worst: [{ "/data": closedTree }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": itself,
		"uid 1000": { ends: asUid1000, volume: open },
		"a random uid with gid 0": { ends: asRandom, volume: ofGroup0 },
	},
	more: {
		"uid 1000 without any capability": { ends: as(1000, 1000, "0"), start: { user: "1000:1000", caps: nothing }, volume: open },
		"uid 1000, on a volume of others": { ends: stepFailed, start: { user: "1000:1000" } },
	},
});

describe("a server behind landlock", () => {
	/** What the mistake of the server gives away, by the path that is asked for. */
	async function given(options: object): Promise<Record<string, string>> {
		const secret = volume("echo of somebody else >secret; chmod 644 secret");
		const container = await startContainer({
			...landlock.options({}, volume(found)),
			...options,
			volumes: [`${volume(found)}:/data`, `${secret}/secret:/run/secrets/other`],
		});
		await container.waitFor("it serves", serves);
		const ask = async (path: string) => [path, (await curl(container, path)).slice(0, 21)] as const;
		const paths = ["/first", "/notes/old", "/../run/secrets/other", "/../app/server.py", "/../etc/entrypoint.yaml", "/../etc/shadow"];
		const answers = Object.fromEntries(await Promise.all(paths.map(ask)));
		return { ...answers, written: await put(container, "/../tmp/out", "mine"), linked: await put(container, "/../dev/shm/out", "mine") };
	}

	it("gives away nothing but its code and its data", async () => {
		expect(await given({})).toEqual({
			"/first": "a note",
			"/notes/old": "old\n",
			"/../run/secrets/other": "Permission denied\n",
			"/../app/server.py": '"""Keeps notes: PUT /',
			"/../etc/entrypoint.yaml": "Permission denied\n",
			"/../etc/shadow": "Permission denied\n",
			written: "Permission denied\n",
			// POSIX shared memory is in the base set.
			linked: "kept\n",
		});
	});

	it("gave away what its user may read before", async () => {
		const config = "command: { default: [python3, /app/server.py] }\nuser: www-data\nsetup:\n  - own: /data\n";
		expect(await given({ config })).toEqual({
			"/first": "a note",
			"/notes/old": "old\n",
			"/../run/secrets/other": "of somebody else\n",
			"/../app/server.py": '"""Keeps notes: PUT /',
			"/../etc/entrypoint.yaml": "command: { default: [",
			"/../etc/shadow": "Permission denied\n",
			written: "kept\n",
			linked: "kept\n",
		});
	});

	it("connects to nobody, and listens nowhere else", async () => {
		const tries =
			"import socket\nfor act in ('connect', 'bind'):\n try: getattr(socket.socket(), act)(('127.0.0.1', 8081))\n except OSError as e: print(act, e.strerror)";
		const { stdout } = await runContainer({ ...landlock.options({}, volume(found)), args: ["python3", "-c", tries] });
		expect(stdout).toBe("connect Permission denied\nbind Permission denied\n");
	});

	it("shows in the plan what is open", async () => {
		const { stdout } = await runContainer({ ...landlock.options({}, volume(found)), entrypoint: "/abdicate", args: ["plan"] });
		const lines = stdout.slice(stdout.indexOf("landlock ")).split("\n");
		expect(lines.slice(0, 5).map((line) => line.trim())).toEqual([
			expect.stringMatching(/^landlock +ABI \d+$/),
			"read /app",
			"write /data",
			"connect nowhere",
			"bind 8080",
		]);
		expect(lines.find((line) => line.includes("base: execute"))?.trim()).toBe(
			"base: execute /usr/bin/python3.11, /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
		);
	});
});
