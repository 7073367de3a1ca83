import { refuseLandlockWithGain } from "../confine/gain.ts";
import { type BasePath, nameOf, observeBase, observeStdio, withoutOtherNames } from "../confine/landlock/base.ts";
import { guardFor } from "../confine/landlock/guard.ts";
import { observeAbi, requireAbi, requireFilters } from "../confine/landlock/kernel.ts";
import type { LandlockPart } from "../confine/landlock/part.ts";
import { portsOf, unenforced, wallsFiles } from "../confine/landlock/rights.ts";
import { partOf } from "../confine/landlock/rules.ts";
import type { LandlockSetting } from "../confine/landlock/setting.ts";
import { isDevicePath, requirePath, type WrittenPath, writtenPaths } from "../confine/landlock/written.ts";
import { applyLandlock } from "../departure/landlock.ts";
import type { LandlockAsk, Leaving } from "../departure/walls.ts";
import { destination } from "../files/destination.ts";
import { isWithin } from "../files/path-text.ts";
import { isSame } from "../files/trust.ts";
import { Attempts } from "../report/attempts.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { yamlScalar } from "../report/yaml.ts";
import { AT } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { placesOf } from "./command.ts";
import { type CommandFile, commandFiles } from "./command-files.ts";

export { applyLandlock };

/** Plans the wall: what is written and the base set as rules of this kernel, or why it cannot stand. */
export function planLandlock(
	setting: LandlockSetting,
	{ reads, start, mayRestrict, leavesFor, note, warn }: LandlockAsk,
): LandlockPart | undefined {
	const errors = new Attempts();
	const written = writtenPaths(setting, start.workdir);
	const device = written.find(({ as, path }) => as === "read" && isDevicePath(reads, path));
	const found = observeAbi(reads);
	const abi = errors.attempt(() => requireAbi(found, setting, device?.path)) ?? 0;
	if ((setting.connect ?? setting.bind) !== undefined && portsOf(abi) !== 0) {
		errors.attempt(() => requireFilters(reads));
	}
	if (!mayRestrict) {
		errors.attempt(refuseLandlockWithGain);
	}
	for (const each of written) {
		errors.attempt(() => requirePath(reads, each, leavesFor.mayMake));
	}
	const isUsual = setting.base === "usual" && wallsFiles(setting);
	const usual = isUsual ? observeBase(reads, leavesFor.mayMake) : [];
	const ofCommand = wallsFiles(setting) ? errors.attempt(() => forCommand(isUsual, [...written, ...usual], leavesFor, reads)) : [];
	errors.end();
	const base = withoutOtherNames([...(ofCommand ?? []), ...usual]);
	const part = partOf(setting, abi, {
		written,
		base,
		stdio: isUsual ? observeStdio(reads) : [],
		isAllOpen: isRootAmong(reads, written),
		guard: guardFor(reads.uname()[4]),
	});
	const lacks = unenforced(setting, abi);
	if (lacks.length > 0) {
		const kernel = found.lack?.message ?? `this kernel has Landlock ABI ${abi}`;
		const told = part === undefined ? warn : note;
		told(`landlock: ${lacks.join("; ")}: ${kernel}`);
	}
	return part;
}

function isRootAmong(reads: Reads, written: readonly WrittenPath[]): boolean {
	const root = reads.statat(AT.FDCWD, "/", 0);
	return written.some(({ path }) => {
		const stat = reads.statat(AT.FDCWD, path, 0);
		return typeof stat !== "number" && typeof root !== "number" && isSame(stat, root);
	});
}

/** What the command itself needs to be executed, for the base set; without it, or where others have chosen, it has to be written. */
function forCommand(
	isUsual: boolean,
	open: readonly Pick<BasePath, "as" | "path">[],
	{ command, path, workdir, mayMake }: Leaving,
	reads: Reads,
): BasePath[] {
	const places = command === undefined ? [] : placesOf(command, workdir);
	const made = places.filter(mayMake);
	const at = places.find((each) => typeof reads.statat(AT.FDCWD, each, 0) !== "number");
	const isSettled = at !== undefined && (made.length === 0 || places.indexOf(at) < places.indexOf(made[0] as string));
	const files = at === undefined || command === undefined ? [] : commandFiles(at, command.argv.slice(1), { reads, path, workdir });
	const added = isUsual ? files.filter(({ isChosenByRoot }) => isChosenByRoot) : [];
	const rest = files.filter((each) => !added.includes(each));
	const executable = rest.length === 0 ? [] : open.flatMap(({ as, path: each }) => (as === "execute" ? [destination(reads, each)] : []));
	const uncovered = rest.filter(({ leadsTo }) => !executable.some((each) => isWithin(leadsTo, each)));
	const [first, ...others] = uncovered.map((each) => refused(each, isUsual));
	if (isSettled && first !== undefined) {
		throw new Failure(first, ...others);
	}
	return [
		...added.map(({ leadsTo, stat }): BasePath => ({ as: "execute", path: leadsTo, file: nameOf(stat) })),
		...(isUsual ? made : []).map((each): BasePath => ({ as: "execute", path: each, file: each })),
	];
}

function refused({ what, path, leadsTo }: CommandFile, isUsual: boolean): Diagnostic {
	const why = isUsual ? "somebody other than root could have chosen it, so that the base set leaves it out" : "base: none leaves it out";
	return {
		code: "COMMAND_NOT_EXECUTABLE",
		where: "landlock",
		message: `${what}, ${quoted(path)}, cannot be executed: landlock.execute does not cover it, and ${why}`,
		remedy: [`execute: [${yamlScalar(leadsTo)}], beside what stands there, or a directory above it`],
	};
}
