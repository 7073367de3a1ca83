import { describe, expect, it } from "vitest";
import { type HouseOptions, runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { nearlyPrivileged } from "../harness/run.ts";

const start = (options: Partial<HouseOptions>) => runHouse({ image: busybox, flags: nearlyPrivileged, ...options });
const shell = (script: string) => ["--", "sh", "-c", script];
/** Makes what an earlier workload has left, before the start. */
const arranged = (script: string, act: string, more: Partial<HouseOptions>) =>
	start({ ...more, entrypoint: "sh", args: ["-c", `${script}; exec /abdicate -- "$@"`, "sh", "sh", "-c", act] });

/** Naively each is open; by us nothing runs, and who can change the way is named. */
async function refused(
	run: (config: object) => Promise<{ status: number | null; stdout: string; stderr: string }>,
	config: object,
	words: string,
) {
	const [found, naive] = [await run(config), await run({ ...config, paths: "none" })];
	expect([found.status, found.stdout]).toEqual([125, ""]);
	expect(found.stderr).toContain("error[CONFINE_REFUSED]");
	expect(found.stderr).toContain(words);
	expect([naive.status, naive.stdout]).toEqual([0, "open\n"]);
}

const loose = (path: string) => `"${path}", on the way, is not root's alone`;
const read = (path: string) => `[ $(wc -c < ${path}) -gt 0 ] && echo open`;

describe("rule 4.10: nothing that is closed is led elsewhere before", () => {
	it.each([
		["/w/x", "/w"],
		["/w", "/w/x"],
	])(
		"a proc that a step mounts below a directory of the workload's in one of root's, and the other way round: %s",
		async (theirs, roots) => {
			const made = `mkdir -p /w/x/p; chown 1000 ${theirs}; chown 0 ${roots}`;
			await refused(
				(config) => arranged(made, read("/w/x/p/interrupts"), { config }),
				{ user: "1000:1000", paths: "docker-default", setup: [{ mount: { type: "proc", target: "/w/x/p" } }] },
				loose(theirs),
			);
		},
	);

	it("a proc that is brought in below the workload's own directory, which it closes to root", async () => {
		await refused(
			(config) =>
				arranged("chown 1000 /w; chmod 700 /w", read("/w/p/interrupts"), {
					config,
					volumes: ["/proc:/w/p"],
					flags: ["--cap-drop=ALL", "--cap-add=SETUID", "--cap-add=SETGID", "--cap-add=SETPCAP", "--cap-add=CHOWN"],
				}),
			{ user: "1000:1000", paths: "docker-default", setup: [] },
			"/w/p",
		);
	});

	it.each([
		["its own directory", "mkdir -p /w/d; echo x > /w/d/secret; chown 1000 /w /w/d", "/w/d/secret", loose("/w")],
		[
			"a link of its own",
			"mkdir -p /w; echo x > /etc/secret; chown 1000 /w; ln -s /etc/secret /w/link; chown -h 1000 /w/link",
			"/w/link",
			loose("/w"),
		],
		["a directory that all may write to", "mkdir -p /w; chmod 777 /w; echo x > /w/secret", "/w/secret", loose("/w")],
	])("a path of the list in %s", async (_, made, path, words) => {
		await refused(
			(config) => arranged(made, read(path), { config }),
			{ user: "1000:1000", paths: { masked: [path], read_only: "none" } },
			words,
		);
	});

	it("and one below a directory that is closed to root is closed all the same", async () => {
		const setup = [{ mount: { type: "proc", target: "/w/x/p" } }];
		const made = "mkdir -p /w/x/p; chown 1001 /w/x; chown 0 /w; mkdir -p /v/x/p; chmod 700 /v/x";
		const act = "ls /v/x/p/timer_list 2>&1 | grep -o denied; wc -c < /v/x/p/timer_list";
		const { status, stdout, stderr } = await arranged(made, act, {
			config: { user: "root", paths: "docker-default", setup: [{ mount: { ...setup[0]?.mount, target: "/v/x/p" } }] },
		});
		expect([status, stderr, stdout]).toEqual([0, "", "0\n"]);
	});

	it("what is not there is said, and not counted", async () => {
		const config = { user: "1000:1000", paths: { masked: ["/etc/passwd", "/nowhere"], read_only: "none" } };
		const { status, stderr } = await start({ config, args: ["-v", ...shell("true")] });
		expect(status).toBe(0);
		expect(stderr).toContain('paths: "/nowhere" is not there, so that nothing is closed by that name');
		expect(stderr).toContain("paths masked (1) and read-only (0)");
	});

	it("what a step makes later is closed as well", async () => {
		const setup = [{ run: ["sh", "-c", "mkdir /made; echo x > /made/secret; chmod 644 /made/secret"] }];
		const run = (paths: unknown) => start({ config: { user: "1000:1000", paths, setup }, args: shell("wc -c < /made/secret") });
		const [found, naive] = [await run({ masked: ["/made/secret"], read_only: "none" }), await run("none")];
		expect([found.stdout, naive.stdout]).toEqual(["0\n", "2\n"]);
	});
});
