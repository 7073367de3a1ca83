import { spawnSync } from "node:child_process";
import { debian } from "../../e2e/harness/images.ts";
import { workloadFile } from "../../e2e/harness/paths.ts";
import type { Outcome } from "../../e2e/harness/process.ts";
import { type House, type HouseOptions, runHouse, startHouse } from "../house/run.ts";
import type { Peer } from "./situations.ts";

/** What is process 1: this program with `init`, one of today's inits, or the workload itself. */
export type Init = "ours" | Peer | "alone";

export const peers: readonly Peer[] = ["tini", "dumb-init", "catatonit"];

/** Where a peer's program lies. */
export function fileOf(peer: Peer): string {
	const { stdout } = spawnSync("sh", ["-c", 'command -v "$1"', "sh", peer], { encoding: "utf8" });
	if (stdout === "") {
		throw new Error(`${peer} is missing: scripts/setup.sh test`);
	}
	return stdout.trim();
}

/** How an init is started in a house; what a house takes otherwise is the same for all. */
export interface Under extends Omit<Partial<HouseOptions>, "entrypoint" | "args" | "config"> {
	/** Words before the init, which end in executing it. */
	readonly given?: readonly string[];
	/** Which init is started before it, as `docker run --init` does. */
	readonly below?: Init;
	/** Who the workload is; root unless given. Peers have setpriv for that. */
	readonly workload?: "root" | "app";
	/** Our key `init`, and others. */
	readonly init?: true | object;
	readonly keys?: object;
	/** Options of a peer. */
	readonly options?: Partial<Record<Peer, readonly string[]>>;
	/** Our own words before the command. */
	readonly words?: readonly string[];
}

/** The words that start a command below an init. */
export function wordsOf(init: Init, command: readonly string[], { workload = "root", options = {}, words = [] }: Under = {}): string[] {
	if (init === "ours") {
		return ["/abdicate", ...words, "--", ...command];
	}
	const dropped = workload === "root" ? [] : ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"];
	return [...(init === "alone" ? [] : [init, ...(options[init] ?? []), "--"]), ...dropped, ...command];
}

function optionsOf(init: Init, command: readonly string[], under: Under): HouseOptions {
	const { given = [], below, workload = "root", init: key = true, keys = {}, options: _, words: __, volumes = [], ...house } = under;
	const started = wordsOf(init, command, under);
	const [entrypoint = "", ...args] = [...given, ...(below === undefined ? started : wordsOf(below, started))];
	const mounted = peers.map((peer) => `${fileOf(peer)}:/usr/bin/${peer}:ro`);
	return {
		image: debian,
		...house,
		entrypoint,
		args,
		volumes: [`${workloadFile}:/workload:ro`, ...mounted, ...volumes],
		config: { user: workload, workdir: "/", init: key, ...keys },
	};
}

export function runUnder(init: Init, command: readonly string[], under: Under = {}): Promise<Outcome> {
	return runHouse(optionsOf(init, command, under));
}

export function startUnder(init: Init, command: readonly string[], under: Under = {}): Promise<House> {
	return startHouse(optionsOf(init, command, under));
}

export const shell = (script: string, ...args: readonly string[]): string[] => ["bash", "-c", script, "bash", ...args];
