import type { Identity } from "../identity/identity.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { AT, O, S } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import type { Reads } from "../sys/native.ts";
import { withDescriptor } from "../sys/observe.ts";
import { absolutePath, UntrustedLink, walkTrusted } from "../sys/paths.ts";
import type { ChildIdentity } from "./child-identity.ts";
import { mayWrite } from "./usable.ts";

export interface Lookup {
	readonly reads: Reads;
	/** Directories with colons between. */
	readonly path: string | undefined;
	readonly workdir: string;
}

/** Where a program of a step is: a name without a slash is looked for in `path`. */
export function findProgram(name: string, { reads, path = "", workdir }: Lookup): string {
	if (name.includes("/")) {
		return absolutePath(name, workdir);
	}
	const directories = path.split(":").filter((directory) => directory.startsWith("/"));
	const found = directories.map((directory) => `${directory.replace(/\/+$/, "")}/${name}`).find((each) => isProgram(reads, each));
	return (
		found ??
		fail("STEP_FAILED", `${quoted(name)} is not in ${directories.join(":") || "PATH, which is empty"}`, {
			remedy: ["write the whole path of the program"],
		})
	);
}

/** A regular file that somebody may execute. */
export function isProgram(reads: Reads, path: string): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat !== "number" && (stat.mode & S.IFMT) === S.IFREG && (stat.mode & 0o111) !== 0;
}

/** Who may write a program decides what it does, so one that has more than the workload must not be the workload's to write. */
export function refuseWritableProgram(
	reads: Reads,
	program: string,
	has: { readonly identity: ChildIdentity; readonly capabilities: readonly string[] },
	target: Identity,
): void {
	const hasNoMore = has.identity.uid === target.uid && has.capabilities.length === 0;
	if (hasNoMore || target.uid === 0) {
		return;
	}
	const remedy = ["keep it in the image, owned by root, or run it with user: target and no capabilities"];
	const refuse = (what: string): never =>
		fail("STEP_FAILED", `${quoted(program)} is not run with more than the workload has: ${what}`, { remedy });
	// What a script names in its first line is what the kernel runs, and that may be a script again. execve(2)
	for (let each: string | undefined = program, depth = 0; each !== undefined; each = interpreterOf(reads, each), depth++) {
		if (!each.startsWith("/") || depth === mostInterpreters) {
			refuse(`its interpreter ${quoted(each)} is no absolute path, or a script of a script of a script`);
		}
		refuseWritablePath(reads, each, target, refuse);
	}
}

const mostInterpreters = 4;

function refuseWritablePath(reads: Reads, program: string, target: Identity, refuse: (what: string) => never): void {
	try {
		const fd = walkTrusted(reads, program, O.PATH, {
			visit: (stat, path) => mayWrite(stat, target) && refuse(`the workload can write to ${quoted(path)}`),
		});
		if (fd >= 0) {
			reads.close(fd);
		} else if (fd !== -errno.ENOENT) {
			refuse("its path cannot be looked at");
		}
	} catch (error) {
		if (error instanceof UntrustedLink) {
			refuse(error.message);
		}
		throw error;
	}
}

/** The kernel looks at no more. */
const headLength = 256;

function interpreterOf(reads: Reads, program: string): string | undefined {
	const fd = reads.openRead(AT.FDCWD, program, O.RDONLY | O.NONBLOCK, 0);
	const head = fd < 0 ? fd : withDescriptor(reads, fd, () => reads.read(fd, headLength));
	return typeof head === "string" ? /^#![ \t]*([^ \t\n\0]+)/.exec(head)?.[1] : undefined;
}
