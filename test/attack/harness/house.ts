import { readFileSync } from "node:fs";
import { join } from "node:path";
import { binary, probeFile, root } from "../../e2e/harness/paths.ts";
import type { Outcome } from "../../e2e/harness/process.ts";
import { namespaces, runHouseProgram } from "../../harness/house/house.ts";
import { scratchDirectory } from "../../harness/house/trees.ts";

/** test/fixtures/hello-fs.c */
export const fuseServer = join(root, "build/hello-fs");

interface HouseOptions {
	/** Variables of the script, `ROUNDS` among them. */
	readonly env?: Readonly<Record<string, string>>;
	/** 30 unless given. */
	readonly seconds?: number;
}

const memory = (path: string, options: string) => ["mount", "tmpfs", path.slice(1), path, "0", options];
const node = (name: string, major: number, minor: number) => ["node", `/dev/${name}`, "c", "666", `${major}`, `${minor}`];

/** The start has all that the machine has; the attacker is its workload. */
const rootOperations = () => [
	...["overlay", "/"],
	...["copy", binary, "/abdicate", "copy", probeFile, "/probe", "copy", fuseServer, "/hello-fs"],
	...["mount", "proc", "proc", "/proc", "0", ""],
	...memory("/data", "mode=755,uid=1000,gid=1000"),
	...memory("/run", "mode=755"),
	...memory("/tmp", "mode=1777"),
	...memory("/dev", "mode=755"),
	...[node("null", 1, 3), node("zero", 1, 5), node("full", 1, 7), node("random", 1, 8), node("urandom", 1, 9)].flat(),
	...[node("tty", 5, 0), node("fuse", 10, 229)].flat(),
	...["link", "/proc/self/fd", "/dev/fd"],
	...["stdin", "stdout", "stderr"].flatMap((name, fd) => ["link", `/proc/self/fd/${fd}`, `/dev/${name}`]),
	"loopback",
];

/**
 * Runs a bash script as root in a house of its own: namespaces whose root is a copy-on-write view of this machine's, with a fresh
 * /data, /run, /tmp, /dev and /proc, the shipped binary at /abdicate and the probe at /probe. Whatever it does is gone with it. Needs no
 * container runtime and takes some 20 ms.
 *
 * In the script: `app COMMAND` runs as the workload, uid and gid 1000 without any capability; `other COMMAND` as a third user, 1001;
 * `config` writes its standard input to /etc/entrypoint.yaml; `fuse_at DIR CONTENT` mounts a file system there whose one file, hello, holds
 * the content and belongs to root, says its daemon, which is a program of the workload's and whose pid is in $daemon.
 */
export function inHouse(script: string, { env = {}, seconds = 30 }: HouseOptions = {}): Promise<Outcome> {
	const variables = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", ...env };
	const words = [
		...["run", namespaces(false), "0", scratchDirectory(), ...rootOperations(), "--"],
		...Object.entries(variables).flatMap(([name, value]) => ["env", `${name}=${value}`]),
		...["--", "bash", "-c", readFileSync(join(import.meta.dirname, "house.sh"), "utf8"), "house", script],
	];
	return runHouseProgram(words, undefined, seconds);
}

/** How often a race is tried: `ROUNDS=` of `make attack`, or what keeps `make test` short. */
export function rounds(usual: number): number {
	const asked = Number(process.env["ROUNDS"] ?? "");
	return Number.isInteger(asked) && asked > 0 ? asked : usual;
}
