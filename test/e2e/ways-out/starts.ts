import { existsSync } from "node:fs";
import { openToday } from "../../harness/ways-out/ways.ts";
import { type Confinement, parseConfinement } from "../harness/confinement.ts";
import { docker } from "../harness/docker.ts";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, nearlyPrivileged, runContainer } from "../harness/run.ts";

/** A block device of the machine's, where it has one that a container can be given: nothing is read from it. */
const disks = ["/dev/loop7"].filter((path) => existsSync(path));
const disk = disks.map((path) => `--device=${path}`);

const noneOfIt = { caps: { drop: ["ALL"] }, flags: ["--security-opt=no-new-privileges"] };

/** How the probe is started where nothing of this program is in the way. */
export const starts = {
	/** What `confine: docker-default` is measured by. */
	ordinary: { ...noneOfIt, user: "app" },
	"ordinary, as root": noneOfIt,
	/** What it has to close. */
	"nearly privileged": { flags: [...nearlyPrivileged, ...disk] },
	"nearly privileged, with masks": { flags: [...nearlyPrivileged.filter((flag) => !flag.includes("systempaths")), ...disk] },
} as const satisfies Readonly<Record<string, Partial<ContainerOptions>>>;

/** A neighbour of the same user, whom a way by other processes can lead to. */
export const withNeighbour = {
	entrypoint: "/bin/sh",
	args: ["-c", "/bin/sleep 60 & exec /probe confinement"],
};

/** Runs the probe, whose report is all that is said. */
export async function confinementOf(options: Partial<ContainerOptions>): Promise<Confinement> {
	const { status, stdout, stderr } = await runContainer({
		image: busybox,
		entrypoint: "/probe",
		args: ["confinement"],
		timeout: 60,
		...options,
		flags: ["--hostname=box", ...(options.flags ?? [])],
	});
	if (status !== 0 || stderr !== "") {
		throw new Error(`the probe ended with ${status}: ${stdout}${stderr}`);
	}
	return parseConfinement(stdout);
}

/** What an ordinary container of the Docker that is here has open. */
export function openHere(): string[] {
	const [major = 0, minor = 0] = docker("version", "--format", "{{.Server.Version}}").split(".").map(Number);
	const isBefore = (version: readonly [number, number]) => major < version[0] || (major === version[0] && minor < version[1]);
	return Object.entries(openToday)
		.filter(([, { until, since }]) => (until === undefined || isBefore(until)) && (since === undefined || !isBefore(since)))
		.map(([name]) => name);
}
