import { pointAt } from "../../cli/point-at.ts";
import type { Config } from "../../config/config.ts";
import type { SeccompSources } from "../../confine/seccomp/filter.ts";
import { loadSeccomp } from "../../confine/seccomp/index.ts";
import { isBuiltIn, type SeccompSetting } from "../../confine/seccomp/setting.ts";
import { baseName } from "../../files/path-text.ts";
import { readStoredBeside, storedBeside } from "../../plan/seccomp.ts";
import { type Diagnostic, Failure } from "../../report/failure.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { type ConfiguredFilter, configuredFilter } from "../seccomp/configured.ts";
import { trustedReader } from "../seccomp/files.ts";
import { machineOf } from "../seccomp/judge.ts";
import type { StoredFacts } from "./lint/rule.ts";

/** The file that is checked. */
export interface Checked {
	readonly file: string;
	readonly text: string;
	readonly config: Config;
	/** Whether this is the image that it belongs to. */
	readonly isImage: boolean;
}

export interface FilterFacts {
	/** For the rules that look at one. */
	readonly filter?: ConfiguredFilter | undefined;
	/** What a start would find wrong with it. */
	readonly faults: readonly Diagnostic[];
	readonly stored?: StoredFacts | undefined;
	/** The profile that is not there, of a file that lies alone. */
	readonly unread?: string | undefined;
}

/** The filter that is configured, made as a start would. Of a profile that is only there in the image, a file alone says nothing. */
export async function filterFacts(reads: Reads, checked: Checked): Promise<FilterFacts> {
	const read = profileReader(reads, checked);
	try {
		const filter = configuredFilter(checked.config, machineOf(reads), read);
		if (filter !== undefined) {
			const [, , release, , machine] = reads.uname();
			const sources = { machine, release, readProfile: (path: string) => read(path).text };
			(await loadSeccomp(filter.setting, { ...sources, readStored: () => undefined })).filterFor(filter.reader.kept);
			return { filter, faults: [], stored: checked.isImage ? await storedFacts(reads, checked, filter, sources) : undefined };
		}
		return { filter, faults: [] };
	} catch (error) {
		if (error instanceof Failure) {
			const { profile } = (checked.config.rows["seccomp"] ?? {}) as Partial<SeccompSetting>;
			const isAbsent = error.diagnostics.some(({ code }) => code === "CONFIG_NOT_FOUND");
			const unread = !checked.isImage && isAbsent && typeof profile === "object" ? profile.path : undefined;
			return { unread, faults: faultsIn(error, reads, checked) };
		}
		throw error;
	}
}

/** As a start looks for it. Throws a Failure for one that it does not believe. */
async function storedFacts(
	reads: Reads,
	{ file }: Checked,
	{ setting }: ConfiguredFilter,
	sources: Omit<SeccompSources, "readStored">,
): Promise<StoredFacts | undefined> {
	if (isBuiltIn(setting)) {
		return undefined;
	}
	const path = storedBeside(file);
	const isThere = typeof reads.statat(AT.FDCWD, path, 0) !== "number";
	let unused: string | undefined;
	const note = (message: string) => {
		unused = message;
	};
	const readStored = () => readStoredBeside(file, trustedReader(reads));
	await loadSeccomp(setting, { ...sources, isReview: true, readStored, note });
	return { path, isThere, unused };
}

/** Beside the file under its own name, where it is not where the image has it. */
function profileReader(reads: Reads, { file, isImage }: Checked): (path: string) => { readonly file: string; readonly text: string } {
	const readTrusted = trustedReader(reads);
	const isThere = (path: string) => typeof reads.statat(AT.FDCWD, path, 0) !== "number";
	return (path) => {
		const beside = `${file.slice(0, file.lastIndexOf("/") + 1)}${baseName(path)}`;
		const found = isImage || isThere(path) || !isThere(beside) ? path : beside;
		return { file: found, text: readTrusted(found) };
	};
}

/** In the image, the plan has told already that it is not there. */
function faultsIn(failure: Failure, reads: Reads, { file, text, config }: Checked): readonly Diagnostic[] {
	const options = { values: new Map(), command: [] };
	const pointed = pointAt(failure, { file, path: file, text, options, stepsOfFile: config.setup.length, added: [] }, reads);
	return pointed.diagnostics.filter(({ code }) => code !== "CONFIG_NOT_FOUND");
}
