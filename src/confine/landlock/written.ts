import { isDevice } from "../../files/kind.ts";
import { openTrusted } from "../../files/open.ts";
import { UntrustedLink } from "../../files/walk.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno, saysAbsent } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { type PathKey, pathKeys } from "./rights.ts";
import type { LandlockSetting } from "./setting.ts";

/** A path of the configuration, absolute. */
export interface WrittenPath {
	readonly as: PathKey;
	readonly path: string;
	/** `landlock.read[0]` */
	readonly where: string;
}

/** What begins with a dot counts from where the container starts; `..` is left for the walk. */
export function writtenPaths(setting: LandlockSetting, workdir: string): WrittenPath[] {
	return pathKeys.flatMap((as) =>
		(setting[as] ?? []).map((path, index) => ({
			as,
			path: path.startsWith("/") ? path : below(workdir, path),
			where: `landlock.${as}[${index}]`,
		})),
	);
}

/** `./x` as anybody writes it: without the dot in front, and with one slash. */
function below(workdir: string, path: string): string {
	const rest = path.replace(/^(?:\.(?:\/+|$))+/, "");
	return rest === "" ? workdir : `${workdir === "/" ? "" : workdir}/${rest}`;
}

/**
 * A rule is for what is at its path, so that something has to be there, now or when the setup is done; and no link of the workload's may
 * lead it elsewhere.
 */
export function requirePath(reads: Reads, { path, where }: WrittenPath, mayMake: (path: string) => boolean): void {
	const found = lookAt(reads, path);
	if (typeof found === "string") {
		fail("LANDLOCK_RULE", found, { where, remedy: ["name the real path, or let root own the link and its directory"] });
	}
	if ((saysAbsent(found) || found === -errno.ELOOP) && !mayMake(path)) {
		fail("LANDLOCK_RULE", `${quoted(path)}: ${errnoText("open", found).message}`, {
			where,
			remedy: ["make it in the image, or by a step: mkdir, file, copy; or leave it out, since a rule is for what is there"],
		});
	}
}

/** 0, an errno, or why the way there is not gone. */
function lookAt(reads: Reads, path: string): number | string {
	try {
		const fd = openTrusted(reads, path, O.PATH);
		return fd < 0 ? fd : reads.close(fd);
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return error.message;
		}
		throw error;
	}
}

export function isDevicePath(reads: Reads, path: string): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat !== "number" && isDevice(stat);
}
