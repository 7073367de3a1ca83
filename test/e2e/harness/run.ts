import { randomUUID } from "node:crypto";
import { afterAll, inject } from "vitest";
import { writeConfigFile } from "./config-file.ts";
import { docker } from "./docker.ts";
import { needDocker } from "./need-docker.ts";
import { until } from "./poll.ts";
import { type Outcome, outcome, runProcess } from "./process.ts";

/** One `docker run`. Every field beyond `image` is optional and then as Docker has it. */
export interface ContainerOptions {
	readonly image: string;
	/** The image's own is `/abdicate`. */
	readonly entrypoint?: string;
	/** Arguments of the entrypoint. */
	readonly args?: readonly string[];
	/** Content of the configuration; an object is written as JSON, which is YAML too. */
	readonly config?: string | object;
	/** Where the configuration is mounted, read-only. */
	readonly configFile?: string;
	/** The configuration file's mode; 0644 unless a test is about trust. */
	readonly configMode?: number;
	/** `--user` */
	readonly user?: string;
	/** `--cap-add` and `--cap-drop` */
	readonly caps?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
	/** `--volume` each */
	readonly volumes?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** `none` unless given; there is no network but the machine's and those of other containers. */
	readonly network?: "none" | "host" | `container:${string}`;
	/** Another binary in the place of `/abdicate`. */
	readonly binary?: string;
	/** Further flags of `docker run`. */
	readonly flags?: readonly string[];
	readonly input?: string;
	/** Seconds; 30 unless given. */
	readonly timeout?: number;
}

/** The flags of everything that `docker run --privileged` means except SYS_RESOURCE, which a test machine may lack itself. */
export const nearlyPrivileged: readonly string[] = [
	"--cap-add=ALL",
	"--cap-drop=SYS_RESOURCE",
	"--security-opt=seccomp=unconfined",
	"--security-opt=systempaths=unconfined",
	"--device=/dev/fuse",
];

/** Runs a container to its end and removes it. */
export async function runContainer(options: ContainerOptions): Promise<Outcome> {
	needDocker();
	const name = `abdicate-test-${randomUUID()}`;
	const interactive = options.input === undefined ? [] : ["--interactive"];
	return withConfig(options, (mounts) =>
		runProcess("docker", ["run", "--rm", "--name", name, ...interactive, ...mounts, ...runArguments(options)], {
			input: options.input,
			seconds: options.timeout,
			onTimeout: () => docker("rm", "--force", name),
		}),
	);
}

/** A container that runs in the background until `remove`, or until the last test of the file is done. */
export interface Container {
	readonly id: string;
	/** `docker exec` */
	exec(
		args: readonly string[],
		options?: { readonly user?: string; readonly flags?: readonly string[]; readonly input?: string },
	): Promise<Outcome>;
	/** What it has said so far; `status` is that of `docker logs`. */
	logs(): Promise<Outcome>;
	/** Asks until `ready` is neither false nor undefined; an error when the container ends before that. */
	waitFor<T>(what: string, ready: (container: Container) => T | Promise<T>, seconds?: number): Promise<Exclude<T, false | undefined>>;
	/** Polls the output for a text. */
	waitForOutput(text: string, seconds?: number): Promise<Outcome>;
	isRunning(): boolean;
	/** The process id of its PID 1 in the test's own view, for /proc/PID/status. */
	pid(): number;
	signal(name: string): void;
	/** Waits for its end: status and all output. */
	wait(seconds?: number): Promise<Outcome>;
	/** `docker start`: once more, with the file system that it left. */
	start(): void;
	/** `docker stop`, then as `wait`. */
	stop(): Promise<Outcome>;
	remove(): void;
}

const started = new Set<() => void>();

/** Ends what the tests of this file left running. To be called once per file, which the set-up of the project does. */
export function removeStartedContainers(): void {
	afterAll(() => {
		for (const remove of [...started]) {
			remove();
		}
	});
}

/** Starts a container in the background. */
export async function startContainer(options: ContainerOptions): Promise<Container> {
	needDocker();
	const config = writeConfig(options);
	const { status, stdout, stderr } = await runProcess("docker", ["run", "--detach", ...config.mounts, ...runArguments(options)]);
	if (status !== 0) {
		// The container exists all the same when only its start failed.
		if (stdout.trim() !== "") {
			docker("rm", "--force", stdout.trim());
		}
		config.remove();
		throw new Error(`docker run ended with ${status}: ${stderr}`);
	}
	const id = stdout.trim();
	const remove = (): void => {
		if (started.delete(remove)) {
			docker("rm", "--force", "--volumes", id);
			config.remove();
		}
	};
	started.add(remove);
	return handle(id, remove);
}

/** The ways to wait for a container, whatever it runs in. */
export function waitingFor<T extends Pick<Container, "logs" | "isRunning">>(
	self: () => T,
): {
	waitFor: <R>(what: string, ready: (container: T) => R | Promise<R>, seconds?: number) => Promise<Exclude<R, false | undefined>>;
} & Pick<Container, "waitForOutput"> {
	const waitFor = <R>(what: string, ready: (container: T) => R | Promise<R>, seconds?: number): Promise<Exclude<R, false | undefined>> =>
		until(
			what,
			async () => {
				const container = self();
				const alive = container.isRunning();
				const answer = await ready(container);
				if (!alive && (answer === undefined || answer === false)) {
					const { stdout, stderr } = await container.logs();
					throw new Error(`the container ended before ${what}\n${stdout}\n${stderr}`);
				}
				return answer;
			},
			seconds,
		);
	return {
		waitFor,
		waitForOutput: (text, seconds) =>
			waitFor(
				`the output holds ${JSON.stringify(text)}`,
				async (container) => {
					const logs = await container.logs();
					return logs.stdout.includes(text) || logs.stderr.includes(text) ? logs : undefined;
				},
				seconds,
			),
	};
}

function handle(id: string, remove: () => void): Container {
	const inspect = (format: string): string => docker("inspect", "--format", format, id);
	const container: Container = {
		id,
		exec: (args, { user, flags = [], input } = {}) =>
			runProcess(
				"docker",
				["exec", ...(input === undefined ? [] : ["--interactive"]), ...(user === undefined ? [] : ["--user", user]), ...flags, id, ...args],
				{ input },
			),
		logs: () => runProcess("docker", ["logs", id]),
		...waitingFor(() => container),
		isRunning: () => inspect("{{.State.Running}}") === "true",
		pid: () => Number(inspect("{{.State.Pid}}")),
		signal: (name) => {
			docker("kill", "--signal", name, id);
		},
		wait: async (seconds) => {
			const ended = await runProcess("docker", ["wait", id], { seconds });
			const { stdout, stderr } = await container.logs();
			return outcome(Number(ended.stdout), stdout, stderr);
		},
		start: () => {
			docker("start", id);
		},
		stop: () => {
			docker("stop", "--time", "10", id);
			return container.wait();
		},
		remove,
	};
	return container;
}

function runArguments(options: ContainerOptions): string[] {
	const { image, entrypoint, args = [], user, caps, volumes = [], env = {}, network = "none", binary, flags = [] } = options;
	return [
		"--label",
		inject("run"),
		"--network",
		network,
		...(entrypoint === undefined ? [] : ["--entrypoint", entrypoint]),
		...(user === undefined ? [] : ["--user", user]),
		...(caps?.drop ?? []).map((name) => `--cap-drop=${name}`),
		...(caps?.add ?? []).map((name) => `--cap-add=${name}`),
		...volumes.map((volume) => `--volume=${volume}`),
		...Object.entries(env).map(([name, value]) => `--env=${name}=${value}`),
		...(binary === undefined ? [] : [`--volume=${binary}:/abdicate:ro`]),
		...flags,
		image,
		...args,
	];
}

/** A configuration on the host, and the flags that show it to the container. */
interface WrittenConfig {
	readonly mounts: readonly string[];
	readonly remove: () => void;
}

async function withConfig<T>(options: ContainerOptions, use: (mounts: readonly string[]) => Promise<T>): Promise<T> {
	const config = writeConfig(options);
	try {
		return await use(config.mounts);
	} finally {
		config.remove();
	}
}

function writeConfig({ config, configFile = "/etc/entrypoint.yaml", configMode }: ContainerOptions): WrittenConfig {
	if (config === undefined) {
		return { mounts: [], remove: () => {} };
	}
	const { file, remove } = writeConfigFile(config, configMode);
	return { mounts: [`--volume=${file}:${configFile}:ro`], remove };
}
