import { bytesOfText } from "../report/bytes.ts";
import { S } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Reads, Stat } from "../sys/native.ts";

/** Who an entry of an access ACL is about. acl(5) */
export interface AclEntry {
	readonly tag: "owner" | "user" | "group of the file" | "group" | "mask" | "other";
	/** Of a user or a group. */
	readonly id: number;
	/** 4 read, 2 write, 1 execute or search. */
	readonly bits: number;
}

const tags: Readonly<Record<number, AclEntry["tag"]>> = {
	1: "owner",
	2: "user",
	4: "group of the file",
	8: "group",
	16: "mask",
	32: "other",
};
const headBytes = 4;
const entryBytes = 8;

/** `unknown` where it could not be read: that is not taken for there being none. */
export type Acl = readonly AclEntry[] | "none" | "unknown";

/** The attribute that holds it. */
export const accessList = "system.posix_acl_access";

/** The access ACL of an opened entry beside its mode. linux/posix_acl_xattr.h */
export function accessAcl(reads: Reads, fd: number): Acl {
	const value = reads.getxattr(fd, accessList);
	if (typeof value === "string") {
		return parseAcl(bytesOfText(value)) ?? "unknown";
	}
	return value === -errno.ENODATA || value === -errno.EOPNOTSUPP ? "none" : "unknown";
}

/** As `accessAcl` where writing alone is asked about: the mode's group bits are the most that a list gives. */
export function writersAcl(reads: Reads, fd: number, { mode }: Pick<Stat, "mode">): Acl {
	return (mode & S.IWGRP) === 0 ? "none" : accessAcl(reads, fd);
}

/** Little endian: a version, then tag, bits and id of each entry. */
export function parseAcl(bytes: readonly number[]): readonly AclEntry[] | undefined {
	const number = (at: number, count: number) => bytes.slice(at, at + count).reduceRight((sum, byte) => sum * 256 + byte, 0);
	if (bytes.length < headBytes || (bytes.length - headBytes) % entryBytes !== 0 || number(0, 4) !== 2) {
		return undefined;
	}
	const entries: AclEntry[] = [];
	for (let at = headBytes; at < bytes.length; at += entryBytes) {
		const tag = tags[number(at, 2)];
		if (tag === undefined) {
			return undefined;
		}
		entries.push({ tag, id: number(at + 4, 4), bits: number(at + 2, 2) & 7 });
	}
	return entries;
}
