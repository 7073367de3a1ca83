import { capabilityNames } from "../../../src/capability/names.ts";
import type { ProbeState } from "../../e2e/harness/probe.ts";
import { allCapabilities, dockerCapabilities } from "./starts.ts";

/** A state in words that can be read: what every case is asked for, and what else differs from what its start had. */
export function stateText(state: ProbeState, start: ProbeState, pid: number, given: Readonly<Record<string, string>>): string {
	const { caps } = state;
	return [
		`u=${ids([...state.resuid, state.fsuid])}`,
		`g=${ids([...state.resgid, state.fsgid])}`,
		`G=${state.groups.join() || "-"}`,
		...Object.entries({ I: caps.inheritable, P: caps.permitted, E: caps.effective, B: caps.bounding, A: caps.ambient }).map(
			([letter, set]) => `${letter}=${setText(BigInt(`0x${set}`))}`,
		),
		...(state.securebits === 0 ? [] : [`sb=0x${state.securebits.toString(16)}`]),
		`nnp=${state.noNewPrivs}`,
		...(state.pdeathsig === 0 ? [] : [`pd=${state.pdeathsig}`]),
		...variables(state.env, given),
		...relation(state, pid),
		...(state.argv.length === 1 && state.argv[0] === "/case/CMD"
			? []
			: [`argv=${state.argv.map((word) => `[${word.replace("/case/CMD", "CMD")}]`).join("")}`]),
		...changed(rest(state), rest(start)),
	].join(" ");
}

/** One number where all are equal. */
function ids(numbers: readonly number[]): string {
	return new Set(numbers).size === 1 ? `${numbers[0]}` : numbers.join("/");
}

/** As many as are named one by one. */
const few = 4;

/** `all`, `dd`, either without a few, a few, or hexadecimal. */
function setText(set: bigint): string {
	if (set === 0n) {
		return "0";
	}
	const named = { all: allCapabilities, dd: dockerCapabilities };
	for (const [name, whole] of Object.entries(named).reverse()) {
		const without = namesIn(whole & ~set);
		if ((set & ~whole) === 0n && without.length <= 6 && namesIn(set).length > few) {
			return [name, ...without].join("-");
		}
	}
	const names = namesIn(set);
	return names.length <= few ? names.join("+") : `0x${set.toString(16)}`;
}

function namesIn(set: bigint): string[] {
	return Array.from({ length: 64 }, (_, number) => number)
		.filter((number) => (set >> BigInt(number)) & 1n)
		.map((number) => capabilityNames[number]?.toLowerCase() ?? `${number}`);
}

/** What a shell sets by itself. */
const ofShells = ["PWD", "OLDPWD", "SHLVL", "_"];

/** HOME always, else what was given and is so no more, in the order of their names. */
function variables(env: readonly string[], given: Readonly<Record<string, string>>): string[] {
	const entries = env.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)] as const);
	const now = Object.fromEntries(entries);
	const names = [...new Set([...Object.keys(given), ...Object.keys(now)])].filter(
		(name) => !ofShells.includes(name) && now[name] !== given[name],
	);
	const twice = entries.filter(([name], at) => entries.findIndex(([each]) => each === name) !== at);
	return [
		`HOME=${now["HOME"] ?? "<unset>"}`,
		...names
			.filter((name) => name !== "HOME")
			.sort()
			.map((name) => `${name}=${now[name] ?? "<unset>"}`),
		...twice.map(([name]) => `twice=${name}`),
	];
}

/** Nothing where the process itself became the program; else how it stands to who started it. */
function relation({ pid, ppid, pgid, sid }: ProbeState, started: number): string[] {
	if (pid === started) {
		return [];
	}
	const own = [pgid === pid ? "pg" : "", sid === pid ? "sid" : ""].filter(Boolean).join("+");
	return [`parent=${ppid === started ? "started" : "other"}`, ...(own === "" ? [] : [own])];
}

/** What is handed on. */
function rest(state: ProbeState): Readonly<Record<string, string>> {
	return {
		mask: BigInt(`0x${state.signalMask}`).toString(16),
		ignored: state.ignoredSignals.join() || "-",
		umask: state.umask,
		nice: `${state.nice}`,
		cwd: state.cwd ?? "-",
		hostname: state.hostname,
		seccomp: `${state.seccomp}`,
		keepcaps: `${state.keepCaps}`,
		dumpable: `${state.dumpable}`,
		opensRoot: `${state.opensRoot}`,
		...Object.fromEntries(Object.entries(state.limits).map(([name, both]) => [name, both.join(":")])),
		fds: state.fds.map(({ fd, type, access, uid, gid, mode }) => `${fd}=${[type, access, uid, gid, mode].join("/")}`).join(),
	};
}

function changed(now: Readonly<Record<string, string>>, before: Readonly<Record<string, string>>): string[] {
	return Object.entries(now)
		.filter(([name, value]) => before[name] !== value)
		.map(([name, value]) => `${name}=${value}`);
}
