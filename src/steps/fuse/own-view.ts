import { bindMount, receiveMounts, unmountLazily } from "../../files/mounting.ts";
import { mustOpenTrusted } from "../../files/open.ts";
import { must } from "../../sys/act.ts";
import { O } from "../../sys/constants.ts";
import type { Host, Stat } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";

/** What a program sees otherwise than the workload, in a mount namespace of its own. mount_namespaces(7) */
export interface OwnView {
	/** Mounts that are not there. */
	readonly without: readonly string[];
	/** Files that stand where others do. */
	readonly replaced: readonly { readonly path: string; readonly by: string }[];
}

const CLONE_NEWNS = 0x2_0000;

/** Needs SYS_ADMIN. Nothing opened before may be bound: it belongs to the mounts that this process has left. */
export function takeOwnView(host: Host, { without, replaced }: OwnView): void {
	must(host, "unshare", CLONE_NEWNS);
	receiveMounts(host);
	for (const path of without) {
		withDescriptor(host, mustOpenTrusted(host, path, O.PATH), (fd) => unmountLazily(host, fd, path));
	}
	for (const { path, by } of replaced) {
		withDescriptor(host, mustOpenTrusted(host, by, O.PATH), (from) =>
			withDescriptor(host, mustOpenTrusted(host, path, O.PATH), (to) => {
				// Two names of one file are replaced together.
				if (!isSame(host, from, to)) {
					bindMount(host, from, to, path, { attributes: 0, recursive: false });
				}
			}),
		);
	}
}

function isSame(host: Host, ...fds: readonly [number, number]): boolean {
	const [one, other] = fds.map((fd) => mustRead<Stat>("fstat", host.fstat(fd)));
	return one?.dev === other?.dev && one?.ino === other?.ino;
}
