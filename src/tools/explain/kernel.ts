import { capabilityGuide, type Danger, dockerDefaults } from "../../capability/guide.ts";
import { parseMask } from "../../capability/libcap-text.ts";
import { capabilityAt, capabilityName, capabilityNames, parseCapability } from "../../capability/names.ts";
import { saySet } from "../../capability/said.ts";
import { lockedSecurebits, securebits, securebitText } from "../../capability/securebits.ts";
import { CapabilitySet, setNames } from "../../capability/set.ts";
import { signalName, signalNumber } from "../../config/signal-number.ts";
import { signalNames } from "../../config/signals.ts";
import { closedByFilter } from "../guides/closed-by-filter.ts";
import { exitGuide, signalEnds } from "../guides/exit-guide.ts";
import { securebitGuide } from "../guides/securebit-guide.ts";
import { setGuide } from "../guides/set-guide.ts";
import { rows, type Told } from "./rows.ts";

export function explainCapability(name: string): Told | undefined {
	const isNumber = /^\d+$/.test(name) && Number(name) < capabilityNames.length;
	const number = isNumber ? capabilityAt(Number(name)) : parseCapability(name);
	if (number === undefined) {
		return undefined;
	}
	const known = capabilityName(number) as (typeof capabilityNames)[number];
	const { allows, danger, abuse, instead, usedBy } = capabilityGuide[known];
	const closes = closedByFilter(known);
	const told = rows(`CAP_${known}: a capability, number ${number}, mask 0x${CapabilitySet.from([number]).hex()}`, {
		allows,
		danger: `${danger}: ${abuse}`,
		docker: `${dockerDefaults.includes(known) ? "granted by default; --cap-drop takes it away" : `not granted by default; --cap-add ${known}`}; a start as another user than root holds none`,
		kubernetes: `securityContext: {capabilities: {add: [${known}]}} of the container`,
		kept: `the workload gets it by capabilities: {keep: [${known}]} alone; a step does not need that`,
		instead,
		...(closes === undefined ? {} : { "or closed by": `${closes}, where the workload has no use for what that refuses` }),
		"used by": usedBy,
	});
	return isNumber ? { ...told, isLast: true } : told;
}

/** A program that is known to use some. */
export function explainUserOf(written: string): Told | undefined {
	const found = Object.entries(capabilityGuide).filter(([, { usedBy }]) =>
		usedBy.toLowerCase().split(", ").includes(written.toLowerCase()),
	);
	return found.length === 0
		? undefined
		: rows(`${written}: a program that uses ${found.map(([name]) => name).join(", ")}`, {
				...Object.fromEntries(found.map(([name, { allows, instead }]) => [name, `${allows}\ninstead: ${instead}`])),
				kept: `where it does need it: capabilities: {keep: [${found.map(([name]) => name).join(", ")}]}`,
			});
}

/** Of /proc/PID/status. */
const linesOfStatus = { inheritable: "capinh", permitted: "capprm", effective: "capeff", bounding: "capbnd", ambient: "capamb" };

/** Also by the name of its line. */
export function explainSet(written: string): Told | undefined {
	const small = written.toLowerCase();
	const name = setNames.find((each) => each === small || linesOfStatus[each] === small);
	if (name === undefined) {
		return undefined;
	}
	const { is, filled, alone, here } = setGuide[name];
	return rows(`${name}: a capability set`, { is, filled, "alone there": alone, here, see: "capabilities(7); abdicate inspect PID" });
}

const every = CapabilitySet.upTo(capabilityAt(capabilityNames.length - 1));
const dangers: readonly Danger[] = ["host", "root", "high", "medium", "low"];

/** As /proc/PID/status has it, with or without the name of its line. */
export function explainMask(written: string): Told | undefined {
	const text = written.replace(/^Cap[A-Z][a-z]+:\s*/, "");
	const set = text !== written || /^(?:0x)?[0-9a-f]{16}$|^0x/i.test(text) ? parseMask(text) : undefined;
	if (set === undefined) {
		return undefined;
	}
	const held = (danger: Danger) =>
		set.names().filter((name) => (capabilityGuide[name as keyof typeof capabilityGuide]?.danger ?? "high") === danger);
	const parts = dangers.flatMap((danger) => (held(danger).length === 0 ? [] : [[`danger ${danger}`, held(danger).join(", ")]]));
	return rows(`${written}: a set of capabilities as a mask`, { is: saySet(set, every), ...Object.fromEntries(parts) });
}

export function explainSecurebit(name: string): Told | undefined {
	const [, mask] = /^securebits[\s:=]+(?:0x)?([0-9a-f]{1,7})$/i.exec(name) ?? [];
	const [, bare] = /^0x([0-9a-f]{1,3})$/i.exec(name) ?? [];
	if (mask !== undefined || bare !== undefined) {
		const told = rows(`${name}: securebits as a mask`, { is: securebitText(Number.parseInt(mask ?? bare ?? "", 16)), here: inFile });
		return mask === undefined ? { ...told, isLast: true } : told;
	}
	const bit = Object.entries(securebits).find(([each]) => each === name.toLowerCase());
	return bit === undefined
		? undefined
		: rows(`${bit[0]}: a securebit, 0x${bit[1].toString(16).padStart(2, "0")}`, {
				means: securebitGuide[bit[0] as keyof typeof securebitGuide],
				here: inFileOf(bit),
				see: "capabilities(7); abdicate explain key:securebits",
			});
}

/** What an exec clears is nothing that a file can give. */
function inFileOf([name, value]: readonly [string, number]): string {
	const isOff = (value & lockedSecurebits) === 0;
	return name === "keep_caps"
		? "off: written or not, exec clears it"
		: isOff
			? `off, unless it is written: securebits: [locked, ${name}]`
			: inFile;
}

const inFile = "securebits: locked, the default, sets noroot and no_cap_ambient_raise for good";

const byKernel = "no process is asked: it is carried out by the kernel, and what the init is sent does not reach the workload";
const unforwarded: Readonly<Record<string, string>> = {
	KILL: byKernel,
	STOP: byKernel,
	CHLD: "the init's own: something of what it watches over has ended",
};

/** Of those that end nothing without a handler: what they do then. signal(7) */
const byItself: Readonly<Record<string, string>> = {
	...Object.fromEntries(["CHLD", "URG", "WINCH", "CONT"].map((name) => [name, "it ends nobody: ignored without a handler"])),
	...Object.fromEntries(["STOP", "TSTP", "TTIN", "TTOU"].map((name) => [name, "it stops a process, and ends none"])),
};

/** As a shell tells of who was ended by one. strsignal(3) */
export const endsBySignal: Readonly<Record<string, string>> = {
	killed: "KILL",
	terminated: "TERM",
	aborted: "ABRT",
	"segmentation fault": "SEGV",
	"bad system call": "SYS",
	"illegal instruction": "ILL",
	"bus error": "BUS",
};

/** `SIGTERM`, in any case, `TERM`, 15, `RTMIN+3`, or `killed`. */
export function explainSignal(name: string): Told | undefined {
	const [, ended] = Object.entries(endsBySignal).find(([words]) => words === name.toLowerCase()) ?? [];
	const number = signalNumber(ended ?? name.toUpperCase());
	if (number === undefined) {
		return undefined;
	}
	const bare = signalName(number);
	return rows(`SIG${bare}: a signal, number ${number}`, {
		...(bare.startsWith("RT") ? { counted: "from 34 on, as glibc and Docker do; in an image with musl its own SIGRTMIN is 35" } : {}),
		...(signalEnds[bare] === undefined ? {} : { mostly: signalEnds[bare].what }),
		"with init": unforwarded[bare] ?? `goes on to the workload; init: {signals: {${bare}: NAME}} sends it another, or none`,
		...(askedToStop.includes(bare) ? { "without init": "the workload is PID 1, which without a handler of its own ignores it" } : {}),
		...(byItself[bare] === undefined
			? { "exit status": `${128 + number}, where it has ended the workload` }
			: { "by itself": byItself[bare] }),
	});
}

/** The status of a container, by its number or as `128+n`. */
export function explainExit(text: string): Told | undefined {
	const [, sum] = /^128\+(\d{1,2})$/.exec(text) ?? [];
	const status = sum !== undefined ? 128 + Number(sum) : /^\d{1,3}$/.test(text) ? Number(text) : 256;
	if (status > 255) {
		return text === "128+n" ? ofSignals(text) : undefined;
	}
	const guide = exitGuide[status];
	if (guide !== undefined) {
		return rows(`${status}: an exit status`, { "ended by": guide.ends, ...(guide.look === undefined ? {} : { "look at": guide.look }) });
	}
	const signal = signalNames[status - 129];
	return signal === undefined
		? {
				...rows(`${status}: an exit status`, {
					"ended by": "the workload, by its own account: this program hands it on",
					"look at": "docker logs",
				}),
				isLast: true,
			}
		: ofSignals(`${status}`, signal);
}

/** What ends a process because somebody asks it to. */
const askedToStop: readonly string[] = ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2"];

/** What 128 and more says of the end, with an init and without. */
function ofSignals(text: string, signal?: string): Told {
	const end = signal === undefined ? undefined : signalEnds[signal];
	const isAsked = signal === undefined || askedToStop.includes(signal);
	return rows(`${text}: an exit status, 128 and ${signal === undefined ? "the number of a signal" : `SIG${signal}`}`, {
		"ended by": `${signal === undefined ? "a signal" : `SIG${signal}`}: the workload${isAsked ? ", or a start that was told to stop (INTERRUPTED)" : ""}`,
		...(end === undefined ? {} : { mostly: end.what, ...(end.look === undefined ? {} : { "look at": end.look }) }),
		"with init": isAsked ? "the workload is told and may end in its own way; how it ended is handed on so" : "how it ended is handed on so",
		...(isAsked || signal === "KILL"
			? {
					"without init":
						"the workload is PID 1, which ignores each signal that it has no handler for: docker stop then waits and ends it with 137",
				}
			: {}),
	});
}

/** Those that mean more than that the workload ended so. */
export const tellingStatuses: readonly string[] = [
	...[...Object.keys(exitGuide).map(Number), ...Object.keys(signalEnds).map((name) => 129 + signalNames.indexOf(name as never))]
		.sort((left, right) => left - right)
		.map(String),
	"128+n",
];
