import { accessAcl, accessList } from "../../files/acl.ts";
import { defaultList } from "../../files/exact-mode.ts";
import { isDirectory } from "../../files/kind.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { must } from "../../sys/act.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads, Stat } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import type { Kept } from "./copy-tree.ts";

/** Whoever owns a file writes these; all others give it powers (`security.capability`), or are a server's or the kernel's. xattr(7) */
const ofUsers = "user.";
const group = 0o070;

/** The mode that gives nobody more than the source does: with a list, the bits of the group are its mask, and not what the group has. acl(5) */
export function modeWithoutList(reads: Reads, path: string, source: number, stat: Stat): number {
	const acl = (stat.mode & group) === 0 ? "none" : accessAcl(reads, source);
	if (acl === "unknown") {
		fail("STEP_FAILED", `the access control list of ${quoted(path)} cannot be read, so that nothing says what its group may do`);
	}
	if (acl === "none") {
		return stat.mode;
	}
	const bits = acl.find(({ tag }) => tag === "group of the file")?.bits ?? 0;
	return stat.mode & (~group | (bits << 3));
}

/** While the copy is ours. A list goes before the mode, which then is what the source's is; a default one would be handed on to what is made below. */
export function keepAttributes(host: Host, keep: readonly Kept[], source: number, target: number, stat: Stat): void {
	const lists = keep.includes("acl") ? [accessList, ...(isDirectory(stat) ? [defaultList] : [])] : [];
	const names = keep.includes("xattrs") ? listed(host, source).filter((name) => name.startsWith(ofUsers)) : [];
	for (const name of [...names, ...lists]) {
		const value = host.getxattr(source, name);
		if (typeof value === "string") {
			must(host, "setxattr", target, name, value);
		} else if (value !== -errno.ENODATA && value !== -errno.EOPNOTSUPP) {
			mustRead("fgetxattr", value);
		}
	}
}

function listed(reads: Reads, fd: number): readonly string[] {
	const names = reads.listxattr(fd);
	return names === -errno.EOPNOTSUPP ? [] : mustRead<readonly string[]>("flistxattr", names);
}
