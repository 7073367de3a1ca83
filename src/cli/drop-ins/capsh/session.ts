import type { Capability } from "../../../capability/names.ts";
import type { Journey } from "../../../departure/journey.ts";
import { type Credentials, type Lacks, observePrivilege } from "../../../identity/credentials.ts";
import type { Host } from "../../../sys/native.ts";

/** What one call of capsh has come to, from its first argument to its last. */
export interface Session {
	readonly host: Host;
	readonly journey: Journey;
	/** How this program is called again: its name, and what makes it capsh. */
	readonly self: readonly [string, ...string[]];
	readonly last: Capability;
	readonly lacks: Lacks;
	/** Of the start. */
	readonly start: Credentials;
	/** `NAME=value`, for the shell. */
	environment: readonly string[];
	/** Nothing is raised that was not asked for. */
	isStrict: boolean;
	/** HOME and USER stay those of the caller. */
	keepsEnvironment: boolean;
	isQuiet: boolean;
	shell: string;
	/** The pid of --forkfor. */
	child: number | undefined;
	/** The kinds of what was done. */
	readonly done: Set<string>;
	/** Whether something was changed and nobody has asked since. */
	isUnseen: boolean;
}

export const usualShell = "/bin/bash";

export function openSession(host: Host, journey: Journey, self: Session["self"]): Session {
	const { credentials: start, last, lacks } = observePrivilege(host);
	return {
		host,
		journey,
		self,
		last,
		lacks,
		start,
		environment: host.environ(),
		isStrict: false,
		keepsEnvironment: false,
		isQuiet: false,
		shell: usualShell,
		child: undefined,
		done: new Set(),
		isUnseen: false,
	};
}
