import { understood } from "../../config/fields.ts";
import { isDirectory, isLink, isRegular } from "../../files/kind.ts";
import { octal } from "../../files/permissions.ts";
import { fail } from "../../report/failure.ts";
import { S } from "../../sys/constants.ts";
import type { ModeChange, OwnTreeOptions, Reads, Stat } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import type { Need } from "../step.ts";

/** A mode as it was written, and what it changes in a directory, a file, and a file that somebody may execute. */
export interface ModeSpec {
	readonly text: string;
	readonly directory: ModeChange;
	readonly file: ModeChange;
	readonly executable: ModeChange;
}

/** By what an entry is; `undefined` leaves such entries alone. Others are devices, pipes and sockets. */
export interface Modes {
	readonly directories: ModeSpec | undefined;
	readonly files: ModeSpec | undefined;
	readonly others: ModeSpec | undefined;
}

const permissions = 0o7777;
const setIds = S.ISUID | S.ISGID;
const everybody = 0o777;
const execute = 0o111;

type Kind = "directory" | "file" | "executable";

/** Exactly these bits. */
export function exactMode(mode: number): ModeSpec {
	const change = { clear: permissions, set: mode };
	return { text: octal(mode), directory: change, file: change, executable: change };
}

/** Octal, or changes as chmod(1) has them: `u+rwX,g=rx,o-w`. Without u, g, o or a they are for all, whatever the umask. */
export const modeSpec = () =>
	understood("expected permission bits in octal, such as 0644, or changes, such as u+rwX or g=rx,o-w", (value) => {
		const text = typeof value === "number" ? value.toString() : typeof value === "string" ? value : "";
		const octal = /^(?:0o?)?([0-7]{3,4})$/.exec(text)?.[1];
		if (octal !== undefined) {
			return exactMode(Number.parseInt(octal, 8));
		}
		const clauses = text.split(",").map((each) => /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(each));
		const [directory, file, executable] = (["directory", "file", "executable"] as const).map((kind) =>
			clauses.reduce<ModeChange | undefined>((sum, clause) => {
				const change = clause === null || sum === undefined ? undefined : changeOf(clause, mayExecute(kind, sum));
				return sum === undefined || change === undefined ? undefined : after(sum, change);
			}, unchanged),
		);
		return directory === undefined || file === undefined || executable === undefined ? undefined : { text, directory, file, executable };
	});

const unchanged: ModeChange = { clear: 0, set: 0 };

/** One change after the other, as one. */
function after(first: ModeChange, second: ModeChange): ModeChange {
	return { clear: first.clear | second.clear, set: (first.set & ~second.clear) | second.set };
}

/** What each of u, g and o stands for, with the special bit that chmod(1) counts to it. */
const whose: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: permissions };
const letters: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, X: 0o111, s: setIds, t: S.ISVTX };

/** What the changes so far make of a file for `X`; `undefined` when that depends on who could execute it. */
function mayExecute(kind: Kind, { clear, set }: ModeChange): Kind | undefined {
	if (kind === "directory" || (set & execute) !== 0) {
		return kind === "directory" ? kind : "executable";
	}
	const taken = clear & execute;
	return taken === 0 ? kind : taken === execute || kind === "file" ? "file" : undefined;
}

/** `undefined` for a letter that says nothing about those it is for, as in `u+t`. */
function changeOf([, who = "", operator, what = ""]: RegExpExecArray, kind: Kind | undefined): ModeChange | undefined {
	if (kind === undefined && what.includes("X")) {
		return undefined;
	}
	const concerned = (who === "" ? "a" : who).split("").reduce((bits, each) => bits | (whose[each] as number), 0);
	if (what.split("").some((letter) => ((letters[letter] as number) & concerned) === 0) || (what === "" && operator !== "=")) {
		return undefined;
	}
	const bits = what
		.split("")
		.filter((letter) => letter !== "X" || kind !== "file")
		.reduce((sum, letter) => sum | ((letters[letter] as number) & concerned), 0);
	switch (operator) {
		case "+":
			return { clear: 0, set: bits };
		case "-":
			return { clear: bits, set: 0 };
		default:
			// A directory keeps set-user-ID and set-group-ID unless they are named, as with chmod(1).
			return { clear: kind === "directory" ? concerned & (everybody | S.ISVTX) : concerned, set: bits };
	}
}

/** In the words of the walk. */
export function changesOf({ directories, files, others }: Modes): NonNullable<OwnTreeOptions["modes"]> {
	return { directories: directories?.directory, files: files?.file, executables: files?.executable, others: others?.file };
}

function changeFor(stat: Pick<Stat, "mode">, modes: Modes | undefined): ModeChange | undefined {
	if (modes === undefined || isLink(stat)) {
		return undefined;
	}
	const kind = isDirectory(stat) ? "directories" : !isRegular(stat) ? "others" : (stat.mode & execute) === 0 ? "files" : "executables";
	return changesOf(modes)[kind];
}

/** Whether it is said what a group may do, whatever it could do before: no entry of an access control list may do anything then. */
export function saysAllOfGroup(stat: Pick<Stat, "mode">, modes: Modes | undefined): boolean {
	return ((changeFor(stat, modes)?.clear ?? 0) & 0o070) === 0o070;
}

/** The mode that an entry lacks; `undefined` when it is right, or nothing is said about such entries. */
export function missingMode({ mode }: Pick<Stat, "mode">, modes: Modes | undefined): number | undefined {
	const change = changeFor({ mode }, modes);
	const wanted = change === undefined ? mode & permissions : ((mode & permissions & ~change.clear) | change.set) >>> 0;
	return wanted === (mode & permissions) ? undefined : wanted;
}

/** Whether a new owner costs it bits of its mode. chown(2) */
export function hasSetIds(stat: Pick<Stat, "mode"> | undefined): boolean {
	return stat !== undefined && isRegular(stat) && (stat.mode & setIds) !== 0;
}

export function givesSetgid(modes: Modes | undefined): boolean {
	return modes?.directories !== undefined && (modes.directories.directory.set & S.ISGID) !== 0;
}

/** For a directory that gets the bit, whatever its group. */
export function mayNeedForSetgid(path: string): Need {
	return { anyOf: ["FSETID"], certain: false, purpose: `to set the setgid bit of ${path} when its group is another` };
}

/** For a directory that gets the bit; which group one has that is not there yet, only its directory would tell. chmod(2) */
export function toSetSetgid(path: string, stat: Pick<Stat, "gid"> | undefined, reads: Reads): Need {
	const isOfOthers = stat !== undefined && ![reads.getresgid()[1], ...mustRead("getgroups", reads.getgroups())].includes(stat.gid);
	return { ...mayNeedForSetgid(path), ...(isOfOthers ? {} : { isSpare: true }) };
}

/** A tree with these would run programs with the ids of whoever owns them. */
export function refuseSetIds(step: string, { files }: Modes): void {
	if (files !== undefined && ((files.file.set | files.executable.set) & setIds) !== 0) {
		fail("CONFIG_INVALID_VALUE", `${step}: set-user-ID and set-group-ID are not given to all files of a tree`, {
			remedy: ["write the mode of directories and that of files apart: dirs: 2775, files: 0664"],
		});
	}
}

/** ` 0755`, or ` dirs 0755 files 0644`; nothing when no mode is set. */
export function modesText({ directories, files }: Modes): string {
	if (directories?.text === files?.text) {
		return directories === undefined ? "" : ` ${directories.text}`;
	}
	return `${directories === undefined ? "" : ` dirs ${directories.text}`}${files === undefined ? "" : ` files ${files.text}`}`;
}
