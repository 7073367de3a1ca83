import { capability } from "../capability/names.ts";
import { CapabilitySet } from "../capability/set.ts";
import { lackOf, observeWithheld } from "../capability/withheld.ts";
import { readFor } from "../files/read.ts";
import { whyUnread } from "../files/unread.ts";
import { fromRoot } from "../files/walk.ts";
import { fail } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { quoted, withoutNewline } from "../report/text.ts";
import { givenVariable } from "../sys/environ.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead, type SyscallError } from "../sys/observe.ts";
import type { FilesContext, TakeFiles } from "./environment.ts";

const secretLimit = 65_536;

/** What `env.from_file` does, the last of the changes. */
export function filesTaker(reads: Reads): TakeFiles {
	return (names, context) => {
		const { environment, inherited, notes, attempt } = context;
		for (const [index, name] of names.entries()) {
			const where = `env.from_file[${index}]`;
			if (givenVariable(inherited, `${name}_FILE`) !== undefined && !environment.has(`${name}_FILE`)) {
				notes.push(`${where}: ${name}_FILE is not read: env.unset or env.clear has taken it away before`);
			}
			attempt([name], () => takeFile(name, where, context, reads));
		}
	};
}

/**
 * NAME from the file that NAME_FILE names, which is not root's secret because the workload made a link to that: it gets the value. The
 * value never appears in a message.
 */
function takeFile(name: string, where: string, { environment, identity }: FilesContext, reads: Reads): void {
	const file = `${name}_FILE`;
	const path = givenVariable(environment, file);
	environment.delete(file);
	if (path === undefined) {
		return;
	}
	if (givenVariable(environment, name) !== undefined) {
		fail("ENVIRONMENT_INVALID", `both ${name} and ${file} are set`, { where, remedy: ["set only one of them"] });
	}
	const content = readFor(reads, fromRoot(reads, path), identity, secretLimit, "any");
	if (typeof content !== "string") {
		const { message, remedy } = content.refused === undefined ? content : refusal(content.refused, reads);
		const verb = content.refused === undefined ? "" : "cannot be read: ";
		fail("ENVIRONMENT_INVALID", `${file}: ${quoted(path)} ${verb}${message}`, { where, remedy });
	}
	if (content.includes("\0")) {
		fail("ENVIRONMENT_INVALID", `${file}: ${quoted(path)} holds a NUL byte`, { where });
	}
	environment.set(name, withoutNewline(content));
}

/** It is read with what the start holds, which root without the capability, or a start as another user, does not. */
function refusal(error: SyscallError, reads: Reads): Problem {
	const { message, remedy = [] } = whyUnread(error.errno, secretLimit);
	const held = CapabilitySet.fromBits(mustRead("capget", reads.capget(0))[0]);
	return error.is("EACCES") && !overriding.some((name) => held.has(capability(name)))
		? { message, remedy: [...remedy, ...lackOf(["DAC_READ_SEARCH"], observeWithheld(reads)).remedy] }
		: { message, remedy };
}

const overriding = ["DAC_READ_SEARCH", "DAC_OVERRIDE"] as const;
