import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jobs, scratch } from "../harness/images.ts";
import { root } from "../harness/paths.ts";
import { type Container, type ContainerOptions, runContainer, startContainer } from "../harness/run.ts";

/**
 * Builds an example's own Dockerfile as a user would, from its folder alone. As no image can be fetched, others stand for those it begins
 * with: one with the binary for what the top level's Dockerfile makes, and trees that have the packages already. Gives the image's name.
 */
export function buildExample(name: string, base: string | undefined): string {
	const image = `abdicate-test/example-${name}`;
	const folder = join(root, "examples", name);
	const takes = (argument: string) => new RegExp(`^ARG ${argument}=`, "m").test(readFileSync(join(folder, "Dockerfile"), "utf8"));
	const stands: readonly [string, string | undefined][] = [
		["ABDICATE", scratch],
		["COMPILER", jobs],
		["BASE", base],
	];
	const args = stands.flatMap(([argument, value]) =>
		value !== undefined && takes(argument) ? ["--build-arg", `${argument}=${value}`] : [],
	);
	execFileSync("docker", ["build", "--quiet", "--network", "none", "--tag", image, ...args, folder], {
		env: { ...process.env, DOCKER_BUILDKIT: "0" },
		stdio: "pipe",
	});
	return image;
}

/** The lines of /proc/1/status that privilege is written in, as one line. */
export async function privilegeOf(container: Container): Promise<string> {
	return privilegeIn(readFileSync(`/proc/${container.pid()}/status`, "utf8"));
}

/** The same from the text of a status file. */
export function privilegeIn(text: string): string {
	const field = (name: string) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m").exec(text)?.[1]?.replaceAll(/\s+/g, " ") ?? "";
	const sets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((name) => BigInt(`0x${field(name)}`).toString(16));
	return `${field("Uid")} | ${field("Gid")} | ${field("Groups")} | ${sets.join(" ")} | ${field("NoNewPrivs")}`;
}

/** How many filters the first process has beyond those that the runtime gives to every process of the image. */
export async function filtersAdded(container: Container, options: ContainerOptions): Promise<number> {
	const own = /^Seccomp_filters:\s*(\d+)$/m.exec(readFileSync(`/proc/${container.pid()}/status`, "utf8"))?.[1];
	const { stdout } = await runContainer({ ...options, entrypoint: "/abdicate", args: ["inspect", "--json"] });
	return Number(own) - (JSON.parse(stdout) as { seccomp: { filters: number } }).seccomp.filters;
}

/** Starts it and waits until it serves, or ends; then its privilege, or its status and the code of the error. */
export async function outcomeOf(options: ContainerOptions, serves: (container: Container) => Promise<boolean>): Promise<string> {
	const container = await startContainer(options);
	try {
		const isUp = await container.waitFor(
			"it serves or has ended",
			async () => (!container.isRunning() ? "ended" : (await serves(container)) && "serves"),
			60,
		);
		if (isUp === "serves") {
			return await privilegeOf(container);
		}
		const { status, stderr } = await container.wait();
		return `${status} ${/error\[(\w+)\]/.exec(stderr)?.[1]}`;
	} finally {
		container.remove();
	}
}

/** Four times the same, as /proc has real, effective, saved and file system ids. */
const four = (id: number | string) => Array(4).fill(id).join(" ");

/** What is left of a start as root: the user's ids and nothing else. */
export function droppedTo(owner: string, groups?: string): string {
	const [uid = "", gid = ""] = owner.split(":");
	return `${four(uid)} | ${four(gid)} | ${groups ?? gid} | 0 0 0 0 0 | 1`;
}

/** Started as a user already: the bounding set cannot be emptied then. */
export function as(uid: number, gid: number, bounding = "a80425fb"): string {
	return `${four(uid)} | ${four(gid)} | ${gid} | 0 0 0 ${bounding} 0 | 1`;
}

/** `uid:gid` and the groups of an account of the image. */
export async function idsOf(image: string, user: string): Promise<{ readonly owner: string; readonly groups: string }> {
	const { stdout } = await runContainer({ image, entrypoint: "sh", args: ["-c", `id -u ${user}; id -g ${user}; id -G ${user}`] });
	const [uid, gid, groups = ""] = stdout.trim().split("\n");
	const ascending = groups
		.split(" ")
		.map(Number)
		.sort((left, right) => left - right);
	return { owner: `${uid}:${gid}`, groups: ascending.join(" ") };
}
