import { destination } from "../files/destination.ts";
import { elfInterpreter } from "../files/elf-interpreter.ts";
import { isRegular } from "../files/kind.ts";
import { isOfRootAlone } from "../files/open.ts";
import { absolutePath, baseName } from "../files/path-text.ts";
import { defaultPath } from "../files/search-path.ts";
import { headBytes, parseShebang, readHead } from "../files/shebang.ts";
import { doubtAbout } from "../files/trust.ts";
import { UntrustedLink, walk } from "../files/walk.ts";
import { parseEnvCommand } from "../steps/programs/env-command.ts";
import { AT } from "../sys/constants.ts";
import type { Reads, Stat } from "../sys/native.ts";

/** A file that is executed when the command is. */
export interface CommandFile {
	readonly path: string;
	/** Without a link on the way. */
	readonly leadsTo: string;
	readonly stat: Stat;
	/** As messages call it. */
	readonly what: string;
	/** Root alone has chosen it: every link on the way is root's, and so is each file that names it. */
	readonly isChosenByRoot: boolean;
}

export interface Search {
	readonly reads: Reads;
	/** The PATH of the workload. */
	readonly path: string | undefined;
	readonly workdir: string;
}

interface Asked {
	readonly path: string;
	readonly what: string;
	/** What it is given. */
	readonly words: readonly string[];
	readonly isChosenByRoot: boolean;
}

/** The loader's name stands behind the program headers. */
const loaderBytes = 4096;
/** A script whose interpreter is a script, and so on, each by way of env(1) and with a loader. */
const mostFiles = 16;

/** The program at a path, the interpreters of its `#!` lines, what env(1) runs for them, and their dynamic loaders, as far as they are there. execve(2) */
export function commandFiles(path: string, words: readonly string[], search: Search): CommandFile[] {
	const found: CommandFile[] = [];
	const asked: Asked[] = [{ path: absolutePath(path, search.workdir), what: "the command", words, isChosenByRoot: true }];
	for (let next = asked.shift(); next !== undefined && found.length < mostFiles; next = asked.shift()) {
		const stat = search.reads.statat(AT.FDCWD, next.path, 0);
		if (typeof stat === "number" || !isRegular(stat)) {
			continue;
		}
		const { leadsTo, by } = wayTo(search.reads, next.path);
		const isChosenByRoot = next.isChosenByRoot && by !== "led";
		found.push({ path: next.path, stat, what: next.what, leadsTo, isChosenByRoot });
		asked.push(...askedBy({ ...next, isChosenByRoot: isChosenByRoot && by === "root" }, search));
	}
	return found;
}

/** `root`: the file and its whole way are root's alone. `changeable`: the file, or a directory above, is not. `led`: a link on the way is not. */
function wayTo(reads: Reads, path: string): { readonly leadsTo: string; readonly by: "root" | "changeable" | "led" } {
	try {
		const found = walk(reads, path, { mayFollow: isOfRootAlone }, ({ place, isFixed }) => ({
			leadsTo: place.path,
			by: isFixed && doubtAbout(place) === undefined ? ("root" as const) : ("changeable" as const),
		}));
		return typeof found === "number" ? { leadsTo: destination(reads, path), by: "changeable" } : found;
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return { leadsTo: destination(reads, path), by: "led" };
		}
		throw error;
	}
}

/** What a file has executed. */
function askedBy({ path, what, words, isChosenByRoot }: Asked, search: Search): Asked[] {
	const head = readHead(search.reads, path, loaderBytes);
	if (typeof head === "number") {
		return [];
	}
	const script = parseShebang(head.slice(0, headBytes));
	if (script !== undefined) {
		const given = [...(script.argument === undefined ? [] : [script.argument]), path, ...words];
		const interpreter = absolutePath(script.interpreter, search.workdir);
		return [{ path: interpreter, what: `the interpreter of ${what}`, words: given, isChosenByRoot }];
	}
	const loader = elfInterpreter(head);
	return [
		...(loader === undefined
			? []
			: [{ path: absolutePath(loader, search.workdir), what: `the dynamic loader of ${what}`, words: [], isChosenByRoot }]),
		...(baseName(path) === "env" ? runByEnv({ path, what, words, isChosenByRoot }, search) : []),
	];
}

function runByEnv({ what, words, isChosenByRoot }: Asked, { reads, path, workdir }: Search): Asked[] {
	const command = parseEnvCommand(words, path ?? defaultPath);
	if (typeof command !== "object") {
		return [];
	}
	const [name, ...rest] = command.argv;
	const places = name.includes("/") ? [name] : (command.path ?? "").split(":").map((directory) => `${directory || "."}/${name}`);
	const at = places.map((each) => absolutePath(each, workdir)).find((each) => typeof reads.statat(AT.FDCWD, each, 0) !== "number");
	return at === undefined
		? []
		: [{ path: at, what: `what ${what.replace(/^the interpreter of /, "")} is run with by env`, words: rest, isChosenByRoot }];
}
