import type { ResidentAsk } from "../departure/walls.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { AT, S } from "../sys/constants.ts";
import { placesOf } from "./command.ts";
import { isInitProgram } from "./init-programs.ts";

/** Such a one refuses to be anything but the first process, or does what it would do as that without being it. */
export function refuseInit({ request: { ofWorkload } }: ResidentAsk): void {
	const { command, workdir } = ofWorkload?.leavesFor ?? {};
	if (command === undefined || workdir === undefined) {
		return;
	}
	const [name] = command.argv;
	const isOne = isInitProgram(name) || placesOf(command, workdir).some((place) => isInitProgram(name, place));
	if (isOne) {
		fail("INIT_REFUSED", `${quoted(name)} is an init itself and has to be the first process, which it cannot be beside another`, {
			where: "init",
			remedy: ["leave out init: it does all that is asked for here"],
		});
	}
}

/** Of its class of users, as the kernel has it for who has no capabilities. path_resolution(7) */
function rights(mode: number, owner: { readonly uid: number; readonly gid: number }, user: ResidentAsk["request"]["identity"]): number {
	if (owner.uid === user.uid) {
		return mode >> 6;
	}
	return owner.gid === user.gid || user.groups.includes(owner.gid) ? mode >> 3 : mode;
}

const [executable, readable] = [1, 4];

/** The init is this program, executed by the user. */
export function refuseUnexecutable({ request: { identity }, reads, note }: ResidentAsk): void {
	const own = reads.statat(AT.FDCWD, "/proc/self/exe", 0);
	if (typeof own === "number") {
		return;
	}
	const may = rights(own.mode & ~S.IFMT, own, identity);
	if ((may & executable) === 0) {
		fail("INIT_REFUSED", `the user may not execute this program (mode ${(own.mode & 0o777).toString(8)}), which the init is`, {
			where: "init",
			remedy: ["chmod 0755 FILE, in the image"],
		});
	}
	if ((may & readable) === 0) {
		note("init: the user may not read this program's file, so that /proc/1/fd and /proc/1/environ are closed to it: chmod 0755 FILE");
	}
}
