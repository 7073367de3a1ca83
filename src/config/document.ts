import * as v from "valibot";
import { securebits as bits, lockedSecurebits, type Securebit } from "../capability/securebits.ts";
import { capabilities } from "./capabilities.ts";
import type { Config } from "./config.ts";
import { type StepSchemas, setupEntry } from "./entry.ts";
import { choice, environmentName, flag, nonEmptyText, oneOrMany, path, pathPattern, text, textLike, userSpec } from "./fields.ts";
import { formed } from "./form.ts";
import { brings } from "./interpolated.ts";
import { type Field, list, mapping, optional, record } from "./mapping.ts";

/** The keys of the file, what each may hold, and what its absence means. */

const texts = () => oneOrMany(text());
const names = () => oneOrMany(nonEmptyText());

/** A program and its words are a list; what a variable brings is one word whatever is in it. */
const argv = () =>
	formed(
		v.pipe(
			v.unknown(),
			v.check(
				(value) => typeof value !== "string" || !/\s/.test(value.trim()) || brings(value, /\s/, "any") !== undefined,
				"expected the command as a list, such as [mycmd, --flag]",
			),
			texts(),
		),
		{ anyOf: [textLike(/^\s*\S*\s*$|\$/, ""), v.array(text())] },
	);

const command = () =>
	v.pipe(
		mapping({ default: list(argv), prepend_if: list(texts), setup_only_for: optional(names), skip_setup_if: list(texts) }),
		v.transform((value) => ({
			default: value.default,
			prependIf: value.prepend_if,
			setupOnlyFor: value.setup_only_for,
			skipSetupIf: value.skip_setup_if,
		})),
	);

const groups = () =>
	v.pipe(
		mapping({
			from_user: optional(flag),
			keep_runtime: optional(flag, defaults.groups.keepRuntime),
			add: list(() => oneOrMany(userSpec())),
			from_path: list(() => oneOrMany(pathPattern())),
			allow_root_group: optional(flag, defaults.groups.allowRootGroup),
		}),
		v.transform((value) => ({
			fromUser: value.from_user,
			keepRuntime: value.keep_runtime,
			add: value.add,
			fromPath: value.from_path,
			allowRootGroup: value.allow_root_group,
		})),
	);

const assignments = (): v.GenericSchema<unknown, Record<string, string>> => record(environmentName(), text(), "expected NAME: value");
const env = () =>
	v.pipe(
		mapping({
			set: optional(assignments, defaults.env.set),
			default: optional(assignments, defaults.env.default),
			from_file: list(() => oneOrMany(environmentName() as v.GenericSchema<unknown, string>)),
			unset: list(names),
			clear: optional(flag, defaults.env.clear),
		}),
		v.transform(({ from_file: fromFile, ...rest }) => ({ ...rest, fromFile })),
	);

/** In a list, `locked` is what it is alone. */
const listedBits = { locked: lockedSecurebits, ...bits };
const securebitNames = Object.keys(listedBits) as ["locked", ...Securebit[]];
const securebits = (): v.GenericSchema<unknown, number> =>
	v.union(
		[
			v.pipe(
				v.literal("locked"),
				v.transform(() => lockedSecurebits),
			),
			v.pipe(
				v.literal("none"),
				v.transform(() => 0),
			),
			v.pipe(
				v.array(v.picklist(securebitNames)),
				v.transform((each) => each.reduce((sum, name) => sum | listedBits[name], 0)),
			),
		],
		`expected locked, none, or a list of ${securebitNames.join(", ")}`,
	);

const home = (): v.GenericSchema<unknown, Config["home"]> =>
	v.union(
		[
			v.picklist(["auto", "keep"]),
			v.pipe(
				path(),
				v.transform((value) => ({ path: value })),
			),
		],
		"expected auto, keep or an absolute path",
	);

type OwnMembers = Omit<Config, "rows" | "lacks">;

/** What a key that is not written means. The least file, `user: app`, is this and a user. */
const defaults: OwnMembers = {
	command: { default: [], prependIf: [], setupOnlyFor: undefined, skipSetupIf: [] },
	user: undefined,
	groups: { fromUser: undefined, keepRuntime: true, add: [], fromPath: [], allowRootGroup: false },
	home: "auto",
	workdir: undefined,
	env: { set: {}, default: {}, fromFile: [], unset: [], clear: false },
	setup: [],
	capabilities: { form: "keep", keep: [], keepIfPresent: [] },
	noNewPrivileges: true,
	securebits: lockedSecurebits,
	stdio: "auto",
	fds: "listen",
	whenUnprivileged: "adapt",
};

/** The key of each member of `Config`; a new member does not compile without its key. */
export const documentKeys = {
	command: "command",
	user: "user",
	groups: "groups",
	home: "home",
	workdir: "workdir",
	env: "env",
	setup: "setup",
	capabilities: "capabilities",
	noNewPrivileges: "no_new_privileges",
	securebits: "securebits",
	stdio: "stdio",
	fds: "fds",
	whenUnprivileged: "when_unprivileged",
} as const satisfies Record<keyof OwnMembers, string>;

type OwnMember = keyof typeof documentKeys;
type DocumentFields = { readonly [Member in OwnMember as (typeof documentKeys)[Member]]: Field<Config[Member]> };

export type DocumentSchema = v.GenericSchema<unknown, Config>;

/** A key that something else than this file knows what to do with. */
export interface ForeignKey {
	readonly name: string;
	readonly field: () => Field<unknown>;
}

/** The schema of the whole file. */
export function documentSchema(steps: StepSchemas, foreign: readonly ForeignKey[]): DocumentSchema {
	const own: DocumentFields = {
		command: optional(command, defaults.command),
		user: optional(userSpec),
		groups: optional(groups, defaults.groups),
		home: optional(home, defaults.home),
		workdir: optional(path),
		env: optional(env, defaults.env),
		setup: optional(() => v.array(setupEntry(steps), "expected a list of steps"), defaults.setup),
		capabilities: optional(capabilities, defaults.capabilities),
		no_new_privileges: optional(flag, defaults.noNewPrivileges),
		securebits: optional(securebits, defaults.securebits),
		stdio: optional(() => choice("auto", "keep"), defaults.stdio),
		fds: optional(() => choice("listen", "inherit"), defaults.fds),
		when_unprivileged: optional(() => choice("adapt", "fail"), defaults.whenUnprivileged),
	};
	const names = foreign.map(({ name }) => name);
	return v.pipe(
		mapping({ ...own, ...Object.fromEntries(foreign.map(({ name, field }) => [name, field()])) }),
		v.transform(
			(values): Config => ({ ...toConfig(values), rows: Object.fromEntries(names.map((name) => [name, values[name as never]])) }),
		),
	);
}

const members = Object.entries(documentKeys);

function toConfig(values: Readonly<Record<string, unknown>>): OwnMembers {
	return Object.fromEntries(members.map(([member, key]) => [member, values[key]])) as unknown as OwnMembers;
}
