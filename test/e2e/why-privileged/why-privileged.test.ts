import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { jobs } from "../../../scripts/docs/privileged-jobs.ts";
import { capabilityNames } from "../../../src/capability/names.ts";
import { makeMappers } from "./mappers.ts";
import { folder, plannedFlags } from "./plan.ts";
import { configOf, container, flagsOf, house, type Runner, start } from "./start.ts";
import { type Trial, trials } from "./trials.ts";

const flags: Readonly<Record<string, readonly string[]>> = JSON.parse(readFileSync(join(folder, "flags.json"), "utf8"));
const withoutWalls = jobs.filter(({ keys }) => keys === undefined);
/** In devices.test.ts. */
const devices = ["usb-serial", "camera", "gpu", "sound"];
const tried = withoutWalls.filter(({ tried: how, name }) => how === "start" && !devices.includes(name)).map(({ name }) => name);
/** What everybody may do has nothing to lose. */
const everybodys = ["debugger", "node-exporter"];

/** To become the user, and to give it standard output: test/e2e/grants.test.ts takes these away. */
const ofEveryStart = ["--cap-drop ALL", ...["CHOWN", "SETGID", "SETUID", "SETPCAP"].map((name) => `--cap-add ${name}`)];

const keepPattern = /keep: \[([^\]]*)\]/;
const keptBy = (config: string) => keepPattern.exec(config)?.[1]?.split(", ") ?? [];
const keeping = (config: string, names: readonly string[]) => config.replace(keepPattern, `keep: [${names.join(", ")}]`);

function mask(names: readonly string[]): string {
	const bits = names.reduce((sum, name) => sum | (1n << BigInt(capabilityNames.indexOf(name as never))), 0n);
	return bits.toString(16).padStart(16, "0");
}

type Attempt = readonly [what: string, run: Runner, config: string, flags: readonly string[]];

/** Every way to have one thing less. */
function attemptsOf(trial: Trial, config: string, asked: readonly string[]): Attempt[] {
	const kept = keptBy(config);
	// What is kept and not granted is refused before anything is done; nothing here has AppArmor.
	const granted = [
		...ofEveryStart,
		...kept.map((name) => `--cap-add ${name}`),
		...(trial.spare ?? []),
		"--security-opt apparmor=unconfined",
	];
	const own = asked.filter((each) => !granted.includes(each));
	const rest = (flag: string) => asked.filter((each) => each !== flag);
	const hasOwnKeys = /^(setup|groups|limits|no_new_privileges):/m.test(config) && trial.metByFlags === undefined;
	return [
		...kept.map(
			(name): Attempt => [
				`${name} not kept`,
				house,
				keeping(
					config,
					kept.filter((each) => each !== name),
				),
				asked,
			],
		),
		...(kept.length === 0 && hasOwnKeys ? [["the user alone", house, "user: app\n", asked] as const] : []),
		...(/allow:/.test(config) ? [["no allow", container, config.replace(/, allow: \[\w+\]/, ""), asked] as const] : []),
		...own.map((flag): Attempt => {
			// A house has neither a filter nor a device cgroup, and may inherit a setting from the machine.
			const [, setting] = /^--sysctl ([^=]+)=/.exec(flag) ?? [];
			return [
				`no ${flag}`,
				/seccomp|device/.test(flag) ? container : house,
				config,
				setting === undefined ? rest(flag) : [...rest(flag), `--sysctl ${setting}=0`],
			];
		}),
		...(trial.failsWith === undefined ? [] : [[`with ${trial.failsWith}`, house, config, [...asked, trial.failsWith]] as const]),
	];
}

beforeAll(makeMappers);

it("the flags of the page are what plan prints", async () => {
	// What keeps all that is there asks for nothing by itself.
	const names = withoutWalls.map(({ name }) => name).filter((name) => name !== "docker-in-docker");
	expect(await plannedFlags(names)).toEqual(Object.fromEntries(names.map((name) => [name, flags[name]])));
});

it("every job that is said to be tried is", () => {
	expect(Object.keys(trials).sort()).toEqual([...tried].sort());
});

describe.concurrent.each(Object.entries(trials))("%s", (name, trial) => {
	const config = configOf(name);
	const asked = [...flagsOf(flags[name]?.[0] ?? ""), ...(trial.needs ?? [])];

	it(`works with these flags${trial.filtered ? ", behind a container's filter," : ""} and holds what is said`, async () => {
		const held = mask(keptBy(config));
		const { stdout, stderr, status } = await start(trial.filtered ? container : house, trial, config, asked);
		const holds = trial.holds ?? `${held} ${held} ${held} ${held} ${held} 1`;
		expect({ stdout, stderr, status }).toEqual({ stdout: `worked ${holds}\n`, stderr: "", status: 0 });
	});

	it("does not with less", async () => {
		const attempts = attemptsOf(trial, config, asked);
		const outcomes = attempts.map(async ([what, run, tryConfig, tryFlags]) => {
			const { stdout, status } = await start(run, trial, tryConfig, tryFlags);
			return [what, status !== 0 && !stdout.includes("worked")];
		});
		expect(await Promise.all(outcomes)).toEqual(attempts.map(([what]) => [what, true]));
		expect(attempts.length === 0).toBe(everybodys.includes(name));
	});
});
