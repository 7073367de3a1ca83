import { libcapName } from "../../../capability/libcap-text.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import { type Credentials, observePrivilege } from "../../../identity/credentials.ts";
import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import type { Held, Question } from "./act.ts";
import { modeOf } from "./mode.ts";
import type { Session } from "./session.ts";

/** Says nothing when it is so. */
export function ask({ host }: Session, question: Question): void {
	const problem = problemOf(observePrivilege(host), question);
	if (problem !== undefined) {
		fail("REQUIREMENT_MISSING", problem);
	}
}

const words: Readonly<Record<Held, string>> = {
	permitted: "not permitted",
	inheritable: "not inheritable",
	ambient: "not ambient",
	bounding: "not in the bounding set",
	dropped: "in the bounding set still",
	supported: "not known to this kernel",
};

function problemOf({ credentials, last, lacks }: ReturnType<typeof observePrivilege>, question: Question): string | undefined {
	switch (question.kind) {
		case "has": {
			const lacking = CapabilitySet.from(question.capabilities).minus(setFor(question.which, credentials, CapabilitySet.upTo(last)));
			return lacking.isEmpty ? undefined : `${lacking.list().map(libcapName).join(",")}: ${words[question.which]}`;
		}
		case "has ambient set":
			return lacks.ambient ? "this kernel has no ambient set" : undefined;
		case "has no new privileges":
			return credentials.noNewPrivileges ? undefined : "no_new_privs is off";
		case "is uid":
			return differs("uid", credentials.uids.real, question.id);
		case "is gid":
			return differs("gid", credentials.gids.real, question.id);
		case "is mode": {
			const mode = modeOf(credentials, lacks);
			return mode === question.mode ? undefined : `the mode is ${mode}, not ${quoted(question.mode)}`;
		}
	}
}

/** What it has to be in. */
function setFor(which: Held, { sets }: Credentials, all: CapabilitySet): CapabilitySet {
	if (which === "supported") {
		return all;
	}
	return which === "dropped" ? CapabilitySet.fromBits(~sets.bounding.bits) : sets[which];
}

function differs(name: string, found: number, wanted: number): string | undefined {
	return found === wanted ? undefined : `the ${name} is ${found}, not ${wanted}`;
}
