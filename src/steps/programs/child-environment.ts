import { defaultPath } from "../../files/search-path.ts";
import { homeOf, setAccountVariables } from "../../identity/home.ts";
import { quoted } from "../../report/text.ts";
import { AT, O } from "../../sys/constants.ts";
import { givenVariable, splitEntry } from "../../sys/environ.ts";
import type { Reads } from "../../sys/native.ts";
import { withDescriptor } from "../../sys/observe.ts";
import type { PlanContext } from "../step.ts";
import { places, temporaries, whyTaken } from "./shaped-variables.ts";
import { type ChildPower, entryShaper, hasMore, shaperOf } from "./shapers.ts";

/** A part of the action of a step that runs programs: what they find in their environment, and what not. */
export interface ChildEnvironment {
	/** `NAME=value`: all there is, or what comes on top of the workload's own when `inherits`. */
	readonly environment: readonly string[];
	readonly inherits: boolean;
	/** Where a program without a slash is looked for. */
	readonly path: string | undefined;
	/** The names that the step itself writes: these stay whatever they say. */
	readonly written: readonly string[];
	/** What the program does not get of the workload's, and why. */
	readonly withheld: readonly Withheld[];
	/** What it gets, although the workload has a hand in it. */
	readonly remarks: readonly string[];
}

/** As things are when the step runs; `late` is what of `withheld` went after the plan. */
export interface SettledEnvironment extends ChildEnvironment {
	readonly late: readonly Withheld[];
}

export interface Withheld {
	readonly name: string;
	readonly why: string;
}

type Variables = Map<string, string>;

/**
 * What a program with nothing more than the workload finds is the workload's environment. One that has more gets HOME, USER and LOGNAME
 * of its own account, a PATH that only root can fill, and nothing that points loaders and tools to code or configuration. The values
 * come from whoever starts the container, and are meant for the workload; what they point to may be the workload's own.
 */
export function planChildEnvironment(
	{ environment: base, target, accounts, reads }: PlanContext,
	has: Omit<ChildPower, "target">,
	env: Readonly<Record<string, string>>,
	inherits: boolean,
): ChildEnvironment {
	const child = { ...has, target };
	const written = Object.keys(env);
	const change = (variables: Variables): Variables => new Map([...variables, ...Object.entries(env)]);
	if (!hasMore(child) && has.identity.uid === target.uid) {
		const all = change(new Map(base));
		const environment = entriesOf(inherits ? change(new Map()) : all);
		return { environment, inherits, path: givenVariable(all, "PATH") ?? defaultPath, written, withheld: [], remarks: [] };
	}
	const isGuarded = hasMore(child);
	const withheld = isGuarded ? [...base].flatMap(([name, value]) => withheldBecause(name, whyTaken(name, value), written)) : [];
	const kept = new Map([...base].filter(([name]) => !withheld.some((each) => each.name === name)));
	const account = accounts.userById(has.identity.uid);
	setAccountVariables(kept, "auto", { name: account?.name, home: homeOf(account) });
	const variables = change(kept);
	const moved = isGuarded ? settlePlaces(reads, variables, written, child) : [];
	return {
		environment: entriesOf(variables),
		inherits: false,
		path: variables.get("PATH"),
		written,
		withheld: [...withheld, ...moved],
		remarks: isGuarded ? pointersOf(reads, variables, written, child) : [],
	};
}

/** As the steps before it have left the file system: what they have given to the workload since goes as well. */
export function settleChildEnvironment(reads: Reads, planned: ChildEnvironment, child: ChildPower): SettledEnvironment {
	if (!hasMore(child)) {
		return { ...planned, late: [] };
	}
	const variables: Variables = new Map(planned.environment.map(splitEntry));
	const late = settlePlaces(reads, variables, planned.written, child);
	const withheld = [...planned.withheld, ...late];
	return { ...planned, environment: entriesOf(variables), path: variables.get("PATH"), withheld, late };
}

/** What a program of a step does not get, a line for each reason, and what it gets all the same. */
export function environmentNotes({ withheld, remarks }: ChildEnvironment): string[] {
	const reasons = [...new Set(withheld.map(({ why }) => why))];
	const namesFor = (reason: string): string[] => withheld.flatMap(({ name, why }) => (why === reason ? [name] : []));
	return [...reasons.map((why) => `does not get ${namesFor(why).join(", ")}: ${why}`), ...remarks];
}

/** For the line of a step: what went after the plan. */
export function lateWithheld({ late }: SettledEnvironment): string {
	return late.map(({ name, why }) => `; without ${name}: ${why}`).join("");
}

/** For a program that is not found. */
export function leftOutOfPath({ withheld }: ChildEnvironment): string[] {
	return withheld.filter(({ name }) => name.endsWith(inPath)).map(({ name, why }) => `not looked for in ${name}: ${why}`);
}

const inPath = " in PATH";

function entriesOf(variables: Variables): string[] {
	return [...variables].map(([name, value]) => `${name}=${value}`);
}

function withheldBecause(name: string, why: string | undefined, written: readonly string[]): Withheld[] {
	return why === undefined || written.includes(name) ? [] : [{ name, why }];
}

/** HOME, PATH and the like hold places: each stays while only root can change what is there. */
function settlePlaces(reads: Reads, variables: Variables, written: readonly string[], child: ChildPower): Withheld[] {
	const withheld = [...places, ...temporaries].flatMap((name) => {
		const value = variables.get(name);
		const mayBeAddedTo = temporaries.includes(name);
		return value === undefined ? [] : withheldBecause(name, placeShaper(reads, value, child, mayBeAddedTo), written);
	});
	for (const { name } of withheld) {
		variables.delete(name);
	}
	if (!written.includes("HOME")) {
		withheld.push(...settleHome(reads, variables, child));
	}
	return written.includes("PATH") ? withheld : [...withheld, ...settlePath(reads, variables, child)];
}

function placeShaper(reads: Reads, path: string, child: ChildPower, mayBeAddedTo: boolean): string | undefined {
	return path.startsWith("/") ? shaperOf(reads, path, child, { mayBeAddedTo }) : "it is relative to the working directory";
}

/** Without a home that is its own, a program has one where nobody keeps files for it. */
function settleHome(reads: Reads, variables: Variables, child: ChildPower): Withheld[] {
	const shaper = homeShaper(reads, givenVariable(variables, "HOME") ?? "/", child);
	if (shaper === undefined) {
		return [];
	}
	const instead = homeShaper(reads, "/", child) === undefined ? "/" : "/nonexistent";
	if (instead === variables.get("HOME")) {
		return [];
	}
	variables.set("HOME", instead);
	return [{ name: "HOME", why: `${shaper}; it is ${instead}` }];
}

/** The directory, and what programs look for in it: the names that begin with a dot. */
function homeShaper(reads: Reads, home: string, child: ChildPower): string | undefined {
	const shaper = shaperOf(reads, home, child);
	const fd = shaper === undefined ? reads.openRead(AT.FDCWD, home, O.RDONLY | O.DIRECTORY, 0) : -1;
	return fd < 0 ? shaper : withDescriptor(reads, fd, () => hiddenShaper(reads, fd, home, child));
}

function hiddenShaper(reads: Reads, fd: number, home: string, child: ChildPower): string | undefined {
	const names = reads.readDirectory(fd);
	for (const name of typeof names === "number" ? [] : names.filter((each) => each.startsWith("."))) {
		const found = entryShaper(reads, fd, { name, path: `${home === "/" ? "" : home}/${name}` }, child);
		if (found !== undefined) {
			return found;
		}
	}
	return undefined;
}

/** A program that is looked for by its name is then found where only root can put one. */
function settlePath(reads: Reads, variables: Variables, child: ChildPower): Withheld[] {
	const directories = (givenVariable(variables, "PATH") ?? defaultPath).split(":");
	const withheld = directories.flatMap((directory): Withheld[] => {
		const why = placeShaper(reads, directory, child, false);
		return why === undefined ? [] : [{ name: `${quoted(directory)}${inPath}`, why }];
	});
	const fit = directories.filter((directory) => !withheld.some(({ name }) => name === `${quoted(directory)}${inPath}`));
	variables.set("PATH", fit.join(":") || defaultPath);
	return withheld;
}

/** Any other variable may be meant for a file of the workload, such as PGDATA, and what the step writes is its author's word: both stay, and are told. */
function pointersOf(reads: Reads, variables: Variables, written: readonly string[], child: ChildPower): string[] {
	const isShaped = ([name, value]: readonly [string, string]): boolean =>
		(name === "PATH" || value.startsWith("/")) &&
		value.split(":").some((each) => each.startsWith("/") && shaperOf(reads, each, child, { mayBeAddedTo: name !== "PATH" }) !== undefined);
	// What is not written of PATH has been settled.
	const led = [...variables].filter(([name]) => name !== "PATH" || written.includes(name)).filter(isShaped);
	const told = (isOwn: boolean, how: string): string[] => {
		const names = led.flatMap(([name]) => (written.includes(name) === isOwn ? [name] : []));
		return names.length === 0 ? [] : [`gets ${names.join(", ")}${how}: what is there can be changed by others than root`];
	};
	return [...told(false, ""), ...told(true, ", which the step writes")];
}
