import { noDocument, othersDocument } from "../../config/no-document.ts";
import { sizeLimit } from "../../config/parse.ts";
import { readTrustedFile } from "../../config/trust.ts";
import { Attempts } from "../../report/attempts.ts";
import { type Failure, fail } from "../../report/failure.ts";
import { printable } from "../../report/text.ts";
import { loadSteps } from "../../steps/index.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads, YamlNode } from "../../sys/native.ts";
import { unifiedDiff } from "../rewrite/diff.ts";
import { type Rewritten, replaceFile } from "../rewrite/replace.ts";
import { formatted } from "./proved.ts";

export interface FmtOptions {
	readonly check?: boolean;
	readonly diff?: boolean;
}

interface Text {
	/** `-` is standard input. */
	readonly file: string;
	readonly path: string;
	readonly before: string;
}

/** Brings files into form, one after the other, and names those that were not. Whether there is one that is to be changed, where none is. */
export async function fmt(host: Host, files: readonly string[], options: FmtOptions): Promise<boolean> {
	const errors = new Attempts();
	let isAnyChanged = false;
	for (const file of files) {
		const text = errors.attempt(() => readText(host, file));
		const fault = text === undefined ? undefined : await faultOf(host, text);
		const isChanged = errors.attempt(() => text !== undefined && write(host, text, fault, options));
		isAnyChanged ||= isChanged === true;
	}
	errors.end();
	return isAnyChanged && (options.check === true || options.diff === true);
}

function readText(host: Host, file: string): Text {
	return file === "-"
		? { file, path: "standard input", before: readStandardInput(host) }
		: { file, path: file, before: readTrustedFile(host, file, host.getresuid()[1] === 0) };
}

/** Comments alone are a configuration. */
function isNothing(parsed: YamlNode | undefined): parsed is undefined {
	return parsed === undefined || (parsed.kind === "scalar" && parsed.plain && parsed.text === "");
}

/** What is no YAML is told as everywhere, and what is somebody else's is neither written nor shown. */
async function faultOf(host: Host, { path, before }: Text): Promise<Failure | undefined> {
	const parsed = host.parseYaml(before);
	if (parsed?.kind === "fault") {
		return noDocument(before, path, parsed, host, loadSteps);
	}
	return isNothing(parsed) ? undefined : othersDocument(before, path, parsed, loadSteps, host);
}

/** Whether it was not in form. */
function write(host: Host, { file, path, before }: Text, fault: Failure | undefined, { check, diff }: FmtOptions): boolean {
	if (fault !== undefined) {
		throw fault;
	}
	const rewritten: Rewritten = { path, before, after: formatted(host, before, path) };
	const isChanged = rewritten.after !== before;
	const isDry = check === true || diff === true;
	if (file === "-" && !isDry) {
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
function readStandardInput(reads: Reads, limit: number = sizeLimit): string {
	const text = reads.readAll(0, limit);
	if (typeof text === "number") {
		const isLong = text === -errno.EFBIG;
		fail(isLong ? "CONFIG_TOO_LARGE" : "CONFIG_UNREADABLE", isLong ? `larger than ${limit / 1024} KiB` : "cannot be read", {
			where: "standard input",
		});
	}
	return text;
}
