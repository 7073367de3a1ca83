import { elfInterpreter } from "../../files/elf-interpreter.ts";
import { isDirectory, isRegular } from "../../files/kind.ts";
import { absolutePath, baseName } from "../../files/path-text.ts";
import { isExecutable } from "../../files/permissions.ts";
import { headBytes, parseShebang, readHead } from "../../files/shebang.ts";
import { Failure, fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { operand } from "../../report/shell.ts";
import { quoted } from "../../report/text.ts";
import { wordsApart } from "../../report/yaml.ts";
import { AT } from "../../sys/constants.ts";
import { errno, saysAbsent } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { errnoOf } from "../../sys/observe.ts";
import type { Obstacle, StepProgram } from "../step.ts";
import { parseEnvCommand } from "./env-command.ts";
import { takenScript } from "./script-argument.ts";
import { type ChildPower, hasMore, leadsThroughProc } from "./shapers.ts";
import { contentShaperOf } from "./taken.ts";

export interface Lookup {
	readonly reads: Reads;
	/** Directories with colons between. */
	readonly path: string | undefined;
	readonly workdir: string;
	/** What was taken from `path`, as a remedy tells it. */
	readonly leftOut?: readonly string[];
}

/** Where a program of a step is: a name without a slash is looked for in `path`. */
export function findProgram(name: string, { reads, path = "", workdir, leftOut = [] }: Lookup): string {
	if (name.includes("/")) {
		return absolutePath(name, workdir);
	}
	const found = onPath(reads, name, path);
	if (found === undefined) {
		const { message, remedy } = notOnPath(name, path, leftOut);
		fail("STEP_FAILED", message, { remedy });
	}
	return found;
}

function notOnPath(name: string, path: string, leftOut: readonly string[]): Problem {
	return {
		message: `${quoted(name)} is not in ${directoriesOf(path).join(":") || "PATH, which is empty"}`,
		remedy: [
			...wordsApart(name),
			...leftOut,
			"install it in the image, or write its whole path",
			"or say where it is: env: {PATH: ...} of the step",
		],
	};
}

/** That a step's program is nowhere. What one is that is there, others look at who only ask. */
export function programObstacles(name: string, { reads, path = "", workdir, leftOut = [] }: Lookup): Obstacle[] {
	const at = placesOf(name, { path, workdir });
	if (at.some((each) => isProgram(reads, each))) {
		return [];
	}
	if (!name.includes("/")) {
		return [{ ...notOnPath(name, path, leftOut), at }];
	}
	return at.flatMap((path) =>
		unexecutable(path, reads).map((each) => ({ ...each, remedy: [...wordsApart(name), ...(each.remedy ?? [])], at })),
	);
}

/** Where it cannot be looked at, whoever runs it may see it, or else says in its turn what was met. */
function unexecutable(path: string, reads: Reads): Obstacle[] {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const code = errnoOf(stat);
	if (typeof stat === "number") {
		const remedy = ["install it in the image, or write the path that it has"];
		const refused = { call: "execve", code, path };
		return saysAbsent(code) || code === errno.ELOOP ? [{ message: `${quoted(path)} does not exist`, remedy, refused }] : [];
	}
	const cannot = `${quoted(path)} cannot be executed: `;
	return isRegular(stat)
		? [
				{
					message: `${cannot}the execute permission is not set`,
					remedy: [`chmod +x ${operand(path)} in the image; a step that makes it: mode: "0755"`],
				},
			]
		: [
				{
					message: `${cannot}it is ${isDirectory(stat) ? "a directory" : "not a regular file"}`,
					remedy: ["write the path of the program itself"],
				},
			];
}

/** As a look: none when it is not found, which is told when the step runs. */
export function foundProgram([name, ...words]: Words, its: Omit<StepProgram, "argv">, reads: Reads): StepProgram[] {
	try {
		return [{ ...its, argv: [findProgram(name, { reads, path: its.path, workdir: its.workdir }), ...words] }];
	} catch (error) {
		if (error instanceof Failure) {
			return [];
		}
		throw error;
	}
}

/** All the places where it may be. */
export function placesOf(name: string, { path = "", workdir }: Pick<Lookup, "path" | "workdir">): string[] {
	return name.includes("/") ? [absolutePath(name, workdir)] : onEach(path, name);
}

/** Those of PATH that say where they are. */
export function directoriesOf(path: string): string[] {
	return path.split(":").filter((directory) => directory.startsWith("/"));
}

function onPath(reads: Reads, name: string, path: string): string | undefined {
	return onEach(path, name).find((each) => isProgram(reads, each));
}

function onEach(path: string, name: string): string[] {
	return directoriesOf(path).map((directory) => `${directory.replace(/\/+$/, "")}/${name}`);
}

/** A regular file that somebody may execute. */
export function isProgram(reads: Reads, path: string): boolean {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat !== "number" && isRegular(stat) && isExecutable(stat);
}

type Words = readonly [string, ...string[]];

/**
 * Who may write a program decides what it does, so one that has more than the workload must be root's to write, with all that runs in
 * its place: interpreters, what env finds, the script that an interpreter is given, the dynamic loader.
 */
export function refuseShapedProgram(argv: Words, lookup: Lookup, child: ChildPower): void {
	if (!hasMore(child)) {
		return;
	}
	const { reads } = lookup;
	const refuse: Refuse = (what, ...remedy) =>
		fail("STEP_FAILED", `${quoted(argv[0])} is not run with more than the workload has: ${what}`, {
			remedy:
				remedy.length > 0
					? remedy
					: [
							"let only root write there, by chown root:root and chmod go-w in the image",
							"or run it with user: target and no capabilities",
						],
		});
	const seen = new Set<string>();
	const judge = (path: string): void => {
		const shaper = seen.has(path) ? undefined : contentShaperOf(reads, path, child);
		seen.add(path);
		if (shaper !== undefined) {
			refuse(path === argv[0] ? shaper : `it would run ${quoted(path)}, and ${shaper}`);
		}
	};
	let call: Call | undefined = { argv, path: lookup.path };
	for (let depth = 0; call !== undefined; depth++) {
		if (depth === mostSteps) {
			refuse("it is a script of a script of a script");
		}
		judge(call.argv[0]);
		call = inPlaceOf(call, lookup, judge, refuse);
	}
}

/** The kernel follows five scripts; env and BusyBox may stand between them. */
const mostSteps = 12;
/** The name of the loader stands behind the program headers, at the beginning of the file. */
const loaderBytes = 4096;

interface Call {
	readonly argv: Words;
	readonly path: string | undefined;
}

type Refuse = (what: string, ...remedy: string[]) => never;

/** What the kernel, or a program that only runs others, runs next. */
function inPlaceOf({ argv, path }: Call, { reads, workdir }: Lookup, judge: (path: string) => void, refuse: Refuse): Call | undefined {
	const [program, ...words] = argv;
	const head = readHead(reads, program, loaderBytes);
	if (typeof head === "number") {
		const isNoProgram = head === -errno.ENOENT || head === -errno.EISDIR;
		return isNoProgram ? undefined : refuse(`what ${quoted(program)} begins with cannot be read`);
	}
	const script = parseShebang(head.slice(0, headBytes));
	if (script !== undefined) {
		const { interpreter, argument } = script;
		if (!interpreter.startsWith("/")) {
			refuse(`its interpreter ${quoted(interpreter)} is no absolute path`);
		}
		return { argv: [interpreter, ...(argument === undefined ? [] : [argument]), ...argv], path };
	}
	const loader = elfInterpreter(head);
	if (loader !== undefined) {
		judge(loader);
	}
	const [name, rest] = appletOf(program, words);
	if (isLoader(name)) {
		refuse("it is the dynamic loader, which runs what it is given", "write the program itself, without the loader");
	}
	const taken = takenScript(name, rest, { reads, workdir });
	if (taken !== undefined) {
		judge(taken);
	}
	if (name === "env") {
		return runByEnv(rest, { reads, path, workdir }, refuse);
	}
	return launchers.includes(name) ? launchedBy(rest, { reads, path, workdir }) : undefined;
}

/** Known programs that run the program that is among their arguments. */
const launchers =
	"nice ionice chrt taskset numactl timeout time setsid nohup stdbuf unbuffer setpriv capsh setarch linux32 linux64 flock chroot unshare nsenter xargs find run-parts start-stop-daemon strace ltrace prlimit sudo su su-exec gosu tini dumb-init catatonit runuser".split(
		" ",
	);

/** The first argument that is a program: what stands before it are options and their values. */
function launchedBy(words: readonly string[], { reads, path = "", workdir }: Lookup): Call | undefined {
	for (const [index, word] of words.entries()) {
		const found = word.includes("/") ? absolutePath(word, workdir) : onPath(reads, word, path);
		if (!word.startsWith("-") && found !== undefined && (isProgram(reads, found) || leadsThroughProc(reads, found))) {
			return { argv: [found, ...words.slice(index + 1)], path };
		}
	}
	return undefined;
}

function isLoader(name: string): boolean {
	return /^ld(?:-linux|-musl|64)?[^/]*\.so(?:\.|$)/.test(name);
}

function runByEnv(words: readonly string[], { reads, path, workdir }: Lookup, refuse: Refuse): Call | undefined {
	const found = parseEnvCommand(words, path);
	if (typeof found === "string") {
		refuse(found, "write the whole path of the interpreter after #!, without env");
	}
	return found && { ...found, argv: [findProgram(found.argv[0], { reads, path: found.path, workdir }), ...found.argv.slice(1)] };
}

/** BusyBox and Toybox are what their first word says when they are called by their own name. */
function appletOf(program: string, words: readonly string[]): [string, readonly string[]] {
	const name = baseName(program);
	const [applet, ...rest] = words;
	return /^(busybox|toybox)/.test(name) && applet !== undefined ? appletOf(applet, rest) : [name, words];
}
