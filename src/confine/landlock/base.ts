import { isDevice, isRegular } from "../../files/kind.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import type { PathKey } from "./rights.ts";

/** What programs look for although nobody thinks of it, as tried with sh, bash, python, node, Go and musl. */
const usual: Readonly<Record<PathKey, string>> = {
	execute: `
/lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 /lib/ld-linux-armhf.so.3 /lib/ld-linux.so.2
/lib/ld-musl-x86_64.so.1 /lib/ld-musl-aarch64.so.1 /lib/ld-musl-armhf.so.1`,
	// Libraries and what interpreters keep with them; accounts, names, zones, certificates and how TLS is to be done, which are no secrets (keys lie
	// beside them: no directory that has them is here); what JDKs of Debian and Fedora have links to; how large the machine is.
	read: `
/usr/lib /usr/lib64 /lib /lib64 /usr/local/lib /usr/local/lib64 /usr/share /etc/ld.so.cache /etc/ld.so.preload /usr/lib32
/etc/ld-musl-x86_64.path /etc/ld-musl-aarch64.path /etc/ld-musl-armhf.path
/etc/passwd /etc/group /etc/nsswitch.conf /etc/resolv.conf /etc/hosts /etc/host.conf /etc/gai.conf /etc/services /etc/protocols
/usr/etc/nsswitch.conf /usr/etc/services /usr/etc/protocols /usr/etc/host.conf /usr/etc/gai.conf
/etc/localtime /etc/timezone /etc/mime.types /etc/ssl/certs /etc/ssl/cert.pem /etc/ssl/openssl.cnf
/etc/pki/tls/certs /etc/pki/tls/cert.pem /etc/pki/tls/openssl.cnf /etc/pki/tls/openssl.d /etc/pki/ca-trust/extracted
/etc/ca-certificates/extracted /var/lib/ca-certificates /usr/local/share/ca-certificates /etc/crypto-policies /etc/gnutls/config
/etc/java /etc/java-8-openjdk /etc/java-11-openjdk /etc/java-17-openjdk /etc/java-21-openjdk /etc/java-25-openjdk
/proc /sys/devices/system/cpu /sys/devices/system/node /sys/fs/cgroup /sys/kernel/mm/transparent_hugepage`,
	write: "/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx /dev/pts /dev/shm",
};

const keys = ["execute", "write", "read"] as const;

export interface BasePath {
	readonly as: PathKey;
	readonly path: string;
	/** Which file that is, whatever its names; the path of what is not there yet. */
	readonly file: string;
}

/** What is there, or may be when the setup is done. */
export function observeBase(reads: Reads, mayMake: (path: string) => boolean): BasePath[] {
	return keys.flatMap((as) =>
		usual[as]
			.trim()
			.split(/\s+/)
			.flatMap((path): BasePath[] => {
				const stat = reads.statat(AT.FDCWD, path, 0);
				return typeof stat !== "number" ? [{ as, path, file: nameOf(stat) }] : mayMake(path) ? [{ as, path, file: path }] : [];
			}),
	);
}

/** Many names lead to the same loader, or folder of libraries: the first of each. */
export function withoutOtherNames(paths: readonly BasePath[]): BasePath[] {
	const seen = new Set<string>();
	return paths.filter(({ as, file }) => {
		const key = `${as} ${file}`;
		return !seen.has(key) && seen.add(key).has(key);
	});
}

export function nameOf({ dev, ino }: Stat): string {
	return `${dev} ${ino}`;
}

/** Descriptors 0-2 that are a file or a device, which the workload has, and may open again by /dev/stdin, stdout and stderr. */
export function observeStdio(reads: Reads): { readonly fd: number; readonly as: "read" | "write" }[] {
	return ([0, 1, 2] as const).flatMap((fd) => {
		const stat = reads.fstat(fd);
		return typeof stat !== "number" && (isRegular(stat) || isDevice(stat)) ? [{ fd, as: fd === 0 ? "read" : "write" } as const] : [];
	});
}
