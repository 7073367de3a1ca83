import { expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { debian } from "../harness/images.ts";
import type { Outcome } from "../harness/process.ts";
import { outside, startAttack, stateOf } from "./attack.ts";
import { volume } from "./volume.ts";

/** Starts again and again while names are exchanged, and tells what the steps said. Nothing outside may have changed. */
async function underAttack(setup: readonly object[], starts: number, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
	const [data, canary] = [volume("chown 1000:1000 ."), outside()];
	const before = stateOf(canary);
	const attacker = await startAttack(data, canary);
	const outcome = await runHouse({
		image: debian,
		config: { user: "app", setup },
		timeout: 240,
		entrypoint: "bash",
		args: ["-c", `for ((i = 0; i < ${starts}; i++)); do /abdicate -v -- true; [[ $? =~ ^(0|125)$ ]] || exit 1; done`],
		volumes: [`${data}:/data`, `${canary}:/outside`],
		env,
	});
	expect([outcome.status, attacker.isRunning()]).toEqual([0, true]);
	attacker.remove();
	expect(stateOf(canary)).toBe(before);
	return outcome;
}

/** How often a step reached its goal, and how often it met a link. */
function countsOf({ stderr }: Outcome, kind: string): readonly [reached: number, caught: number] {
	const lines = stderr.split("\n").filter((line) => new RegExp(`setup\\[\\d+\\] ${kind} `).test(line));
	const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
	return [count(/: (changed|ok) +setup/), count(/symbolic link/)];
}

it("chmod, link, remove and device change nothing outside while directories are swapped for links", async () => {
	const steps = [
		{ mkdir: "/data/a/c" },
		{ chmod: { path: "/data/a", dirs: "0750", files: "0600", recursive: true } },
		{ file: { path: "/data/a/f", content: "new" } },
		{ link: { path: "/data/a/link", to: "f" } },
		{ device: { path: "/data/a/zero", major: 1, minor: 5 } },
		{ remove: { path: ["/data/a/f", "/data/a/c"], recursive: true } },
	];
	const [repeated, starts] = [30, 120];
	const setup = Array.from({ length: repeated }, () => steps.map((step) => ({ ...step, on_error: "warn" }))).flat();
	const outcome = await underAttack(setup, starts);
	const met = ["chmod", "link", "device", "remove"].map((kind) => [kind, ...countsOf(outcome, kind)] as const);
	console.log(`tried: ${steps.length * repeated * starts} rounds under attack; reached and met a link: ${met.join("; ")}`);
	expect(met.map(([kind, reached, caught]) => [kind, reached > 0, caught > 10])).toEqual(met.map(([kind]) => [kind, true, true]));
}, 300_000);

it.each<[string, object, Readonly<Record<string, string>>]>([
	["listen", { unix: "/data/a/socket", mode: "0600" }, {}],
	["secret", { from: { env: "KEY" }, path: "/data/a/key", on_disk: "allow" }, { KEY: "hunter2" }],
])(
	"%s puts nothing outside while directories are swapped for links",
	async (kind, step, env) => {
		const outcome = await underAttack([{ [kind]: step }], 300, env);
		const [reached, caught] = countsOf(outcome, kind);
		console.log(`tried: 300 starts with ${kind} under attack; reached ${reached}, met a link ${caught}`);
		expect([reached > 10, caught > 0]).toEqual([true, true]);
	},
	300_000,
);
