import { MOUNT_ATTR } from "../../files/mounting.ts";
import { isFixedPath } from "../../files/open.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Host, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError } from "../../sys/observe.ts";
import { type Ids, mountMapped, needsToMap, whyUnmapped } from "../common/idmap.ts";
import type { Need } from "../step.ts";

/** A bind that shows what belongs to the owner of its source as the workload's. */

export const mapChoices = ["target", "root-to-target"] as const;
type MapChoice = (typeof mapChoices)[number];

export interface MountIdmap extends Ids {
	/** What is root's on disk too, although it can be written to. */
	readonly ofRoot: boolean;
}

interface Bind {
	readonly source: string;
	readonly target: string;
	readonly attributes: number;
	readonly recursive: boolean;
	readonly idmap?: MountIdmap;
}

export function mapOf(choice: MapChoice, type: string, options: readonly string[], user: Ids): MountIdmap {
	const refuse = (message: string, remedy: string) => fail("CONFIG_CONFLICT", `mount: ${message}`, { remedy: [remedy] });
	if (type !== "bind") {
		refuse(`idmap is for a bind, which ${quoted(type)} is not`, "mount it first, then bind it with idmap");
	}
	if (options.includes("suid")) {
		refuse("idmap and suid: set-user-ID programs of a mapped mount would run as whoever they are shown to belong to", "leave suid out");
	}
	if (user.uid === 0 || user.gid === 0) {
		refuse(
			`idmap would show what belongs to somebody else as root's${user.uid === 0 ? "" : " group's"}`,
			user.uid === 0 ? "leave idmap out, or set user" : "leave idmap out, or give user another group: user: UID:GID",
		);
	}
	return { uid: user.uid, gid: user.gid, ofRoot: choice === "root-to-target" };
}

/** Unlike any other bind, whose source says what is allowed: here something is another's than it says. */
export function mapAttributes(choice: MapChoice | undefined, options: readonly string[]): number {
	return choice === undefined ? 0 : MOUNT_ATTR.NOSUID | (options.includes("dev") ? 0 : MOUNT_ATTR.NODEV);
}

/** What a bind needs beside SYS_ADMIN. */
export function mapNeeds({ target, idmap }: Bind): Need[] {
	return idmap === undefined ? [] : needsToMap(target).filter(({ anyOf }) => !anyOf.includes("SYS_ADMIN"));
}

export function mayMakeRootsFiles({ attributes, idmap }: Bind): boolean {
	return idmap?.ofRoot === true && (attributes & MOUNT_ATTR.RDONLY) === 0;
}

export function isShownAs(idmap: MountIdmap | undefined, stat: Stat): boolean {
	return idmap === undefined || (stat.uid === idmap.uid && stat.gid === idmap.gid);
}

/** False where there is nothing to map. */
export function attachMapped(host: Host, { source, attributes, recursive, idmap }: Bind, from: number, target: number): boolean {
	const owner = mustRead("fstat", host.fstat(from));
	if (idmap === undefined || isShownAs(idmap, owner)) {
		return false;
	}
	if (!isFixedPath(host, source)) {
		fail(
			"STEP_FAILED",
			`${quoted(source)} cannot be shown as another's: somebody else than root can lead its path to what is a third one's`,
			{
				remedy: ["name it where every directory on the way is root's alone", "or change the owner on disk instead: - own: PATH"],
			},
		);
	}
	if ((owner.uid === 0 || owner.gid === 0) && !idmap.ofRoot && (attributes & MOUNT_ATTR.RDONLY) === 0) {
		fail(
			"STEP_FAILED",
			`${quoted(source)} belongs to root${owner.uid === 0 ? "" : "'s group"}: what the workload makes there would be root's on disk`,
			{
				remedy: [
					"give it to the workload once, on disk: - own: PATH; or bind it read-only: options: [ro]",
					"idmap: root-to-target, where nobody else runs or believes what lies there",
				],
			},
		);
	}
	try {
		mountMapped(host, from, target, { from: owner, to: idmap, attributes, attributesBelow: recursive ? attributes : 0, recursive });
	} catch (error) {
		if (error instanceof SyscallError) {
			fail("STEP_FAILED", `${quoted(source)} cannot be shown as another's: ${whyUnmapped(error, host).message}`, {
				remedy: ["change the owner on disk instead: - own: PATH"],
			});
		}
		throw error;
	}
	return true;
}
