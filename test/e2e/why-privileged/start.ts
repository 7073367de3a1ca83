import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runHouse } from "../../harness/house/run.ts";
import { servers } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { folder } from "./plan.ts";
import { ending, prelude, shellEnding, type Trial } from "./trials.ts";

export type Runner = (options: ContainerOptions) => ReturnType<typeof runHouse>;
export const house: Runner = runHouse;
export const container: Runner = runContainer;

export const configOf = (name: string) => readFileSync(join(folder, `${name}.yaml`), "utf8");

/** The flags of one line, each with its value. */
export const flagsOf = (line: string) => line.split(/ (?=--)/);

const nft = "/usr/sbin/nft";
/** A program of the machine's with the libraries that the image may lack. */
const libraries = [
	...execFileSync("ldd", [nft], { encoding: "utf8" }).matchAll(/=> (\/\S+\/lib(?:nft|nftnl|mnl|xtables|jansson|gmp|edit|bsd|md)\S+)/g),
];
const machinePrograms = [nft, ...libraries.map(([, path = ""]) => path)].map((path) => `${path}:${path}:ro`);

/** The job under a configuration, with flags and nothing else. */
export function start(run: Runner, trial: Trial, config: string, flags: readonly string[]) {
	const { program, before = "true", given = {}, language } = trial;
	const [interpreter, text] =
		language === "sh" ? ["sh -e", `${program}\n${shellEnding}`] : ["python3 -IS", `${prelude}${program}\n${ending}`];
	return run({
		image: servers,
		...given,
		config,
		flags: [...(given.flags ?? []), ...flags.flatMap((each) => wordsOf(run, each))],
		volumes: [...(given.volumes ?? []), ...machinePrograms],
		entrypoint: "sh",
		args: ["-c", `${before}\nexec /abdicate -- ${interpreter} -c "$1"`, "sh", text],
	});
}

/** As a shell takes it apart. A house has no device cgroup, and so takes none of what is for that alone. */
function wordsOf(run: Runner, flag: string): string[] {
	const [, name = flag, value] = /^(--\S+) '?(.*?)'?$/s.exec(flag) ?? [];
	if (run === house && name === "--device-cgroup-rule") {
		return [];
	}
	return value === undefined ? [name] : [name, run === house && name === "--device" ? value.replace(/:rwm?$/, "") : value];
}
