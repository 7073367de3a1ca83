import { join } from "node:path";
import { binary, probeFile, root } from "../../e2e/harness/paths.ts";
import { type Outcome, runProcess } from "../../e2e/harness/process.ts";

/** test/fixtures/hello-fs.c */
export const fuseServer = join(root, "build/hello-fs");

interface HouseOptions {
	/** Variables of the script, `ROUNDS` among them. */
	readonly env?: Readonly<Record<string, string>>;
	/** 30 unless given. */
	readonly seconds?: number;
}

/**
 * Runs a bash script as root in a house of its own: namespaces whose root is a copy-on-write view of this machine's, with a fresh
 * /data, /run, /tmp, /dev and /proc, the shipped binary at /abdicate and the probe at /probe. Whatever it does is gone with it. Needs no
 * container runtime and takes some 40 ms.
 *
 * In the script: `app COMMAND` runs as the workload, uid and gid 1000 without any capability; `other COMMAND` as a third user, 1001;
 * `config` writes its standard input to /etc/entrypoint.yaml; `fuse_at DIR CONTENT` mounts a file system there whose one file, hello, holds
 * the content and belongs to root, says its daemon, which is a program of the workload's and whose pid is in $daemon.
 */
export function inHouse(script: string, { env = {}, seconds = 30 }: HouseOptions = {}): Promise<Outcome> {
	const namespaces = ["--mount", "--pid", "--ipc", "--uts", "--net", "--fork", "--kill-child=KILL", "--propagation=private"];
	return runProcess("unshare", [...namespaces, join(import.meta.dirname, "house.sh"), script], {
		env: {
			PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			HOME: "/root",
			BINARY: binary,
			PROBE: probeFile,
			FUSE: fuseServer,
			...env,
		},
		seconds,
	});
}

/** How often a race is tried: `ROUNDS=` of `make attack`, or what keeps `make test` short. */
export function rounds(usual: number): number {
	const asked = Number(process.env["ROUNDS"] ?? "");
	return Number.isInteger(asked) && asked > 0 ? asked : usual;
}
