import type { CommandConfig, Config } from "../config/config.ts";
import { baseName } from "../files/path-text.ts";
import { defaultPath } from "../files/search-path.ts";
import { fail } from "../report/failure.ts";
import { matches, matchesAny } from "../report/pattern.ts";
import { quoted } from "../report/text.ts";
import { wordsApart } from "../report/yaml.ts";
import { AT } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Reads } from "../sys/native.ts";
import { errnoOf } from "../sys/observe.ts";
import { askFor } from "./lack.ts";
import type { MayMake } from "./made.ts";
import type { CommandPlan } from "./plan.ts";

export interface ChosenCommand {
	readonly argv: readonly [string, ...string[]];
	/** Why no step is done for it. */
	readonly skipSetup: string | undefined;
}

/** The arguments given, completed by the configuration. */
export function chooseCommand(
	given: readonly string[],
	{ default: preset, prependIf, setupOnlyFor, skipSetupIf }: CommandConfig,
	lacks?: Config["lacks"],
): ChosenCommand {
	const [first] = given;
	const isPreset = first === undefined || matchesAny(first, prependIf);
	if (isPreset) {
		askFor("command.default", lacks);
	}
	const argv = isPreset ? [...preset, ...given] : given;
	const [name, ...rest] = argv;
	if (name === undefined || name === "") {
		fail("COMMAND_MISSING", "no command was given and command.default is not set", {
			where: "command",
			remedy: ['write it after --: abdicate -- redis-server | in a Dockerfile: CMD ["redis-server"]'],
		});
	}
	const known = setupOnlyFor === undefined || matchesAny(baseName(name), setupOnlyFor);
	const skipped = rest.some((argument) => skipSetupIf.some((pattern) => matches(argument, pattern)));
	const skipSetup = known ? undefined : "command.setup_only_for does not name the command";
	return { argv: [name, ...rest], skipSetup: skipped ? "an argument is one of command.skip_setup_if" : skipSetup };
}

/**
 * Where the program may be. The deciding look-up is the execve after the drop, as the user; this one only finds early that a
 * name exists nowhere and that no step can make it, before anything has changed.
 */
export function planCommand(
	argv: CommandPlan["argv"],
	path: string | undefined,
	workdir: string,
	reads: Reads,
	mayMake: MayMake,
): CommandPlan {
	const [name] = argv;
	const candidates = candidatesOf(name, path);
	const places = placesOf({ candidates }, workdir);
	if (!places.some((place) => mayExist(errnoOf(reads.statat(AT.FDCWD, place, 0)))) && !places.some(mayMake)) {
		fail("COMMAND_NOT_FOUND", absentCommand(reads, name, path, places[0]), {
			where: "command",
			remedy: [...wordsApart(name), "install it in the image, or write its whole path"],
		});
	}
	return { argv, candidates };
}

/** That it is nowhere, and where that was. */
export function absentCommand(reads: Reads, name: string, path: string | undefined, place = name): string {
	return name.includes("/") ? `${quoted(name)} ${absence(reads, place)}` : `${quoted(name)} is not in PATH (${path ?? defaultPath})`;
}

/** Where a program of this name may be. An empty part of PATH is the working directory. execvp(3) */
export function candidatesOf(name: string, path: string | undefined): readonly string[] {
	return name.includes("/")
		? [name]
		: (path ?? defaultPath).split(":").map((directory) => (directory === "" ? name : `${directory}/${name}`));
}

/** Where they are looked for from the working directory. */
export function placesOf({ candidates }: Pick<CommandPlan, "candidates">, workdir: string): string[] {
	return candidates.map((each) => (each.startsWith("/") ? each : `${workdir}/${each}`));
}

/** The first of them that is there now. */
export function placeOf(command: Pick<CommandPlan, "candidates">, workdir: string, reads: Reads): string | undefined {
	return placesOf(command, workdir).find((each) => typeof reads.statat(AT.FDCWD, each, 0) !== "number");
}

/** What cannot be looked at now may be seen as the user later. */
function mayExist(code: number): boolean {
	return ![errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG].includes(code as never);
}

/** As the end of a sentence. */
function absence(reads: Reads, path: string): string {
	const code = errnoOf(reads.statat(AT.FDCWD, path, 0));
	const target = reads.readlinkat(AT.FDCWD, path);
	if (code === errno.ENOENT && typeof target === "string") {
		return `is a link to ${quoted(target)}, which does not exist`;
	}
	return code === errno.ENOENT ? "does not exist" : `does not exist: ${errnoText("stat", code).message}`;
}
