import type { Capability } from "../capability/names.ts";
import type { CapabilitySets } from "../capability/set.ts";
import type { GroupsPolicy } from "../identity/identity.ts";
import type { ErrorCode } from "../report/codes.ts";

/** A configuration that is known to be good: defaults filled in, `${...}` replaced, forms normalised. Names are not looked up yet. */
export interface Config {
	readonly command: CommandConfig;
	/** A user spec, still text: `name`, `uid`, `user:group`. `undefined` when neither file nor option names one. */
	readonly user: string | undefined;
	readonly groups: GroupsPolicy;
	/** `auto`: passwd's or `/`. `keep`: what the environment has. Else an absolute path. */
	readonly home: "auto" | "keep" | { readonly path: string };
	readonly workdir: string | undefined;
	readonly env: EnvConfig;
	readonly setup: readonly SetupEntry[];
	readonly capabilities: CapabilityConfig;
	readonly noNewPrivileges: boolean;
	/** The bits to set; 0 for none. */
	readonly securebits: number;
	readonly stdio: "auto" | "keep";
	readonly fds: "listen" | "inherit";
	readonly whenUnprivileged: "adapt" | "fail";
	/** Keys that belong to rows of the departure, by their names, as the schemas of those give them. */
	readonly rows: Readonly<Record<string, unknown>>;
	/** Values that could not be completed, of keys that this start may not ask for: absent here, and an error for who asks. */
	readonly lacks?: readonly Lack[] | undefined;
}

/** What takes the place of keys: the options of a run, by their names and with their values; `all` for who only looks at the file. */
export type Unasked = "all" | ReadonlyMap<string, readonly string[]>;

/** A value that could not be completed, for want of a variable. */
export interface Lack {
	/** The key: `env.default.NAME`, or what follows `setup[1]`. */
	readonly at: string;
	readonly code: ErrorCode;
	readonly message: string;
}

export interface CommandConfig {
	readonly default: readonly string[];
	/** Patterns with `*` and `?`: when the first argument matches one, `default` goes in front. */
	readonly prependIf: readonly string[];
	/** Only these commands (base name) get the setup; `undefined` means all. */
	readonly setupOnlyFor: readonly string[] | undefined;
	readonly skipSetupIf: readonly string[];
}

export interface EnvConfig {
	readonly set: Readonly<Record<string, string>>;
	readonly default: Readonly<Record<string, string>>;
	/** NAME gets the content of the file that NAME_FILE names. */
	readonly fromFile: readonly string[];
	/** Names and patterns. */
	readonly unset: readonly string[];
	readonly clear: boolean;
}

export interface LimitConfig {
	readonly name: string;
	/** RLIMIT_ number, getrlimit(2). */
	readonly resource: number;
	/** `undefined` is unlimited. */
	readonly soft: bigint | undefined;
	readonly hard: bigint | undefined;
}

export type CapabilityConfig =
	| { readonly form: "keep"; readonly keep: readonly Capability[]; readonly keepIfPresent: readonly Capability[] }
	| { readonly form: "drop"; readonly drop: readonly Capability[] }
	| { readonly form: "sets"; readonly sets: CapabilitySets };

/** One entry of `setup`: the common fields, and the step's own configuration as its schema returned it. */
export interface SetupEntry {
	readonly kind: string;
	readonly name: string | undefined;
	readonly when: WhenConfig | undefined;
	readonly onError: "fail" | "warn";
	readonly config: unknown;
	/** An error when the step is to run: there is no `config` then, and `when` is what is known of it. */
	readonly lacks?: readonly Lack[] | undefined;
}

export interface WhenConfig {
	/** All of these hold: set, or equal to the value. */
	readonly env: readonly { readonly name: string; readonly value: string | undefined }[];
	readonly unset: readonly string[];
	readonly exists: string | undefined;
	/** The base name of the command is one of these. */
	readonly command: readonly string[] | undefined;
	readonly held: Capability | undefined;
}
