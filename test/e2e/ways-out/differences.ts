import { reportDifferences } from "../../harness/ways-out/ways.ts";
import type { Confinement } from "../harness/confinement.ts";
import type { ProbeState } from "../harness/probe.ts";
import { openHere } from "./starts.ts";

/** NOROOT and NO_CAP_AMBIENT_RAISE with their locks. */
const lockedSecurebits = 0xc3;

/**
 * Each answer that differs behind `confine: docker-default`, of an ordinary container of the Docker that is here: today's Docker differs as well.
 * Where this Docker has it already, there is no difference, and none is allowed.
 */
const ofOlderDocker: Readonly<Record<string, string>> = {
	interrupts: "none: it is empty",
	io_uring_setup: "io_uring_setup: EPERM",
	vsock: "socket: EPERM",
};
/** The other way round. */
const ofNewerDocker: Readonly<Record<string, string>> = { name_to_handle_at: "got name_to_handle_at" };

/** What the ways out of an ordinary container answer, changed as it has to be changed, and by nothing else. */
export function expectedWays(ordinary: Confinement["ways"]): Confinement["ways"] {
	const here = openHere();
	const changed = Object.entries(ofOlderDocker).filter(([name]) => here.includes(name));
	const opened = Object.entries(ofNewerDocker).filter(([name]) => !here.includes(name));
	return { ...ordinary, ...Object.fromEntries([...changed, ...opened]) };
}

interface Report {
	readonly state: ProbeState;
	readonly place: Confinement["place"];
}

/** What is different in the report of a confined workload. */
interface Difference {
	readonly what: keyof typeof reportDifferences;
	/** Only where this Docker is older. */
	readonly where?: "interrupts";
	readonly change: (ordinary: Report) => Report;
}

const changeMounts =
	(change: (mount: string) => readonly string[]) =>
	({ state, place }: Report): Report => ({ state, place: { ...place, mounts: place.mounts.flatMap(change) } });

const differences: readonly Difference[] = [
	{
		what: "securebits",
		change: ({ state, place }) => ({ state: { ...state, securebits: lockedSecurebits }, place }),
	},
	{
		what: "environment",
		change: ({ state, place }) => {
			const name = state.resuid[0] === 0 ? "root" : "app";
			return { state: { ...state, env: [...state.env, `USER=${name}`, `LOGNAME=${name}`] }, place };
		},
	},
	{
		what: "descriptors",
		change: ({ state, place }) => ({
			state: { ...state, fds: state.fds.map((fd) => ({ ...fd, target: fd.target?.replace(/^\/dev\/(pts\/)?/, "/") ?? null })) },
			place,
		}),
	},
	{
		what: "older Docker",
		where: "interrupts",
		change: ({ state, place }) => ({
			state,
			place: {
				...place,
				paths: { ...place.paths, "/proc/interrupts": place.paths["/proc/timer_list"] ?? "" },
				mounts: [...place.mounts, "/proc/interrupts tmpfs rw,nosuid"],
			},
		}),
	},
	{
		what: "masks of directories",
		change: changeMounts((mount) => [mount.replace(/ tmpfs ro,relatime$/, " tmpfs ro,nosuid,nodev,noexec,relatime")]),
	},
	{
		what: "masks of files",
		change: changeMounts((mount) => [mount.replace(/^(\/dev|\/proc\/\w+) tmpfs rw,nosuid$/, "$1 tmpfs rw,nosuid,noexec,relatime")]),
	},
	{
		what: "propagation",
		change: changeMounts((mount) => [mount.replace(/( slave)?$/, " shared$1")]),
	},
];

/** What the report of an ordinary container has to become. Each difference has to be one, so that this list cannot grow old. */
export function expectedReport(ordinary: Confinement): object {
	const here = openHere();
	const all = differences.filter(({ where }) => where === undefined || here.includes(where));
	return inOrder(
		all.reduce<Report>((report, { what, change }) => {
			const changed = change(report);
			if (JSON.stringify(changed) === JSON.stringify(report)) {
				throw new Error(`no difference any more: ${reportDifferences[what]}`);
			}
			return changed;
		}, comparable(ordinary)),
	);
}

export function reportOf(confined: Confinement): object {
	return inOrder(comparable(confined));
}

/** Numbers of pipes are anew in each start. */
function comparable({ state, place }: Confinement): Report {
	return { state: { ...state, fds: state.fds.map((fd) => ({ ...fd, target: fd.target?.replace(/\[\d+\]/, "[N]") ?? null })) }, place };
}

/** What was made earlier and what later is no difference. */
function inOrder({ state, place }: Report): Report {
	const sorted = (list: readonly string[]) => [...list].sort();
	return {
		state: { ...state, env: sorted(state.env) },
		place: { ...place, devices: sorted(place.devices), mounts: sorted(place.mounts) },
	};
}
