import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { hostname as machineName, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { writeConfigFile } from "../../e2e/harness/config-file.ts";
import { archiveOf } from "../../e2e/harness/images.ts";
import { until } from "../../e2e/harness/poll.ts";
import { type Outcome, outcome } from "../../e2e/harness/process.ts";
import { type Container, type ContainerOptions, waitingFor } from "../../e2e/harness/run.ts";
import { accountOf } from "./accounts.ts";
import { capabilityMask } from "./capabilities.ts";
import { type Flags, readFlags } from "./flags.ts";
import { type Given, houseFile, namespaces, processOperations, runHouseProgram } from "./house.ts";
import { rootOperations } from "./root.ts";
import { layerOf, scratchDirectory, treeOf } from "./trees.ts";
import type { Without } from "./without.ts";

/**
 * The same options as of `runContainer`, without Docker: a house has the mounts, devices, capabilities, groups and environment that Docker
 * gives, as test/e2e/house.test.ts compares, and no seccomp filter, no cgroup of its own and no device cgroup. What it does not do is an
 * error. It takes some milliseconds.
 */
export async function runHouse(options: HouseOptions): Promise<Outcome> {
	const plan = planHouse(options);
	try {
		return await runHouseProgram(plan.words, options.input, options.timeout);
	} finally {
		plan.remove();
	}
}

export interface HouseOptions extends ContainerOptions {
	/** System calls that a filter answers for the kernel. */
	readonly without?: Without;
}

/** A house in the background, which ends with `remove` or with the last test of the file; it cannot be started again. */
export type House = Omit<Container, "id" | "start" | "stop" | "exec" | "waitFor"> & {
	exec(args: readonly string[], options?: { readonly user?: string; readonly input?: string }): Promise<Outcome>;
	waitFor<T>(what: string, ready: (house: House) => T | Promise<T>, seconds?: number): Promise<Exclude<T, false | undefined>>;
};

interface Plan {
	readonly words: readonly string[];
	readonly tree: string;
	readonly user: string;
	readonly flags: Flags;
	readonly given: Given;
	readonly isHostNetwork: boolean;
	readonly remove: () => void;
}

function planHouse(options: HouseOptions): Plan {
	const { image, entrypoint = "/abdicate", args = [], user = "0:0", caps, volumes = [], env = {}, network = "none", binary } = options;
	const flags = readFlags([
		...(options.flags ?? []),
		...(caps?.add ?? []).map((name) => `--cap-add=${name}`),
		...(caps?.drop ?? []).map((name) => `--cap-drop=${name}`),
	]);
	if (network !== "none" && network !== "host") {
		throw new Error(`a house does not do --network=${network}: this test needs runContainer`);
	}
	if (options.user !== undefined && volumes.some((volume) => /:\/etc(\/passwd|\/group)?(:|$)/.test(volume))) {
		throw new Error(`a house does not do --user=${user} by account files of a volume: this test needs runContainer`);
	}
	const isHostNetwork = network === "host";
	const hostname = flags.hostname ?? (isHostNetwork ? machineName() : randomBytes(6).toString("hex"));
	const tree = treeOf(archiveOf(image));
	const { home, ...ids } = accountOf(tree, user, flags.groups);
	const given: Given = {
		...ids,
		env: { HOSTNAME: hostname, ...env, ...(env["HOME"] === undefined ? { HOME: home } : {}) },
		limits: flags.limits,
		capabilities: capabilityMask(flags.add, flags.drop, heldByMachine()),
		noNewPrivileges: flags.noNewPrivileges,
		workdir: flags.workdir,
		without: options.without ?? {},
	};
	const config = options.config === undefined ? undefined : writeConfigFile(options.config, options.configMode);
	const allVolumes = [
		...(config === undefined ? [] : [`${config.file}:${options.configFile ?? "/etc/entrypoint.yaml"}:ro`]),
		...volumes,
		...(binary === undefined ? [] : [`${binary}:/abdicate:ro`]),
	];
	const words = [
		...["run", namespaces(isHostNetwork), options.input === undefined ? "0" : "1", scratchDirectory()],
		...rootOperations({ layers: [layerOf(), tree], volumes: allVolumes, isHostNetwork, hostname, flags }),
		...["--", ...processOperations(given), "--", entrypoint, ...args],
	];
	return { words, tree, user, flags, given, isHostNetwork, remove: () => config?.remove() };
}

function heldByMachine(): bigint {
	return BigInt(`0x${/^CapBnd:\s*(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`);
}

const started = new Set<() => void>();

/** Ends what the tests of this file left running. To be called once per file, which the set-up of the project does. */
export function removeStartedHouses(): void {
	afterAll(() => {
		for (const remove of [...started]) {
			remove();
		}
	});
}

/** Starts a house in the background. */
export async function startHouse(options: HouseOptions): Promise<House> {
	const plan = planHouse(options);
	const directory = mkdtempSync(join(tmpdir(), "abdicate-house-"));
	const files = { stdout: join(directory, "stdout"), stderr: join(directory, "stderr") };
	const outputs = [openSync(files.stdout, "w"), openSync(files.stderr, "w")];
	const child = spawn(houseFile, plan.words, { stdio: ["ignore", ...outputs, "pipe"] as const });
	for (const fd of outputs) {
		closeSync(fd);
	}
	let ended: number | undefined;
	const end = new Promise<void>((resolve) => {
		child.once("close", (status) => {
			ended = status ?? 128;
			resolve();
		});
	});
	let pid = 0;
	const remove = (): void => {
		if (started.delete(remove)) {
			if (ended === undefined && pid !== 0) {
				endHouse(pid);
			}
			rmSync(directory, { recursive: true, force: true });
			plan.remove();
		}
	};
	started.add(remove);
	pid = await new Promise<number>((resolve) => {
		child.stdio[3]?.once("data", (bytes: Buffer) => resolve(Number(bytes.toString())));
		end.then(() => resolve(0));
	});
	if (pid === 0) {
		const message = readFileSync(files.stderr, "utf8");
		remove();
		throw new Error(`the house ended with ${ended}: ${message}`);
	}
	const said = (): Outcome => outcome(ended ?? 0, readFileSync(files.stdout, "utf8"), readFileSync(files.stderr, "utf8"));
	const house: House = {
		exec: (args, more = {}) => enterHouse(plan, pid, args, more),
		logs: async () => said(),
		...waitingFor<House>(() => house),
		isRunning: () => ended === undefined,
		pid: () => (ended === undefined ? pid : 0),
		signal: (name) => {
			process.kill(pid, `SIG${name.replace(/^SIG/, "")}`);
		},
		wait: async (seconds) => {
			await until("the house ends", () => ended !== undefined, seconds);
			return said();
		},
		remove,
	};
	return house;
}

/** The first process's end is that of all others in its namespace, which it waits for. pid_namespaces(7) */
function endHouse(pid: number): void {
	process.kill(pid, "SIGKILL");
	const sleeper = new Int32Array(new SharedArrayBuffer(4));
	while (existsSync(`/proc/${pid}`)) {
		Atomics.wait(sleeper, 0, 0, 1);
	}
}

/** `docker exec` in a house. */
function enterHouse(plan: Plan, pid: number, args: readonly string[], more: { user?: string; input?: string }): Promise<Outcome> {
	const { home, ...ids } = accountOf(plan.tree, more.user ?? plan.user, plan.flags.groups);
	const given = { ...plan.given, ...ids, env: { ...plan.given.env, ...(more.user === undefined ? {} : { HOME: home }) } };
	const words = [
		...["enter", namespaces(plan.isHostNetwork), more.input === undefined ? "0" : "1", `${pid}`],
		...[...processOperations(given), "--", ...args],
	];
	return runHouseProgram(words, more.input, undefined);
}
