import { capabilityNames } from "../../capability/names.ts";
import { securebits } from "../../capability/securebits.ts";
import { setNames } from "../../capability/set.ts";
import { subcommands } from "../../cli/subcommands.ts";
import { signalNames } from "../../config/signals.ts";
import { isCallName } from "../../confine/seccomp/calls.ts";
import { exceptions, programsFor } from "../../confine/seccomp/exceptions.ts";
import { table } from "../../departure/rows.ts";
import { errorCodes } from "../../report/codes.ts";
import { stepKinds } from "../../steps/index.ts";
import { rules } from "../check/lint/rules.ts";
import { dropInGuide } from "../guides/drop-in-guide.ts";
import { errnoTexts } from "../guides/errno-guide.ts";
import { factGuide } from "../guides/fact-guide.ts";
import { optionDescriptions } from "../guides/option-descriptions.ts";
import { wordGuide } from "../guides/word-guide.ts";
import type { Machine } from "../seccomp/judge.ts";
import { type CallHere, explainableCalls, explainCall, explainCallNumber, explainDockerDefault, explainException } from "./calls.ts";
import { explainableErrnos, explainErrno } from "./errnos.ts";
import {
	endsBySignal,
	explainCapability,
	explainExit,
	explainMask,
	explainSecurebit,
	explainSet,
	explainSignal,
	explainUserOf,
	tellingStatuses,
} from "./kernel.ts";
import { explainKeys, explainStep, type Keys, type Parser } from "./keys.ts";
import { explainCommand, explainDropIn, explainError, explainFact, explainOption, explainRow, explainRule, explainWord } from "./own.ts";
import { rows, type Told } from "./rows.ts";

/** Of what kind a name can be, the likelier of two first. */
export const kinds = [
	"capability",
	"set",
	"mask",
	"securebit",
	"step",
	"key",
	"fact",
	"word",
	"part",
	"exit",
	"exception",
	"call",
	"error",
	"errno",
	"rule",
	"program",
	"signal",
	"command",
	"option",
] as const;
export type Kind = (typeof kinds)[number];

export interface Source {
	/** Every name that has an explanation. */
	readonly names: readonly string[];
	/** What of them a list shows. */
	readonly shown?: readonly string[];
	/** Other ways to write some of them. */
	readonly others?: readonly string[];
	explain(name: string): Told | undefined;
}

interface Place {
	readonly parser: Parser;
	readonly keys: Keys;
	readonly machine: Machine;
	readonly here: CallHere;
}

export function sourcesOf({ parser, keys, machine, here }: Place): Readonly<Record<Kind, Source>> {
	const facts = Object.keys(factGuide).map((fact) => `@${fact}`);
	const exceptionNames = [...Object.keys(exceptions), "docker-default"];
	return {
		capability: { names: capabilityNames, explain: explainCapability },
		set: { names: setNames, explain: explainSet },
		mask: { names: [], shown: ["0x00000000a80425fb"], explain: explainMask },
		securebit: { names: Object.keys(securebits), explain: explainSecurebit },
		step: { names: stepKinds, explain: (name) => explainStep(parser, name, keys) },
		key: {
			names: [...keys.keys()],
			get shown() {
				return topKeys(keys);
			},
			explain: (name) => explainKeys(parser, name, keys),
		},
		fact: { names: [], shown: facts, others: facts, explain: explainFact },
		part: { names: table.map(({ name }) => name), shown: ["bounding and every other one: docs/order.md"], explain: explainRow },
		word: { names: Object.keys(wordGuide), others: Object.values(wordGuide).flatMap(({ also = [] }) => also), explain: explainWord },
		exit: { names: tellingStatuses, explain: explainExit },
		exception: {
			names: exceptionNames,
			explain: (name) => explainException(name) ?? explainProgram(name) ?? explainDockerDefault(name),
		},
		call: {
			get names() {
				return explainableCalls();
			},
			shown: ["mount, openat2, 165 and every other one, by its name or number"],
			explain: (name) => explainCall(name, machine, here) ?? explainCallNumber(name, machine),
		},
		error: {
			names: Object.keys(errorCodes),
			shown: ["USER_UNKNOWN and every other one: docs/reference/errors.md"],
			explain: explainError,
		},
		errno: {
			names: explainableErrnos,
			shown: ["EACCES and every other one, or as programs print it: permission denied"],
			others: Object.values(errnoTexts),
			explain: explainErrno,
		},
		rule: { names: Object.keys(rules), shown: ["LINT_SECUREBITS and every other one: docs/reference/lint.md"], explain: explainRule },
		program: { names: Object.keys(dropInGuide), explain: (name) => explainDropIn(name) ?? explainUserOf(name) },
		signal: {
			names: signalNames.map((each) => `SIG${each}`),
			shown: ["SIGTERM and every other one"],
			others: Object.keys(endsBySignal),
			explain: explainSignal,
		},
		command: { names: subcommands.map(({ name }) => name), explain: explainCommand },
		option: { names: Object.keys(optionDescriptions).map((name) => `--${name}`), explain: explainOption },
	};
}

/** Those at the top, and that there are others in them. */
function topKeys(keys: Keys): string[] {
	const top = [...keys.keys()].filter((key) => !key.includes(".") && !stepKinds.includes(key as never));
	return [...top, "and those in them: groups.add, own.policy"];
}

/** One that `check` knows to need an exception, which has its own name otherwise. */
function explainProgram(name: string): Told | undefined {
	const found = Object.entries(programsFor).find(([exception, names]) => exception !== name && names.includes(name));
	const exception = found === undefined || isCallName(name) ? undefined : explainException(found[0]);
	return exception && rows(`${name}: a program that needs ${found?.[0]}`, exception.parts);
}
