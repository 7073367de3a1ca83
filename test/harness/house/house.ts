import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { root } from "../../e2e/harness/paths.ts";
import { type Outcome, runProcess } from "../../e2e/harness/process.ts";
import { type Without, withoutOperations } from "./without.ts";

/** Made of the C sources beside this file. */
export const houseFile = join(root, "build/house");

/** namespaces(7), the CLONE_NEW* of each. */
const clone = { mount: 0x00020000, uts: 0x04000000, ipc: 0x08000000, pid: 0x20000000, network: 0x40000000 };

/** The namespaces of a house; the network is the machine's own for some. */
export function namespaces(isHostNetwork: boolean): string {
	return `${clone.mount | clone.uts | clone.ipc | clone.pid | (isHostNetwork ? 0 : clone.network)}`;
}

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** setrlimit(2) */
const limits: Readonly<Record<string, number>> = { cpu: 0, fsize: 1, data: 2, stack: 3, core: 4, nproc: 6, nofile: 7, memlock: 8 };

/** What a program of a house is given. */
export interface Given {
	readonly env: Readonly<Record<string, string>>;
	readonly limits: readonly (readonly [name: string, soft: string, hard: string])[];
	/** Hexadecimal. */
	readonly capabilities: string;
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
	readonly noNewPrivileges: boolean;
	readonly workdir: string;
	readonly without: Without;
}

/** The operations that give it. */
export function processOperations(given: Given): string[] {
	return [
		...Object.entries({ PATH: path, ...given.env }).flatMap(([name, value]) => ["env", `${name}=${value}`]),
		...given.limits.flatMap(([name, soft, hard]) => ["limit", `${limits[name] ?? name}`, soft, hard]),
		...["capabilities", given.capabilities, "groups", given.groups.join()],
		...withoutOperations(given.without),
		...["user", `${given.uid}`, `${given.gid}`],
		...(given.noNewPrivileges ? ["no-new-privileges"] : []),
		...["directory", given.workdir],
	];
}

/** Runs `house`, and ends what it started when time is up. */
export function runHouseProgram(words: readonly string[], input: string | undefined, seconds: number | undefined): Promise<Outcome> {
	let pid = "";
	return runProcess(houseFile, words, {
		input,
		seconds,
		onThird: (text) => {
			pid += text;
		},
		onTimeout: () => {
			if (pid !== "") {
				process.kill(Number(pid), constants.signals.SIGKILL);
			}
		},
	});
}

/** Why this machine lets nobody build a house; undefined when it does. */
export function whyNoHouse(): string | undefined {
	const { error, status, stderr } = spawnSync("unshare", ["--mount", "--pid", "--fork", "true"], { encoding: "utf8" });
	return status === 0 ? undefined : `no namespaces: ${error?.message ?? (stderr.trim() || `unshare ended with ${status}`)}`;
}
