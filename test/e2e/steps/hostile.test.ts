import { expect, it } from "vitest";
import { runHouse, startHouse } from "../../harness/house/run.ts";
import { debian } from "../harness/images.ts";
import { outside, startAttack, stateOf } from "./attack.ts";
import { volume } from "./volume.ts";

const steps = [
	{ own: { path: "/data/a", policy: "always" } },
	{ own: { path: "/data", policy: "always" } },
	{ mkdir: { path: "/data/a/d/e", mode: "0770" } },
	{ file: { path: "/data/a/f", content: "new", mode: "0666" } },
	{ copy: { from: "/seed", to: "/data/a/c", if: "entry-absent" } },
];
const repeated = 50;
const starts = 40;

it("changes nothing outside the tree while directories are swapped for links, in 10,000 rounds", async () => {
	const [data, canary, seed] = [volume("chown 1000:1000 ."), outside(), volume("echo 1 > one")];
	const before = stateOf(canary);
	const attacker = await startAttack(data, canary);
	const setup = Array.from({ length: repeated }, () => steps.map((step) => ({ ...step, on_error: "warn" }))).flat();
	const { status, stderr } = await runHouse({
		image: debian,
		config: { user: "app", setup },
		timeout: 240,
		entrypoint: "bash",
		args: ["-c", `for ((i = 0; i < ${starts}; i++)); do /abdicate -v -- true || exit; done`],
		volumes: [`${data}:/data`, `${canary}:/outside`, `${seed}:/seed:ro`],
	});
	expect([status, attacker.isRunning()]).toEqual([0, true]);
	attacker.remove();
	const lines = stderr.split("\n").filter((line) => line.includes("setup["));
	const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
	const met = ["own /data/a ", "own /data ", "mkdir ", "file ", "copy "].map((kind) => ({
		kind,
		rounds: count(new RegExp(`setup\\[\\d+\\] ${kind}`)) >= repeated * starts,
		reached: count(new RegExp(`(changed|ok) +setup\\[\\d+\\] ${kind}`)) > 0,
	}));
	expect(met).toEqual(met.map(({ kind }) => ({ kind, rounds: true, reached: true })));
	const caught = count(/symbolic link/);
	expect(caught).toBeGreaterThan(100);
	console.log(`tried: ${steps.length * repeated * starts} rounds of own, mkdir, file and copy under attack; a link was met in ${caught}`);
	expect(stateOf(canary)).toBe(before);
}, 300_000);

it.each(["mkdir -p /data/a/naive", "chown -R 1000:1000 /data/a/", "cp -r /seed/one /data/a/", "echo > /data/a/naive"])(
	"would see what `%s` does outside the tree under the same attack",
	async (command) => {
		const [data, canary, seed] = [volume("chown 1000:1000 ."), outside(), volume("echo 1 > one")];
		const before = stateOf(canary);
		const attacker = await startAttack(data, canary);
		const naive = await startHouse({
			image: debian,
			entrypoint: "bash",
			args: ["-c", `while :; do ${command}; done 2>/dev/null`],
			volumes: [`${data}:/data`, `${canary}:/outside`, `${seed}:/seed:ro`],
		});
		expect(await naive.waitFor("something outside has changed", async () => stateOf(canary) !== before, 60)).toBe(true);
		naive.remove();
		attacker.remove();
	},
	90_000,
);
