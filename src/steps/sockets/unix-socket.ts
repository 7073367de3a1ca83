import { handsOnLists, removeLists } from "../../files/exact-mode.ts";
import { typeOf } from "../../files/kind.ts";
import { isFixedPath, mustOpenTrusted } from "../../files/open.ts";
import { splitPath } from "../../files/path-text.ts";
import type { Viewer } from "../../files/permissions.ts";
import { must } from "../../sys/act.ts";
import { AF, AT, O, S, SOCK } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Stat } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { byDescriptor, observeProc } from "../../sys/proc.ts";
import { hasOtherOwner, type Owner } from "../common/owner.ts";
import { judgeReached } from "../common/reached.ts";
import { bound } from "./bound-socket.ts";

/** Who its file belongs to, and what may be done with it. */
export interface UnixOptions extends Owner {
	readonly mode: number;
	readonly backlog: number;
}

/** `note` is what is to be told of its file. */
export interface UnixSocket {
	readonly fd: number;
	readonly note: string | undefined;
}

export function openUnix(host: Host, options: UnixOptions, path: string, target: Viewer): UnixSocket {
	const open = (bind: (fd: number) => void) => bound(host, AF.UNIX, "unix", bind, options.backlog);
	if (path.startsWith("@")) {
		return { fd: open((fd) => must(host, "bindUnix", fd, path)), note: undefined };
	}
	const { parent, name } = splitPath(path);
	const directory = mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY);
	return withDescriptor(host, directory, () => {
		const bindable = bindableName(host, path, directory);
		removeStale(host, directory, name, bindable);
		// The mode comes from the umask, so that the file never has a wider one than its last.
		const former = host.umask(0o777 & ~options.mode);
		let note: string | undefined;
		try {
			const fd = open((socket) => {
				must(host, "bindUnix", socket, bindable);
				// Before listen(2): nobody can connect while the file has the group of its directory.
				note = giveAway(host, directory, name, options, (now) => judgeFile(now, options, path, target));
			});
			return { fd, note };
		} finally {
			host.umask(former);
		}
	});
}

/** Of sun_path without the NUL at its end. unix(7) */
const longestName = 107;

/**
 * What bind(2) is told is what clients and sd_is_socket_unix(3) see. That is the path where nobody but root can lead it elsewhere
 * meanwhile, else the descriptor, so that the way is not looked up again; without /proc only the path is left.
 */
function bindableName(host: Host, path: string, directory: number): string {
	const { parent, name } = splitPath(path);
	const isOnlyPath = !mustRead("open", observeProc(host));
	return isOnlyPath || (path.length <= longestName && isFixedPath(host, parent)) ? path : `${byDescriptor(host, directory)}/${name}`;
}

/** Gives the socket's file its mode and owner. What stands there by now has to be that file, and not something that was there before. */
function giveAway<T>(host: Host, directory: number, name: string, { uid, gid, mode }: UnixOptions, judge: (now: Stat) => T): T {
	try {
		const file = must(host, "open", directory, name, O.PATH | O.NOFOLLOW, 0, 0) as number;
		return withDescriptor(host, file, () => {
			const stat = mustRead("fstat", host.fstat(file));
			if (typeOf(stat) !== S.IFSOCK || stat.nlink !== 1 || isAnswered(host, `/proc/self/fd/${file}`)) {
				throw new SyscallError("bindUnix", errno.EADDRINUSE);
			}
			requireLists(host, directory, file);
			removeLists(host, file, stat);
			if ((stat.mode & 0o7777) !== mode) {
				// A default ACL takes the place of the umask. acl(5)
				must(host, "fchmod", file, mode);
			}
			must(host, "fchownat", file, "", uid, gid, AT.EMPTY_PATH);
			return judge(mustRead("fstat", host.fstat(file)));
		});
	} catch (error) {
		host.unlinkat(directory, name, 0);
		throw error;
	}
}

/** Who connects has to be able to write, and nothing else counts. unix(7) */
function judgeFile(now: Stat, options: UnixOptions, path: string, target: Viewer): string | undefined {
	const writing = 0o222;
	const isForAll = (options.mode & now.mode & writing) === writing;
	const isAsWritten = ((options.mode ^ now.mode) & writing) === 0 && !hasOtherOwner(now, options);
	return isForAll || isAsWritten ? undefined : judgeReached(now, { path, wanted: options, target });
}

/** Ours does not listen yet: whoever answers was there before, under another name. */
function isAnswered(host: Host, path: string): boolean {
	const probe = must(host, "socket", AF.UNIX, SOCK.STREAM | SOCK.NONBLOCK, 0) as number;
	return withDescriptor(host, probe, () => host.connectUnix(probe, path)) === 0;
}

/** Without /proc the file has no descriptor that its list could be asked of, so its directory must hand on none. */
function requireLists(host: Host, directory: number, file: number): void {
	if (!handsOnLists(host, file)) {
		return;
	}
	const readable = must(host, "open", directory, ".", O.RDONLY | O.DIRECTORY, 0, 0) as number;
	if (withDescriptor(host, readable, () => handsOnLists(host, readable))) {
		throw new SyscallError("removexattr", errno.ENOSYS);
	}
}

/** Only a socket that nobody answers on is in the way of nobody. */
function removeStale(host: Host, directory: number, name: string, path: string): void {
	const stat = host.statat(directory, name, AT.SYMLINK_NOFOLLOW);
	if (typeof stat === "number" || typeOf(stat) !== S.IFSOCK) {
		return;
	}
	const probe = must(host, "socket", AF.UNIX, SOCK.STREAM | SOCK.NONBLOCK, 0) as number;
	const answer = withDescriptor(host, probe, () => host.connectUnix(probe, path));
	if (answer === -errno.ECONNREFUSED) {
		must(host, "unlinkat", directory, name, 0);
	}
}
