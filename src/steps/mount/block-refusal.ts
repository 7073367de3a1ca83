import { lookTrusted } from "../../files/open.ts";
import { fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { shellWord } from "../../report/shell.ts";
import { quoted } from "../../report/text.ts";
import { O } from "../../sys/constants.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { SyscallError, withDescriptor } from "../../sys/observe.ts";
import { deviceRemedy } from "../common/device-access.ts";
import { noSuchSystem } from "../common/mount-refusal.ts";
import type { BlockAction, BlockSource } from "./block-fields.ts";
import { reader } from "./image.ts";
import { ownUsersRefuse } from "./own-users.ts";
import { superblockIn } from "./superblock.ts";

type BlockMount = BlockAction & { readonly type: string };

/** What the kernel refused to mount, in words of its own kind; the error itself where it says all that is known. */
export function blockRefusal(host: Host, error: unknown, action: BlockMount, offset: number): unknown {
	if (!(error instanceof SyscallError)) {
		return error;
	}
	const problem = problemOf(host, error, action, offset);
	if (problem === undefined) {
		return error;
	}
	const { message, remedy } = problem;
	const words = error.words === undefined ? "" : `: the kernel says ${quoted(error.words)}`;
	const call = error.call === "fsconfigCreate" ? "fsconfig" : error.call;
	try {
		fail("STEP_FAILED", `${call}: ${errnoName(error.errno)} on ${quoted(action.source)}: ${message}${words}`, { remedy: remedy ?? [] });
	} catch (failure) {
		return failure;
	}
}

function problemOf(host: Host, error: SyscallError, { type, source, block }: BlockMount, offset: number): Problem | undefined {
	const ofOwnUsers = error.is("EPERM", "EACCES") ? ownUsersRefuse(host) : undefined;
	if (ofOwnUsers !== undefined) {
		return ofOwnUsers;
	}
	if (error.call === "open") {
		return openProblem(error, source, block);
	}
	if (error.is("ENODEV") && (error.call === "fsopen" || error.call === "mount")) {
		return noSuchSystem(type);
	}
	if (error.call !== "fsconfigCreate" && error.call !== "mount") {
		return undefined;
	}
	switch (error.errno) {
		case errno.EINVAL:
		case errno.EUCLEAN:
			return contentProblem(host, error, { type, source, offset });
		case errno.EBUSY:
			return {
				message:
					"it is in use: mounted elsewhere in another way, a part of a RAID or a volume group, or open for writing where the kernel forbids that",
				remedy: ["mount it here as it is mounted there, ro or rw, or free it on the machine"],
			};
		case errno.EPERM:
			return error.call === "mount" ? undefined : closedDevice(source, block);
		case errno.EROFS:
			return block.isReadOnly ? notClean : readOnlySource;
		case errno.EACCES:
			return error.call === "mount" ? undefined : readOnlySource;
		default:
			return undefined;
	}
}

const readOnlySource: Problem = {
	message: "the device is read-only, and it was to be mounted writable",
	remedy: ["options: ro"],
};

const notClean: Problem = {
	message: "it was not unmounted cleanly: its journal has to be written back first, and it is mounted read-only",
	remedy: ["mount it writable once, or leave the journal aside: noload for ext3 and ext4, norecovery for xfs, in options"],
};

function closedDevice(source: string, { isReadOnly }: BlockSource): Problem {
	return isReadOnly
		? { message: "the device cgroup refuses r on it", remedy: deviceRemedy(source) }
		: {
				message: "the device cgroup refuses rw on it",
				remedy: [...deviceRemedy([source, source, "rw"].join(":")), "or options: ro, where it may be read"],
			};
}

/** The nodes of a loop device's partitions are made by the udev of a machine, if at all. */
function absentRemedy(source: string): readonly string[] {
	const partition = /^\/dev\/loop\d+p(\d+)$/.exec(source)?.[1];
	return partition === undefined
		? deviceRemedy(source)
		: [`loop: true with partition: ${partition} and the image as the source: nodes of partitions appear in no container`];
}

function openProblem(error: SyscallError, source: string, block: BlockSource): Problem | undefined {
	const { isReadOnly, loop } = block;
	switch (error.errno) {
		case errno.ENOENT:
			return loop === undefined
				? { message: "there is no such device", remedy: absentRemedy(source) }
				: { message: "there is no such image", remedy: ["make it by a step before this one, or mount the volume that holds it"] };
		case errno.EROFS:
			return { message: "it lies on what is mounted read-only, and was to be mounted writable", remedy: ["options: ro"] };
		case errno.EACCES:
			return isReadOnly ? undefined : readOnlySource;
		case errno.EPERM:
			return loop === undefined ? closedDevice(source, block) : { message: "it cannot be opened for writing: a file attribute (lsattr)" };
		case errno.ENXIO:
			return { message: "no driver answers for it, or there is no disk in it" };
		default:
			return undefined;
	}
}

interface Content {
	readonly type: string;
	readonly source: string;
	readonly offset: number;
}

function contentProblem(host: Host, error: SyscallError, { type, source, offset }: Content): Problem {
	if (error.is("EUCLEAN")) {
		return {
			message: "the file system is damaged",
			remedy: [`fsck -t ${shellWord(type)}, where it is not mounted: this program repairs nothing`],
		};
	}
	const found = foundIn(host, source, offset);
	if (found?.type === type) {
		return type === "xfs"
			? mountedXfs
			: { message: `there is one, of which this kernel does not know a feature, or an option`, remedy: [dmesg] };
	}
	return found === undefined
		? { message: `there is no ${type} there that this kernel can mount, or it does not take an option` }
		: { message: `there is no ${type} there, but ${found.text}`, remedy: found.remedy };
}

const dmesg = "dmesg, on the machine, says which";

/** It goes by a number in the superblock, and mounts none twice. */
const mountedXfs: Problem = {
	message: "it is mounted already, or a copy of one that is, or this kernel does not know a feature of it, or an option",
	remedy: ["a copy: options: nouuid", dmesg],
};

function foundIn(reads: Reads, source: string, offset: number): ReturnType<typeof superblockIn> {
	const fd = lookTrusted(reads, source, O.RDONLY | O.NONBLOCK);
	return fd < 0 ? undefined : withDescriptor(reads, fd, () => superblockIn((at, length) => reader(reads, fd)(offset + at, length)));
}
