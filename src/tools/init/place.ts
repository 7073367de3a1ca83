import { isRegular } from "../../files/kind.ts";
import { parseId } from "../../identity/ids.ts";
import { fail } from "../../report/failure.ts";
import { AT, O } from "../../sys/constants.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";

/** What a root has: accounts, and a script that many images begin with. */
export interface Place {
	readonly accounts: readonly Account[];
	readonly script?: string;
}

export interface Account {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
}

export const nowhere: Place = { accounts: [] };

const scripts = ["docker-entrypoint.sh", "usr/local/bin/docker-entrypoint.sh", "entrypoint.sh", "usr/bin/entrypoint.sh"];
const limit = 1024 * 1024;

/** Of a directory that is an image unpacked; nothing leads out of it. */
export function lookAt(reads: Reads, root: string): Place {
	const fd = reads.openRead(AT.FDCWD, root, O.RDONLY | O.DIRECTORY, 0);
	if (fd < 0) {
		const { message, remedy } = errnoText("open", fd);
		fail("IMAGE_UNKNOWN", `cannot be opened: ${message}`, { where: root, remedy });
	}
	return withDescriptor(reads, fd, () => {
		const script = scripts.find((path) => within(reads, fd, path, () => true) === true);
		return {
			accounts: accountsIn(within(reads, fd, "etc/passwd", (file) => reads.readAll(file, limit))),
			...(script && { script: `/${script}` }),
		};
	});
}

/** Name by name, without following a link. */
function within<T>(reads: Reads, directory: number, path: string, use: (fd: number) => T): T | undefined {
	const slash = path.indexOf("/");
	const name = slash < 0 ? path : path.slice(0, slash);
	const fd = reads.openRead(directory, name, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY, 0);
	return fd < 0
		? undefined
		: withDescriptor(reads, fd, () => {
				if (slash >= 0) {
					return within(reads, fd, path.slice(slash + 1), use);
				}
				const stat = reads.fstat(fd);
				return typeof stat !== "number" && isRegular(stat) ? use(fd) : undefined;
			});
}

function accountsIn(text: string | number | undefined): Account[] {
	return (typeof text === "string" ? text : "").split("\n").flatMap((line) => {
		const [name = "", , uid = "", gid = ""] = line.split(":");
		const [user, group] = [parseId(uid), parseId(gid)];
		return typeof user === "number" && typeof group === "number" ? [{ name, uid: user, gid: group }] : [];
	});
}
