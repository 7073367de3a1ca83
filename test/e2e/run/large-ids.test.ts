import { expect, it } from "vitest";
import { runHost } from "../harness/host.ts";

/** Ids as directory services give them: from 2^31 on, to the last there is. */
const large = [2_147_483_648, 2_246_052_396, 4_294_967_294];

it.each(large)("runs as uid and gid %i, with such a group, and finds its files right at the second start", async (id) => {
	const setup = [
		{ mkdir: { path: "/run/place", mode: "0700" } },
		{ file: { path: "/run/place/file", content: "x", mode: "0600" } },
		{ own: "/run/place" },
		{ run: { command: ["cat", "/run/place/file"], user: "target" } },
	];
	const config = { user: `${id}:${id}`, groups: { add: [id - 1] }, setup };
	const start = { config, args: ["-v", "--", "sh", "-c", "id -u; id -g; id -G"] };
	// Both in one namespace, whose /run goes with it.
	const twice = ["sh", "-c", 'mount -t tmpfs none /run; "$@" >/dev/null 2>&1; exec "$@"', "sh"];
	const { status, stdout, stderr } = await runHost({ ...start, wrapper: twice });
	expect([status, stdout, stderr.split("\n").map((line) => line.replace(/^abdicate: (\w+) +setup\[\d\] (\S+) .*/, "$1 $2"))]).toEqual([
		0,
		`x${id}\n${id}\n${id} ${id - 1}\n`,
		["ok mkdir", "ok file", "ok own", "changed run", expect.stringMatching(`^abdicate: verified drop: uid ${id}, gid ${id}, `), ""],
	]);
});

it.each(large)("is such a user from the start: %i", async (id) => {
	const wrapper = ["setpriv", `--reuid=${id}`, `--regid=${id}`, `--groups=${id - 1}`];
	const { status, stdout } = await runHost({ args: ["--user", `${id}:${id}`, "--", "id", "-u"], wrapper });
	expect([status, stdout]).toEqual([0, `${id}\n`]);
});
