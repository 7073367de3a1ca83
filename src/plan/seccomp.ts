import { refuseFilterWithGain } from "../confine/gain.ts";
import type { Behind } from "../confine/seccomp/behind.ts";
import type { Filter } from "../confine/seccomp/filter.ts";
import { loadSeccomp } from "../confine/seccomp/index.ts";
import { isBuiltIn, type SeccompSetting } from "../confine/seccomp/setting.ts";
import type { FilterPlanner, LoadedFilter } from "../departure/request.ts";
import type { Leaving } from "../departure/walls.ts";
import { isRegular } from "../files/kind.ts";
import { readHead } from "../files/shebang.ts";
import { Failure, fail } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { quoted } from "../report/text.ts";
import { AT } from "../sys/constants.ts";
import { errnoName } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { placeOf } from "./command.ts";

export interface FilterContext {
	readonly uname: ReturnType<Reads["uname"]>;
	/** Of the configuration; undefined when there is none. */
	readonly file: string | undefined;
	readonly isReview: boolean;
	/** A file that is believed as the configuration is. */
	readTrusted(path: string, limit?: number): string;
}

/** Where `abdicate compile` puts what it makes of a configuration. */
export function storedBeside(file: string): string {
	return `${file}.seccomp`;
}

/** As long as a profile, and its program in text. */
const storedLimit = 1024 * 1024;

/** docker-default allows nothing that a runtime's own usually does not. */
const filteredAlready = "seccomp: a filter of the runtime is there already: what that refuses stays refused, whatever ours allows";

/** The built-in profile is known for it, so that it need not be run. */
const everything: Behind = { execve: true, write: true, exit_group: true, explaining: true };

/** Loaded for a configuration with `seccomp`. */
export async function filterPlanner(
	setting: SeccompSetting,
	{ uname, file, isReview, readTrusted }: FilterContext,
): Promise<FilterPlanner> {
	const [, , release, , machine] = uname;
	const notes: string[] = [];
	const filters = await loadSeccomp(setting, {
		machine,
		release,
		isReview,
		readProfile: (path) => readProfile(path, readTrusted),
		readStored: () => (file === undefined ? undefined : readStoredBeside(file, readTrusted)),
		note: (message) => notes.push(`seccomp: ${message}`),
	});
	// docker-default as it is kills nothing.
	const behind = isBuiltIn(setting) ? undefined : await import("../confine/seccomp/behind.ts");
	return ({ warn, note }) =>
		(kernel, bounding, mayNotGain, leavesFor) => {
			notes.forEach(note);
			requireAble(kernel, mayNotGain);
			if (behind !== undefined && kernel.getSeccomp() > 0) {
				note(filteredAlready);
			}
			const filter = filters.filterFor(bounding);
			if (behind !== undefined && leavesFor !== undefined) {
				requireAlive(kernel, leavesFor, (head) => behind.killedFault(filter, head), behind.programHead);
			}
			// Not spread: the summary is put into words for who shows it.
			return Object.assign(filter, judge(filter, behind?.passesBehind(filter.program, machine) ?? everything, warn));
		};
}

/** Undefined where nothing is stored for the configuration. Throws a Failure for what is there and not believed. */
export function readStoredBeside(file: string, read: FilterContext["readTrusted"]): string | undefined {
	return ifThere(() => read(storedBeside(file), storedLimit));
}

/** Fails for a profile that is not there. */
export function readProfile(path: string, read: (path: string) => string): string {
	return ifThere(() => read(path)) ?? failAbsent(path);
}

function ifThere(read: () => string): string | undefined {
	try {
		return read();
	} catch (error) {
		if (error instanceof Failure && error.diagnostics[0].code === "CONFIG_NOT_FOUND") {
			return undefined;
		}
		throw error;
	}
}

function failAbsent(path: string): never {
	return fail("CONFIG_NOT_FOUND", `the profile ${quoted(path)} does not exist`, {
		where: "seccomp",
		remedy: ["COPY or mount it there, or name another; docker-default needs no file"],
	});
}

/** Of the command as it is there now, where no step may make it; scripts are followed by `plan` and `check` alone. */
function requireAlive(
	reads: Reads,
	{ command, workdir, mayMake }: Leaving,
	faultOf: (head: string) => Problem | undefined,
	programHead: number,
): void {
	const place = command && placeOf(command, workdir, reads);
	const stat = place === undefined || mayMake(place) ? -1 : reads.statat(AT.FDCWD, place, 0);
	// What is no file is not opened for this.
	const head = place === undefined || typeof stat === "number" || !isRegular(stat) ? -1 : readHead(reads, place, programHead);
	const fault = typeof head === "number" ? undefined : faultOf(head);
	if (fault !== undefined) {
		fail("COMMAND_NOT_EXECUTABLE", `${quoted(place ?? "")} cannot be executed: it ${fault.message}`, {
			where: "command",
			remedy: fault.remedy ?? [],
		});
	}
}

/** Whether the kernel would load a filter for this process at all. */
function requireAble(reads: Reads, mayNotGain: boolean): void {
	if (!mayNotGain) {
		refuseFilterWithGain();
	}
	const answer = reads.takesFilters();
	if (answer !== 0) {
		const name = errnoName(answer);
		fail("CALL_REFUSED", `no seccomp filter can be loaded: ${name}: ${lacks[name] ?? "the kernel refuses it"}`, {
			where: "seccomp",
			remedy: ["seccomp: none, or a kernel, and a filter of the runtime, that let seccomp(2) pass"],
		});
	}
}

const lacks: Readonly<Record<string, string>> = {
	ENOSYS: "this kernel does not have the call, or a filter of the runtime hides it",
	EINVAL: "this kernel was built without CONFIG_SECCOMP_FILTER",
	EPERM: "a filter of the runtime, or a security module, does not allow it",
};

/** Without execve it cannot be; without the others it can. */
function judge(
	{ profile }: Filter,
	{ execve, explaining, ...others }: Behind,
	warn: (message: string) => void,
): Pick<LoadedFilter, "explains"> {
	if (!execve) {
		fail("CONFIG_CONFLICT", `${profile} refuses execve, so that nothing could be started behind it`, {
			where: "seccomp",
			remedy: ["allow execve in the profile, or by `seccomp: {profile: ..., allow: [execve]}`"],
		});
	}
	for (const [name] of Object.entries(others).filter(([, passes]) => !passes)) {
		warn(`seccomp: ${profile} refuses ${name}: hardly a program does without, and why the command cannot be executed may stay unsaid`);
	}
	return { explains: explaining };
}
