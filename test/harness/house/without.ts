import { errno } from "../../../src/sys/errno.ts";

/** Numbers on x86_64, and of what is one call of many the first argument. */
const calls = {
	chmod: [90],
	close_range: [436],
	copy_file_range: [326],
	faccessat2: [439],
	fchmodat2: [452],
	fsconfig: [431],
	fsmount: [432],
	fsopen: [430],
	keyctl: [250],
	landlock_create_ruleset: [444],
	landlock_restrict_self: [446],
	mount: [165],
	mount_setattr: [442],
	move_mount: [429],
	open_tree: [428],
	openat2: [437],
	pidfd_open: [434],
	prlimit64: [302],
	renameat2: [316],
	seccomp: [317],
	sendfile: [40],
	statx: [332],
	"prctl PR_CAP_AMBIENT": [157, 47],
	"prctl PR_GET_SECUREBITS": [157, 27],
	"prctl PR_SET_SECUREBITS": [157, 28],
} as const satisfies Readonly<Record<string, readonly [number: number, argument?: number]>>;

export type Call = keyof typeof calls;

/** What a filter answers for a call. */
export type Without = Readonly<Partial<Record<Call, "ENOSYS" | "EPERM" | "EINVAL" | "EOPNOTSUPP" | "OK">>>;

/** The operations that take the calls away. */
export function withoutOperations(without: Without): string[] {
	return Object.entries(without).flatMap(([call, answer]) => {
		const [number, argument = "any"] = calls[call as Call] as readonly [number, number?];
		return ["without", `${number}`, `${argument}`, `${answer === "OK" ? 0 : errno[answer]}`];
	});
}
