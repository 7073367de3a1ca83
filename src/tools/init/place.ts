import { isDirectory, isRegular } from "../../files/kind.ts";
import { absolutePath, baseName } from "../../files/path-text.ts";
import { fromRoot } from "../../files/walk.ts";
import { parseId } from "../../identity/ids.ts";
import { imaginedReads } from "../../plan/imagined/imagined-reads.ts";
import { everybodysRoot } from "../../plan/imagined/imagined-start.ts";
import { ownersHere } from "../../plan/imagined/owners.ts";
import { fail } from "../../report/failure.ts";
import { AT } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { readSmallFile } from "../../sys/observe.ts";
import { type Image, silentImage } from "./image.ts";
import { readScript, type Script } from "./script.ts";

/** What a root has: accounts, and a script that many images begin with. */
export interface Place {
	readonly accounts: readonly Account[];
	readonly script?: Script & { readonly path: string };
}

export interface Account {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
}

export const nowhere: Place = { accounts: [] };

const scripts = ["/docker-entrypoint.sh", "/usr/local/bin/docker-entrypoint.sh", "/entrypoint.sh", "/usr/bin/entrypoint.sh"];
const limit = 1024 * 1024;

/** By its name alone. */
export function isNamedScript(word: string): boolean {
	return /entrypoint|\.sh$/.test(baseName(word));
}

/** Of a directory that is an image unpacked, with the eyes of a start in it: nothing leads out of it, and nothing is opened but its files. */
export function lookAt(reads: Reads, root: string, { entrypoint, command, environment, volumes }: Image = silentImage): Place {
	const directory = absolutePath(root, fromRoot(reads, "."));
	const stat = reads.statat(AT.FDCWD, directory, 0);
	if (typeof stat === "number" || !isDirectory(stat)) {
		const { message, remedy } = errnoText("open", typeof stat === "number" ? stat : -errno.ENOTDIR);
		fail("IMAGE_UNKNOWN", `cannot be opened: ${message}`, { where: root, remedy });
	}
	const image = imaginedReads(reads, { directory, owners: ownersHere, program: "/abdicate" }, everybodysRoot, []);
	const own = [...entrypoint, ...command].filter((word) => word.startsWith("/") && isNamedScript(word));
	const path = [...own, ...scripts].find((each) => isFile(image, each));
	const text = path === undefined ? "" : readSmallFile(image, path, limit);
	const linesOf = (file: string) => {
		const content = isFile(image, file) ? readSmallFile(image, file, limit) : "";
		return typeof content === "string" ? content.split("\n").map((line) => line.split(":")) : [];
	};
	const accounts = accountsIn(linesOf("/etc/passwd"));
	const isThere = (each: string) => volumes.includes(each) || typeof image.statat(AT.FDCWD, each, 0) !== "number";
	const isLogin = (user: string, group: string) => {
		const [, , gid = group] = linesOf("/etc/group").find(([name]) => name === group) ?? [];
		return accounts.some((each) => each.name === user && `${each.gid}` === gid);
	};
	const script = path && { path, ...readScript(typeof text === "string" ? text : "", { environment, isThere, isLogin }) };
	return { accounts, ...(script && { script }) };
}

function isFile(reads: Reads, path: string): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat !== "number" && isRegular(stat);
}

function accountsIn(lines: readonly (readonly string[])[]): Account[] {
	return lines.flatMap(([name = "", , uid = "", gid = ""]) => {
		const [user, group] = [parseId(uid), parseId(gid)];
		return typeof user === "number" && typeof group === "number" ? [{ name, uid: user, gid: group }] : [];
	});
}
