import { sizeLimit } from "../../config/parse.ts";
import { readTrustedFile } from "../../config/trust.ts";
import { Attempts } from "../../report/attempts.ts";
import { fail } from "../../report/failure.ts";
import { printable } from "../../report/text.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { unifiedDiff } from "../rewrite/diff.ts";
import { type Rewritten, replaceFile } from "../rewrite/replace.ts";
import { formatted } from "./proved.ts";

export interface FmtOptions {
	readonly check?: boolean;
	readonly diff?: boolean;
}

/** Brings files into form, one after the other, and names those that were not. Whether there is one that is to be changed, where none is. */
export function fmt(host: Host, files: readonly string[], options: FmtOptions): boolean {
	const errors = new Attempts();
	const changed = files.filter((file) => errors.attempt(() => fmtFile(host, file, options)) === true);
	errors.end();
	return changed.length > 0 && (options.check === true || options.diff === true);
}

/** Whether it was not in form. */
function fmtFile(host: Host, file: string, { check, diff }: FmtOptions): boolean {
	const isStream = file === "-";
	const path = isStream ? "standard input" : file;
	const before = isStream ? readStandardInput(host) : readTrustedFile(host, file, host.getresuid()[1] === 0);
	const rewritten: Rewritten = { path, before, after: formatted(host, before, path) };
	const isChanged = rewritten.after !== before;
	const isDry = check === true || diff === true;
	if (isStream && !isDry) {
		host.write(1, rewritten.after);
	} else if (isChanged) {
		if (!isDry) {
			replaceFile(host, rewritten);
		}
		host.write(1, diff === true ? unifiedDiff(rewritten) : `${printable(path)}\n`);
	}
	return isChanged;
}

/** What is written into it, as far as a configuration may be long. */
export function readStandardInput(reads: Reads, limit: number = sizeLimit): string {
	const text = reads.readAll(0, limit);
	if (typeof text === "number") {
		const isLong = text === -errno.EFBIG;
		fail(isLong ? "CONFIG_TOO_LARGE" : "CONFIG_UNREADABLE", isLong ? `larger than ${limit / 1024} KiB` : "cannot be read", {
			where: "standard input",
		});
	}
	return text;
}
