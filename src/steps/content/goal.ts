import { absolutePath } from "../../files/path-text.ts";
import { octal } from "../../files/permissions.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import type { Owner } from "../common/owner.ts";

/** The goal of `file` and `secret`: a regular file with this content, mode and owner. */
export interface ContentGoal extends Owner {
	readonly path: string;
	/** `undefined` leaves the mode as it is; a new file gets 0644. */
	readonly mode: number | undefined;
	readonly rewrite: "differs" | "absent" | "always";
}

/** What the file shall hold, given what it holds now. */
export type Content = (reads: Reads, found: Found | undefined) => string;

export interface Found {
	readonly stat: Stat;
	/** `undefined` when it is longer than any content of ours. */
	readonly content: string | undefined;
	/** An access control list gives more than the mode. acl(5) */
	readonly hasList: boolean;
}

/** A path that can be that of a file. */
export function filePath(written: string, workdir: string): string {
	const path = absolutePath(written, workdir);
	return path === "/" || written.endsWith("/") ? fail("CONFIG_INVALID_VALUE", `${quoted(written)} cannot be a file`) : path;
}

/** Changing the owner would take set-user-ID and set-group-ID away again, and a new file with them is asked for by nobody. chown(2) */
export function plainMode<Mode extends number | undefined>(mode: Mode): Mode {
	return mode !== undefined && mode > 0o777
		? fail("CONFIG_INVALID_VALUE", "the mode of a file is at most 0777: set-user-ID, set-group-ID and sticky are not given")
		: mode;
}

export function modeText(mode: number | undefined): string {
	return mode === undefined ? "" : ` mode ${octal(mode)}`;
}
