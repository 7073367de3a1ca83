import { effectiveFileCapabilities } from "../capability/file-capabilities.ts";
import { grantRemedy } from "../capability/grant.ts";
import { capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import { programFault } from "../files/program-file.ts";
import { thisViewer } from "../files/this-process.ts";
import type { Problem } from "../report/problem.ts";
import { operand } from "../report/shell.ts";
import { processLimit } from "../steps/common/process-limits.ts";
import { AT, O } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import { errnoMeaning } from "../sys/errno-meaning.ts";
import type { ExecRefused } from "../sys/exec-refused.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { tooLarge } from "./exec-words.ts";

/** Whose program it was: what to change stands in another place. */
export type Whose = "step" | OfDropIn | OfWorkload;

interface MayBeWalled {
	/** Landlock stands around the files. */
	readonly isWalled?: boolean;
}

interface OfDropIn extends MayBeWalled {
	readonly isDropIn: true;
	readonly context?: never;
}

/** `bounding` is what the start had, `context` what the exec was to give. */
export interface OfWorkload extends MayBeWalled {
	readonly isDropIn?: never;
	readonly bounding: CapabilitySet;
	readonly context?: string | undefined;
}

/** A program that the kernel would not execute, or will not. */
type Refused = Pick<ExecRefused, "path" | "errno" | "given" | "message">;

/** A refused execve with its reason, looked up in the files themselves by the process that was refused. execve(2) */
export function explainExec(reads: Reads, refused: Refused, whose: Whose): Problem {
	const reason = findReason(reads, refused, whose);
	return { ...reason, message: `${refused.message}: ${reason.message}` };
}

/** What the files themselves show. */
const byFiles: readonly number[] = [
	...[errno.EACCES, errno.ENOEXEC, errno.EINVAL, errno.ELIBBAD, errno.ENOENT],
	...[errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.EIO],
];

function findReason(reads: Reads, { path, errno: code, given }: Refused, whose: Whose): Problem {
	const found =
		code === errno.EPERM
			? withheldFile(reads, path, whose)
			: code === errno.E2BIG
				? tooLarge(reads, given)
				: byFiles.includes(code)
					? programFault(reads, path, observeExecutor(reads), code === errno.ENOEXEC)
					: undefined;
	if (found !== undefined) {
		return { message: found.message, remedy: found.remedy };
	}
	if (whose !== "step" && whose.context !== undefined && (code === errno.EACCES || code === errno.EPERM)) {
		return contextRefused(whose.context, code);
	}
	if (code === errno.EAGAIN) {
		return processLimit(reads, "execve") ?? (errnoMeaning("execve", code) as Problem);
	}
	if (code === errno.EACCES && whose !== "step" && whose.isWalled) {
		return {
			message: "landlock does not let it, its interpreter or its dynamic loader be executed, or a security module refused it",
			remedy: [
				whose.isDropIn
					? "a rule with execute and read-file for each of them, or a directory above"
					: "landlock: {execute: [...]} with each of them, or a directory above; plan shows what is open",
			],
		};
	}
	return code === errno.EACCES
		? { message: "a security module (AppArmor, SELinux) refused it, although its mode allows it" }
		: (errnoMeaning("execve", code) ?? { message: "the kernel refused the program" });
}

/** EPERM is what no_new_privs adds. selinux_bprm_creds_for_exec() of the kernel */
function contextRefused(context: string, code: number): Problem {
	return {
		message: `the SELinux policy does not let it become ${context}`,
		remedy:
			code === errno.EPERM
				? [
						"the policy has to allow the type of the start process2 nnp_transition",
						"or no_new_privileges: false in the configuration, if the policy is to be trusted alone",
					]
				: ["the policy has to allow the type of the start process transition, and file entrypoint for the program"],
	};
}

/** This process, which has tried. */
function observeExecutor(reads: Reads): Parameters<typeof programFault>[2] {
	const sets = reads.capget(0);
	const effective = typeof sets === "number" ? CapabilitySet.empty : CapabilitySet.fromBits(sets[0]);
	const workdir = reads.getcwd();
	return {
		viewer: thisViewer(reads),
		overrides: effective.has(capability("DAC_OVERRIDE")),
		workdir: typeof workdir === "number" ? "/" : workdir,
	};
}

/** A file whose capabilities are marked effective cannot start when the bounding set lacks one of them. capabilities(7) */
function withheldFile(reads: Reads, path: string, whose: Whose): Problem | undefined {
	const fd = reads.openRead(AT.FDCWD, path, O.PATH, 0);
	const marked = fd < 0 ? undefined : withDescriptor(reads, fd, () => effectiveFileCapabilities(reads, fd));
	const bounding = reads.capbsetReadAll();
	const missing = typeof bounding === "number" ? undefined : marked?.minus(CapabilitySet.fromBits(bounding[0]));
	if (marked === undefined || missing === undefined || missing.isEmpty) {
		return undefined;
	}
	const key = whose === "step" ? `capabilities: [${missing}] of the step` : `capabilities.keep_if_present: [${missing}]`;
	const ungiven = whose === "step" || whose.isDropIn ? CapabilitySet.empty : missing.minus(whose.bounding);
	// The bounding set of a drop-in is the caller's own affair.
	const kept = whose !== "step" && whose.isDropIn ? [] : [`${key} keeps them for ${whose === "step" ? "its program" : "the workload"}`];
	return {
		message: `the file has the capabilities ${marked} marked effective, and the bounding set lacks ${
			ungiven.isEmpty ? (missing.includes(marked) ? "them" : missing) : `${ungiven}, which the runtime has not given to this container`
		}`,
		remedy: [
			...(ungiven.isEmpty ? kept : [...grantRemedy(ungiven.names()), `with ${key} in the configuration, where it does not stand yet`]),
			`${kept.length === 0 && ungiven.isEmpty ? "" : "or "}take them from the file in the image: setcap -r ${operand(path)}`,
		],
	};
}
