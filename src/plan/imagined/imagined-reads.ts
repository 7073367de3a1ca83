import { capability } from "../../capability/names.ts";
import { newestAbi } from "../../confine/landlock/setting.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { Descriptors } from "./descriptors.ts";
import { ImageFiles } from "./image-files.ts";
import type { ImaginedStart } from "./imagined-start.ts";
import { madeBy, mountsOf } from "./machine.ts";
import { newestCapability } from "./newest-capability.ts";
import type { Owners } from "./owners.ts";
import { type Looker, Tree } from "./tree.ts";

export interface Image {
	/** Where it lies here. */
	readonly directory: string;
	readonly owners: Owners;
	/** This program in it. */
	readonly program: string;
}

/** The border as that start would find it: its ids and capabilities, the files of the image, and what a runtime puts around them. */
export function imaginedReads(reads: Reads, image: Image, start: ImaginedStart, environment: readonly string[]): Reads {
	const files = new ImageFiles(reads, image.directory, image.owners);
	const descriptors = new Descriptors(reads, files, start.uid);
	const mounts = mountsOf(start);
	const { pathOf } = descriptors;
	const tree = new Tree({ reads, image: files, mounts, made: madeBy(start, mounts, image.program), looker: lookerOf(start), pathOf });
	return Object.assign(Object.create(reads) as Reads, processOf(start, environment, image.program), descriptors.calls(tree));
}

function lookerOf({ uid, gid, groups, held }: ImaginedStart): Looker {
	const overrides = (["DAC_OVERRIDE", "DAC_READ_SEARCH"] as const).some((name) => held.has(capability(name)));
	return { uid, groups: [gid, ...groups], overrides };
}

const [cpuTime, stack, nofile, memlock, nice, rtprio] = [0, 3, 7, 8, 13, 14];
const unlimited = 0xffff_ffff_ffff_ffffn;

/** As runtimes set them; the rest is unlimited. */
const limits: Readonly<Record<number, readonly [bigint, bigint]>> = {
	[cpuTime]: [unlimited, unlimited],
	[stack]: [8_388_608n, unlimited],
	[nofile]: [1_048_576n, 1_048_576n],
	[memlock]: [8_388_608n, 8_388_608n],
	[nice]: [0n, 0n],
	[rtprio]: [0n, 0n],
};

function processOf({ uid, gid, groups, bounding, held, ...start }: ImaginedStart, environment: readonly string[], program: string) {
	const three = (id: number): [number, number, number] => [id, id, id];
	return {
		environ: () => [...environment],
		executedAs: () => program,
		atSecure: () => false,
		getpid: () => 1,
		getppid: () => 0,
		getresuid: () => three(uid),
		getresgid: () => three(gid),
		getgroups: () => [...groups],
		capget: () => [held.bits, held.bits, 0n],
		capbsetReadAll: () => [bounding.bits, newestCapability],
		capAmbientReadAll: () => 0n,
		getSecurebits: () => 0,
		getNoNewPrivs: () => (start.noNewPrivileges ? 1 : 0),
		getKeepCaps: () => 0,
		landlockAbi: () => newestAbi,
		getSeccomp: () => (start.isFiltered ? 2 : 0),
		takesFilters: () => 0,
		takesMounts: () => 0,
		getParentDeathSignal: () => 0,
		getpriority: () => 20,
		getrlimit: (resource: number) => [...(limits[resource] ?? [unlimited, unlimited])],
		getUmask: () => 0o022,
		getcwd: () => "/",
		foregroundOf: () => -errno.ENODEV,
		heldMask: () => undefined,
	} as Partial<Reads>;
}
