import { configFile } from "../../cli/load.ts";
import type { OptionName } from "../../cli/option-table.ts";
import type { Config } from "../../config/config.ts";
import { parseConfig } from "../../config/parse.ts";
import { readTrustedFile } from "../../config/trust.ts";
import { isDirectory } from "../../files/kind.ts";
import { absolutePath, isWithin } from "../../files/path-text.ts";
import { defaultPath } from "../../files/search-path.ts";
import { fromRoot } from "../../files/walk.ts";
import { readAccounts } from "../../identity/account-files.ts";
import { parseEnvironment } from "../../plan/environment.ts";
import { assumedVariables } from "../../plan/imagined/assumed.ts";
import { type Image, imaginedReads } from "../../plan/imagined/imagined-reads.ts";
import { everybodysRoot, type ImaginedStart } from "../../plan/imagined/imagined-start.ts";
import type { WordedStart } from "../../plan/imagined/named-starts.ts";
import { ownersHere, ownersIn } from "../../plan/imagined/owners.ts";
import { parseStart } from "../../plan/imagined/start-words.ts";
import { homeIn, startIn, workloadUser } from "../../plan/imagined/who.ts";
import { fail } from "../../report/failure.ts";
import type { Screen } from "../../report/terminal.ts";
import { quoted } from "../../report/text.ts";
import { treesGivenAway } from "../../steps/facts.ts";
import { loadSteps } from "../../steps/index.ts";
import { AT } from "../../sys/constants.ts";
import { nameOfEntry } from "../../sys/environ.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host, Reads } from "../../sys/native.ts";

export interface Wish {
	/** The unpacked image; this root where none is given. */
	readonly root?: string | undefined;
	/** The start in words; Docker's where none is given. */
	readonly as?: string | undefined;
	/** `NAME=value` of that start, or a NAME of here. */
	readonly env?: readonly string[] | undefined;
	readonly file: string | undefined;
}

/** What a plan for another start is made with. */
export interface Imagined {
	/** As that start would find everything. */
	readonly host: Host;
	/** Whose terminal is printed to: the variables of that start say nothing of it. */
	readonly screen: Screen;
	/** The configuration file, as that start would name it. */
	readonly file: string | undefined;
	/** Of a file that lies here and not in the image. */
	readonly text: string | undefined;
	/** Variables that it has to be given, with the values that stand for what nobody knows here. */
	readonly assumed: ReadonlyMap<string, string>;
	readonly notes: readonly string[];
	/** Of /proc/sys, by their paths; of all others they are this machine's. */
	readonly settings: WordedStart["settings"];
	/** Who would make it, and of which level it is, where its words say so. */
	readonly as: Pick<WordedStart, "runtime" | "level">;
}

/** Everything in the order in which the one needs the other: the image, the file, its variables, who starts, and what that one sees. */
export async function imagine(host: Host, wish: Wish): Promise<Imagined> {
	const worded = parseStart(wish.as ?? "docker");
	const image = imageOf(host, wish.root);
	const given = environmentOf(host, wish);
	const byRoot = (environment: readonly string[]) => imaginedReads(host, image, everybodysRoot, environment);
	const { file, text } = fileOf(host, wish);
	const found = (user: string | undefined) => startIn({ ...worded, user: worded.user ?? user ?? "1000:1000" }, readAccounts(byRoot(given)));
	const written = text ?? textOf(byRoot(given), file, isRootOrAny(worded));
	const parse = (environment: ReadonlyMap<string, string>) =>
		parseConfig(written, file ?? "", { reads: byRoot([]), environment, loadSteps, unasked: "all" });
	const assumed = await assumedVariables(written, parseEnvironment(given), parse);
	const all = [...given, ...[...assumed].map(([name, value]) => `${name}=${value}`)];
	const who = found(worded.user ?? (await workloadUser(() => parse(parseEnvironment(all)), byRoot(all))));
	const start = {
		...who,
		volumes: [...who.volumes, ...(assumed.size === 0 ? [] : await assumedTrees(() => parse(parseEnvironment(all)), assumed))],
	};
	const reads = imaginedReads(host, image, start, [...all, `HOME=${homeIn(readAccounts(byRoot(all)), start.uid)}`]);
	return {
		host: Object.assign(reads as Host, output(host)),
		screen: host,
		file,
		text,
		assumed,
		notes: notesOf(image, assumed),
		settings: worded.settings,
		as: wish.as === undefined ? {} : worded,
	};
}

/** What is printed goes where it goes. */
function output(host: Host): Pick<Host, "write" | "exit"> {
	return { write: (fd, text) => host.write(fd, text), exit: (status) => host.exit(status) };
}

/** A tree that a step gives away is there, wherever it is going to be. */
async function assumedTrees(config: () => Promise<Config>, assumed: ReadonlyMap<string, string>): Promise<ImaginedStart["volumes"]> {
	const { setup } = await config();
	const isAssumed = (path: string) => [...assumed.values()].some((value) => value.length > 1 && path.includes(value));
	return setup.flatMap(treesGivenAway).flatMap((path) => (isAssumed(path) ? [{ path: path.replace(/\/+$/, ""), type: "ext4" }] : []));
}

function imageOf(host: Host, root: string | undefined): Image {
	const directory = root === undefined ? "/" : absolutePath(root, fromRoot(host, "."));
	const stat = host.statat(AT.FDCWD, directory, 0);
	if (typeof stat === "number" || !isDirectory(stat)) {
		fail("USAGE", `--root ${quoted(directory)}: ${typeof stat === "number" ? errnoText("open", stat).message : "is not a directory"}`, {
			remedy: ["unpack the image first: mkdir DIR, docker export CONTAINER | tar -x -C DIR"],
		});
	}
	return { directory, owners: root === undefined ? ownersHere : ownersIn(host, directory), program: programIn(host, directory) };
}

const usualPlaces = ["/abdicate", "/usr/local/bin/abdicate", "/usr/bin/abdicate", "/bin/abdicate", "/sbin/abdicate"];

function programIn(reads: Reads, directory: string): string {
	const isThere = (path: string) =>
		typeof reads.statat(AT.FDCWD, `${directory === "/" ? "" : directory}${path}`, AT.SYMLINK_NOFOLLOW) !== "number";
	return usualPlaces.find(isThere) ?? "/abdicate";
}

/** What a runtime gives; of this very root that is here. The last word about a name counts. */
function environmentOf(host: Host, { root, env = [] }: Wish): string[] {
	const here = host.environ();
	const isHere = root === undefined;
	const base = isHere ? here : [`PATH=${defaultPath}`, `HOSTNAME=${host.uname()[1]}`];
	const more = env.flatMap((each) => (each.includes("=") ? [each] : here.filter((entry) => nameOfEntry(entry) === each)));
	return [...base.filter((entry) => !["HOME", ...more.map(nameOfEntry)].includes(nameOfEntry(entry))), ...more];
}

/** A file below DIR is the image's: a link there must not lead out of it, whoever asks. */
function fileOf(host: Host, { root, file }: Wish): Pick<Imagined, "file" | "text"> {
	if (root === undefined || file === undefined) {
		return { file, text: undefined };
	}
	const [directory, path] = [root, file].map((each) => absolutePath(each, fromRoot(host, "."))) as [string, string];
	return isWithin(path, directory)
		? { file: path.slice(directory === "/" ? 0 : directory.length), text: undefined }
		: { file, text: readTrustedFile(host, file, false) };
}

/** Empty where there is none, which the plan then says. */
function textOf(reads: Reads, file: string | undefined, privileged: boolean): string {
	const values = new Map<OptionName, string[]>(file === undefined ? [] : [["config", [file]]]);
	const path = configFile({ values }, { reads, environment: parseEnvironment(reads.environ()) });
	return path === undefined ? "" : readTrustedFile(reads, path, privileged);
}

function isRootOrAny({ user }: WordedStart): boolean {
	return user !== undefined && /^(?:0|root)?(?::|$)/.test(user);
}

function notesOf({ owners }: Image, assumed: ReadonlyMap<string, string>): string[] {
	return [
		...(owners.unpackedBy === undefined
			? []
			: [
					`uid ${owners.unpackedBy} has unpacked the image and owns all of it, which counts as root's here: who owned what is not known; unpacked by root it is`,
				]),
		...(assumed.size === 0
			? []
			: [
					`assumed, because nothing sets them here: ${[...assumed.keys()].map((name) => `\${${name}}`).join(", ")}; --env NAME=VALUE gives one`,
				]),
	];
}
