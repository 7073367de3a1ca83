import { capabilityGuide, dockerDefaults } from "../../capability/guide.ts";
import { capabilityName, capabilityNames, parseCapability } from "../../capability/names.ts";
import { securebits } from "../../capability/securebits.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { signalNames } from "../../config/signals.ts";
import { isCallName } from "../../confine/seccomp/calls.ts";
import { programsFor } from "../../confine/seccomp/exceptions.ts";
import { table } from "../../departure/rows.ts";
import { errorCodes } from "../../report/codes.ts";
import { fail } from "../../report/failure.ts";
import { suggestion } from "../../report/suggest.ts";
import { quoted } from "../../report/text.ts";
import { stepKinds } from "../../steps/index.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { rules } from "../check/lint/rules.ts";
import { closedByFilter } from "../guides/closed-by-filter.ts";
import { dropInGuide } from "../guides/drop-in-guide.ts";
import { errorRemedies, errorSummaries } from "../guides/error-summaries.ts";
import { factGuide } from "../guides/fact-guide.ts";
import { securebitGuide } from "../guides/securebit-guide.ts";
import { writeSchema } from "../schema/schema.ts";
import { machineOf } from "../seccomp/judge.ts";
import { type CallHere, explainableCalls, explainCall, explainCallNumber, explainDockerDefault, explainException } from "./calls.ts";
import { callHere } from "./configured.ts";
import { explainableErrnos, explainErrno } from "./errnos.ts";
import { explainKeys, explainStep, type Keys, type Parser } from "./keys.ts";
import { rows } from "./rows.ts";

/** What a name of this program's world means: a capability, a securebit, a step, a key of the file, a fact, a row of the departure, a system call, an error code, an errno. */
export async function explain(host: Host, name: string, file: string | undefined, usualFile: string): Promise<void> {
	const here = isCallName(name) ? await callHere(host, name, file, usualFile) : undefined;
	host.write(1, await render(host, name, { here, isFiltered: host.getSeccomp() > 0 }));
}

export async function render(parser: Parser & Pick<Reads, "uname">, name: string, here: CallHere = {}): Promise<string> {
	const { keys } = await writeSchema();
	const found = [
		explainCapability(name),
		explainSecurebit(name),
		explainStep(parser, name, keys),
		explainKeys(parser, name, keys),
		explainFact(name),
		explainRow(name),
		explainException(name),
		explainProgram(name),
		explainDockerDefault(name),
		explainCall(name, machineOf(parser), here),
		explainCallNumber(name, machineOf(parser)),
		explainError(name),
		explainErrno(name),
		explainRule(name),
		explainDropIn(name),
		explainSignal(name),
	]
		.filter((text) => text !== undefined)
		// What is called so before a key that only ends so.
		.sort((left, right) => Number(isCalled(name, right)) - Number(isCalled(name, left)));
	if (found.length === 0) {
		const ends = [...keys.keys()].map((key) => key.slice(key.lastIndexOf(".") + 1));
		fail(
			"USAGE",
			`${quoted(name)} is nothing that can be explained${suggestion(name, [...explainable(keys), ...ends, ...Object.keys(factGuide).map((fact) => `@${fact}`)])}`,
			{
				remedy: [
					"a capability (NET_RAW), a securebit (noroot), a step (own), a key (groups.add, policy), a fact (@user.home), a system call (mount) or its number (165), an exception of seccomp (browser), a profile (docker-default), an errno (EXDEV), an error code (USER_UNKNOWN), a rule of check (LINT_SECUREBITS), a signal (SIGTERM) or a program that this one stands in for (gosu)",
				],
			},
		);
	}
	return found.join("\n");
}

function isCalled(name: string, text: string): boolean {
	return text.startsWith(`${name}:`) || text.startsWith(`CAP_${name.toUpperCase()}:`);
}

/** Every name that has an explanation. */
export function explainable(keys: Keys): string[] {
	return [
		...new Set([
			...capabilityNames,
			...Object.keys(securebits),
			...stepKinds,
			...keys.keys(),
			...table.map(({ name }) => name),
			...explainableCalls,
			...Object.keys(errorCodes),
			...explainableErrnos(),
			...Object.keys(rules),
			...Object.keys(dropInGuide),
			...signalNames.map((each) => `SIG${each}`),
		]),
	];
}

function explainCapability(name: string): string | undefined {
	const number = parseCapability(name);
	if (number === undefined) {
		return undefined;
	}
	const known = capabilityName(number) as (typeof capabilityNames)[number];
	const { allows, danger, abuse, instead, usedBy } = capabilityGuide[known];
	const closes = closedByFilter(known);
	return rows(`CAP_${known}: a capability, number ${number}, mask 0x${CapabilitySet.from([number]).hex()}`, {
		allows,
		danger: `${danger}: ${abuse}`,
		docker: dockerDefaults.includes(known) ? "granted by default; --cap-drop takes it away" : `not granted by default; --cap-add ${known}`,
		instead,
		...(closes === undefined ? {} : { "or closed by": `${closes}, where the workload has no use for what that refuses` }),
		"used by": usedBy,
	});
}

function explainSecurebit(name: string): string | undefined {
	const bit = Object.entries(securebits).find(([each]) => each === name.toLowerCase());
	return bit === undefined
		? undefined
		: rows(`${bit[0]}: a securebit, 0x${bit[1].toString(16).padStart(2, "0")}`, {
				means: securebitGuide[bit[0] as keyof typeof securebitGuide],
			});
}

/** `@user.home`, or `${@user.home}` as it is written. */
function explainFact(written: string): string | undefined {
	const [, inner] = /^(?:\$\{)?@([\w.]+)(?::[-?].*)?\}?$/s.exec(written) ?? [];
	const found = Object.entries(factGuide).find(([fact]) => fact === inner);
	if (found === undefined) {
		return undefined;
	}
	const [fact, meaning] = found;
	const where = fact.startsWith("user.") ? "in every value of the file but that of user" : "in every value of the file";
	return rows(`@${fact}: a fact`, { is: meaning, written: `\${@${fact}}, ${where}` });
}

function explainRow(name: string): string | undefined {
	const found = table.find((each) => each.name === name);
	if (found === undefined) {
		return undefined;
	}
	const { act, reason, after, key } = found;
	return rows(`${name}: a part of the drop, in its act "${act}" (docs/order.md)`, {
		"why there": reason,
		...Object.fromEntries(Object.entries(after).map(([other, why]) => [`after ${other}`, why])),
		...(key === undefined ? {} : { key: key.name }),
	});
}

/** One that `check` knows to need an exception, which has its own name otherwise. */
function explainProgram(name: string): string | undefined {
	const found = Object.entries(programsFor).find(([exception, names]) => exception !== name && names.includes(name));
	return found === undefined || isCallName(name) ? undefined : `${name}: a program that needs ${found[0]}\n\n${explainException(found[0])}`;
}

function explainError(name: string): string | undefined {
	const code = Object.keys(errorCodes).find((each) => each === name.toUpperCase()) as keyof typeof errorCodes | undefined;
	return code === undefined
		? undefined
		: rows(`${code}: an error code`, {
				means: errorSummaries[code],
				"exit status": `${errorCodes[code]}`,
				...(errorRemedies[code] === undefined ? {} : { remedy: errorRemedies[code] }),
			});
}

function explainRule(name: string): string | undefined {
	const found = Object.entries(rules).find(([code]) => code === name.toUpperCase());
	return found === undefined ? undefined : rows(`${found[0]}: a rule of check`, { finds: found[1].summary, severity: found[1].severity });
}

function explainDropIn(name: string): string | undefined {
	const found = Object.entries(dropInGuide).find(([each]) => each === name);
	if (found === undefined) {
		return undefined;
	}
	const { does, page = name, yaml } = found[1];
	return rows(`${name}: a program that this one can stand in for`, {
		does,
		"how it is called": `by a copy or a link with that name, or abdicate as ${name}; no configuration is looked at`,
		"what differs": `docs/drop-ins/${page}.md`,
		"in its place": yaml,
	});
}

const byKernel = "no process is asked: it is carried out by the kernel, and what the init is sent does not reach the workload";
const unforwarded: Readonly<Record<string, string>> = {
	KILL: byKernel,
	STOP: byKernel,
	CHLD: "the init's own: something of what it watches over has ended",
};

/** `SIGTERM`, in any case, or `TERM`. */
function explainSignal(name: string): string | undefined {
	const bare = /^SIG/i.test(name) ? name.slice(3).toUpperCase() : name;
	const number = (signalNames as readonly string[]).indexOf(bare) + 1;
	return number === 0
		? undefined
		: rows(`SIG${bare}: a signal, number ${number}`, {
				"with init": unforwarded[bare] ?? `goes on to the workload; init: {signals: {${bare}: NAME}} sends it another, or none`,
				"exit status": `${128 + number}, where it has ended the workload`,
			});
}
