import { isDevice, isRegular } from "../../files/kind.ts";
import { isOfRootAlone } from "../../files/open.ts";
import { UntrustedLink, walk } from "../../files/walk.ts";
import { AT, O, RESOLVE } from "../../sys/constants.ts";
import { saysAbsent } from "../../sys/errno.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import type { PathKey } from "./rights.ts";

/** What programs look for although nobody thinks of it, as tried with sh, bash, python, node, Go and musl. */
const usual: Readonly<Record<PathKey, string>> = {
	execute: `
/lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 /lib/ld-linux-armhf.so.3 /lib/ld-linux.so.2
/lib/ld-musl-x86_64.so.1 /lib/ld-musl-aarch64.so.1 /lib/ld-musl-armhf.so.1`,
	// Libraries and what interpreters keep with them; accounts, names, zones and certificates, which are no secrets; how large the machine is.
	read: `
/lib /lib64 /usr/lib /usr/lib64 /usr/local/lib /usr/local/lib64 /usr/share /etc/ld.so.cache /etc/ld.so.preload /etc/ld-musl-x86_64.path
/etc/passwd /etc/group /etc/nsswitch.conf /etc/resolv.conf /etc/hosts /etc/host.conf /etc/gai.conf /etc/services /etc/protocols
/etc/localtime /etc/timezone /etc/ssl/certs /etc/ssl/cert.pem /etc/ssl/openssl.cnf /etc/pki/tls/certs /etc/pki/ca-trust/extracted
/proc /sys/devices/system/cpu /sys/devices/system/node /sys/fs/cgroup /sys/kernel/mm/transparent_hugepage`,
	write: "/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx /dev/pts /dev/shm",
};

const keys = ["execute", "write", "read"] as const;

export interface BasePath {
	readonly as: PathKey;
	readonly path: string;
}

/** What is there, without a link on the way, or may be when the setup is done; many names lead to the same loader, or folder of libraries. */
export function observeBase(reads: Reads, mayMake: (path: string) => boolean): BasePath[] {
	const seen = new Set<string>();
	const asked = keys.flatMap((as) =>
		usual[as]
			.trim()
			.split(/\s+/)
			.map((path) => ({ as, path })),
	);
	return asked.flatMap(({ as, path }): BasePath[] => {
		const found = lookAt(reads, path) ?? (mayMake(path) ? { path, file: path } : undefined);
		const key = `${as} ${found?.file}`;
		if (found === undefined || seen.has(key)) {
			return [];
		}
		seen.add(key);
		return [{ as, path: found.path }];
	});
}

/** Where a path leads by links of root's alone, and which file that is. */
function lookAt(reads: Reads, path: string): { readonly path: string; readonly file: string } | undefined {
	const direct = reads.openRead(AT.FDCWD, path, O.PATH, RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS);
	if (direct >= 0) {
		const stat = withDescriptor(reads, direct, () => reads.fstat(direct));
		return typeof stat === "number" ? undefined : { path, file: nameOf(stat) };
	}
	if (saysAbsent(direct)) {
		return undefined;
	}
	try {
		const found = walk(reads, path, { mayFollow: isOfRootAlone }, ({ place }) => ({ path: place.path, file: nameOf(place.stat) }));
		return typeof found === "number" ? undefined : found;
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return undefined;
		}
		throw error;
	}
}

function nameOf({ dev, ino }: Stat): string {
	return `${dev} ${ino}`;
}

/** Descriptors 0-2 that are a file or a device, which the workload has, and may open again by /dev/stdin, stdout and stderr. */
export function observeStdio(reads: Reads): { readonly fd: number; readonly as: "read" | "write" }[] {
	return ([0, 1, 2] as const).flatMap((fd) => {
		const stat = reads.fstat(fd);
		return typeof stat !== "number" && (isRegular(stat) || isDevice(stat)) ? [{ fd, as: fd === 0 ? "read" : "write" } as const] : [];
	});
}
