import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import type { OptionName } from "./option-table.ts";
import { parseSecurebits, type SecurebitChanges } from "./securebits.ts";
import { parseSetChanges, type SetChange } from "./set-changes.ts";
import { parseSignalName } from "./signal.ts";

/** What is asked for, before anybody is looked up. What is not given is undefined, and stays as it is. */
export interface Wish {
	/** Names or numbers, as written. */
	readonly ruid?: string;
	readonly euid?: string;
	readonly rgid?: string;
	readonly egid?: string;
	readonly groups?: "clear" | "keep" | "init" | readonly string[];
	readonly inheritable?: readonly SetChange[];
	readonly ambient?: readonly SetChange[];
	readonly bounding?: readonly SetChange[];
	readonly securebits?: SecurebitChanges;
	readonly noNewPrivileges?: true;
	/** A number; 0 clears it. */
	readonly parentDeathSignal?: "keep" | number;
	readonly selinux?: string;
	readonly apparmor?: string;
	readonly resetsEnvironment?: true;
	readonly landlockAccess?: readonly string[];
	readonly landlockRules?: readonly string[];
	/** A file. */
	readonly seccompFilter?: string;
	/** A process; -1 for any, 0 for none. */
	readonly ptracer?: number;
}

export interface GivenOption {
	readonly name: OptionName;
	readonly value: string;
}

type Draft = { -readonly [Part in keyof Wish]: Wish[Part] };

/** The options in their order, each taken into the wish. */
export function wishOf(given: readonly GivenOption[]): Wish {
	const wish: Draft = {};
	for (const { name, value } of given) {
		takers[name]?.(wish, value, `--${name}`);
	}
	return requireWhole(wish);
}

type Taker = (wish: Draft, value: string, where: string) => void;

/** Once only. */
function once<Part extends keyof Wish>(part: Part, parse: (value: string, where: string) => Wish[Part]): Taker {
	return (wish, value, where) => {
		refuseTwice(wish, where, part);
		wish[part] = parse(value, where);
	};
}

const text = (value: string): string => value;

/** By option; those that only print are seen to before. */
const takers: { readonly [Name in OptionName]?: Taker } = {
	"no-new-privs": once("noNewPrivileges", () => true),
	"inh-caps": once("inheritable", parseSetChanges),
	"ambient-caps": once("ambient", parseSetChanges),
	"bounding-set": once("bounding", parseSetChanges),
	ruid: once("ruid", text),
	euid: once("euid", text),
	rgid: once("rgid", text),
	egid: once("egid", text),
	reuid: both("ruid", "euid"),
	regid: both("rgid", "egid"),
	"clear-groups": grouping(() => "clear"),
	"keep-groups": grouping(() => "keep"),
	"init-groups": grouping(() => "init"),
	groups: grouping((value) => value.split(",")),
	securebits: once("securebits", parseSecurebits),
	pdeathsig: once("parentDeathSignal", (value, where) =>
		value === "keep" ? value : value === "clear" ? 0 : parseSignalName(value, where),
	),
	"selinux-label": once("selinux", text),
	"apparmor-profile": once("apparmor", text),
	"seccomp-filter": once("seccompFilter", text),
	ptracer: once("ptracer", parseTracer),
	"landlock-access": (wish, value) => {
		wish.landlockAccess = [...(wish.landlockAccess ?? []), value];
	},
	"landlock-rule": (wish, value) => {
		wish.landlockRules = [...(wish.landlockRules ?? []), value];
	},
	"reset-env": (wish) => {
		wish.resetsEnvironment = true;
	},
};

function both<Part extends "ruid" | "euid" | "rgid" | "egid">(...parts: readonly [Part, Part]): Taker {
	return (wish, value, where) => {
		for (const part of parts) {
			refuseTwice(wish, where, part);
		}
		for (const part of parts) {
			wish[part] = value;
		}
	};
}

const groupOptions = "--clear-groups, --keep-groups, --init-groups and --groups";

function grouping(parse: (value: string) => Exclude<Wish["groups"], undefined>): Taker {
	return (wish, value, where) => {
		if (wish.groups !== undefined) {
			fail("USAGE", `only one of ${groupOptions} may be given, and once`, { where });
		}
		wish.groups = parse(value);
	};
}

function refuseTwice(wish: Draft, where: string, part: keyof Wish): void {
	if (wish[part] !== undefined) {
		fail("USAGE", "says what has been said already", {
			where,
			remedy: ["give each once; --reuid is --ruid and --euid, --regid both of the group"],
		});
	}
}

function parseTracer(value: string, where: string): number {
	if (!/^(?:any|none|[1-9]\d{0,9})$/.test(value)) {
		fail("USAGE", `${quoted(value)} is neither a process, nor any, nor none`, { where });
	}
	return value === "any" ? -1 : value === "none" ? 0 : Number(value);
}

function requireWhole(wish: Wish): Wish {
	const group = wish.rgid ?? wish.egid;
	if (group !== undefined && wish.groups === undefined) {
		fail("USAGE", `a group needs one of ${groupOptions}: else the groups of the start would stay unseen`, {
			where: wish.rgid === undefined ? "--egid" : wish.egid === undefined ? "--rgid" : "--regid",
			remedy: ["--clear-groups for none, --init-groups for those of the user"],
		});
	}
	if (wish.groups === "init" && wish.ruid === undefined) {
		fail("USAGE", "needs --reuid or --ruid, which say whose groups", { where: "--init-groups" });
	}
	return wish;
}
