import { execFileSync, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { houseFile } from "../../harness/house/house.ts";
import { cache } from "./paths.ts";
import { until } from "./poll.ts";

/** Calls the docker client; the daemon is the one of `DOCKER_HOST`. */
export function docker(...args: string[]): string {
	return execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26 }).trim();
}

/** A docker daemon, and how to be done with it. */
export interface Daemon {
	/** A value for `DOCKER_HOST`; undefined is the client's own default. */
	readonly host: string | undefined;
	readonly stop: () => Promise<void>;
}

/** The daemon that already answers, or else a private one that `stop` ends. */
export async function startDaemon(): Promise<Daemon> {
	return answers(process.env["DOCKER_HOST"]) ? { host: process.env["DOCKER_HOST"], stop: async () => {} } : startPrivateDaemon();
}

function answers(host: string | undefined): boolean {
	try {
		execFileSync("docker", [...(host === undefined ? [] : ["-H", host]), "version", "--format", "{{.Server.Version}}"], { stdio: "pipe" });
		return true;
	} catch {
		return false;
	}
}

/** Runs of the tests at the same time each get a data directory of their own, and keep it for the next run. */
async function startPrivateDaemon(): Promise<Daemon> {
	if (process.getuid?.() !== 0) {
		throw new Error("no docker daemon answers, and starting one needs root");
	}
	for (let number = 0; number < 8; number++) {
		const daemon = await startPrivateDaemonIn(join(dataDirectory(), String(number)));
		if (daemon !== undefined) {
			return daemon;
		}
	}
	throw new Error("every data directory for a private docker daemon is in use");
}

const inUse = 75;

/** Undefined when another daemon has the directory. */
async function startPrivateDaemonIn(data: string): Promise<Daemon | undefined> {
	// A socket's path is limited to 107 bytes, and two checkouts must not meet: hence a short one named by this process.
	const state = `/run/abdicate-test-${process.pid}`;
	const host = `unix://${state}/docker.sock`;
	mkdirSync(state, { recursive: true });
	mkdirSync(data, { recursive: true });
	const logFile = join(data, "daemon.log");
	const log = openSync(logFile, "a");
	const child = spawn(
		houseFile,
		[
			"usual-signals",
			"setpriv",
			// The daemon ends when the tests are killed, too.
			"--pdeathsig=TERM",
			"flock",
			"--nonblock",
			"--no-fork",
			`--conflict-exit-code=${inUse}`,
			join(data, "lock"),
			"dockerd",
			"--storage-driver=overlay2",
			"--iptables=false",
			"--ip6tables=false",
			"--bridge=none",
			`--data-root=${data}`,
			`--exec-root=${state}/exec`,
			`--pidfile=${state}/docker.pid`,
			`--host=${host}`,
		],
		{ stdio: ["ignore", log, log], detached: true },
	);
	closeSync(log);
	let ended: { readonly status: number | null; readonly message: string } | undefined;
	const exited = new Promise<void>((resolve) => {
		child.once("error", (error) => {
			ended = { status: null, message: error.message };
			resolve();
		});
		child.once("exit", (status, signal) => {
			ended = { status, message: `dockerd ended with ${signal ?? status}: ${lastLine(logFile)}` };
			resolve();
		});
	});
	const stop = async (): Promise<void> => {
		if (ended === undefined) {
			child.kill("SIGTERM");
			await exited;
		}
		// The daemon leaves the mount that a container in the machine's network made necessary.
		spawnSync("umount", [join(state, "exec/netns/default")], { stdio: "ignore" });
		rmSync(state, { recursive: true, force: true });
	};
	try {
		await until("the private docker daemon answers", () => ended !== undefined || answers(host));
	} catch (error) {
		await stop();
		throw error;
	}
	if (ended === undefined) {
		return { host, stop };
	}
	await stop();
	if (ended.status === inUse) {
		return undefined;
	}
	throw new Error(ended.message);
}

/** overlay2 cannot stand on another overlay file system, as a checkout inside a container would be. */
function dataDirectory(): string {
	const overlayfs = 0x794c7630;
	mkdirSync(cache, { recursive: true });
	return statfsSync(cache).type === overlayfs ? "/var/tmp/abdicate-test-docker" : join(cache, "docker");
}

function lastLine(file: string): string {
	return readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "";
}
