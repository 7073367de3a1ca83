import { type ChildIdentity, userChild } from "../common/child-identity.ts";
import type { ChildEnvironment } from "../programs/child-environment.ts";

export interface FuseAction extends ChildEnvironment {
	readonly target: string;
	/** The program of the file system; `{mountpoint}` stands for the opened device, `/dev/fd/N`, or for the target. */
	readonly command: readonly [string, ...string[]];
	/** What the table of mounts shows. */
	readonly source: string;
	readonly options: readonly string[];
	readonly allowOther: boolean;
	/** How the daemon gets the device: in place of its mount point, or from what it takes for fusermount. */
	readonly handOver: "mountpoint" | "fusermount";
	/** Where this program lies, which takes the place of fusermount. */
	readonly standIn?: string;
	readonly readyTimeoutMs: number;
	/** Who may use the mount: the workload. */
	readonly identity: ChildIdentity;
	/** Who serves it. */
	readonly daemon: ChildIdentity;
}

/** What the mount has beside its ids. */
export function mountOptions({ options, allowOther }: FuseAction): readonly string[] {
	return [...(allowOther ? ["allow_other"] : []), ...options];
}

/** Who serves the mount, and who may use it. */
export const childNames = { daemon: "daemon", user: userChild } as const;
