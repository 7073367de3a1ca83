import { guardFor } from "../../../confine/landlock/guard.ts";
import { observeAbi } from "../../../confine/landlock/kernel.ts";
import type { LandlockPart, PathRule, PortRule } from "../../../confine/landlock/part.ts";
import { filesOf, ofFiles, port, portsOf, right, scope, scopesOf } from "../../../confine/landlock/rights.ts";
import { isSame } from "../../../files/trust.ts";
import { fail } from "../../../report/failure.ts";
import { suggestion } from "../../../report/suggest.ts";
import { quoted } from "../../../report/text.ts";
import { AT, O } from "../../../sys/constants.ts";
import { errnoText } from "../../../sys/errno-meaning.ts";
import type { Reads } from "../../../sys/native.ts";
import { mustRead } from "../../../sys/observe.ts";

const accessOption = "--landlock-access";
const ruleOption = "--landlock-rule";

/** By setpriv's names, with the kernel's bits. landlock(7) */
const rights = {
	fs: Object.fromEntries(Object.entries(right).map(([name, bit]) => [name.toLowerCase().replaceAll("_", "-"), bit])),
	net: { "bind-tcp": port.bind, "connect-tcp": port.connect },
	scope: { "abstract-unix-socket": scope.abstract_sockets, signal: scope.signals },
} as const satisfies Record<string, Readonly<Record<string, number>>>;

type Kind = keyof typeof rights;

/** What a kernel has of each kind. */
type Known = Readonly<Record<Kind, number>>;

function knownTo(abi: number): Known {
	return { fs: filesOf(abi), net: portsOf(abi), scope: scopesOf(abi) };
}

/** What is forbidden and what is allowed again, in the numbers of this kernel. The paths are opened at once, with the authority of the start. */
export function landlockOf(accesses: readonly string[], rules: readonly string[], reads: Reads): LandlockPart | undefined {
	const { abi, known } = requireLandlock(reads);
	const handled = { fs: 0, net: 0, scope: 0 };
	for (const access of accesses) {
		const [kind, named = ""] = cut(access, ":");
		const isOf = requireKind(kind, accessOption);
		handled[isOf] |= rightsOf(isOf, named, known, accessOption) || known[isOf] || failLacking(isOf, accessOption);
	}
	const parsed = rules.map((rule) => parseRule(rule, handled, known, reads));
	if (accesses.length === 0) {
		return undefined;
	}
	const paths = parsed.flatMap((rule) => ("path" in rule ? [rule] : []));
	const root = reads.statat(AT.FDCWD, "/", 0);
	const leavesRootOpen = paths.some(({ fd = -1 }) => {
		const stat = reads.fstat(fd);
		return typeof stat !== "number" && typeof root !== "number" && isSame(stat, root);
	});
	return {
		abi,
		files: handled.fs,
		ofFiles,
		ports: handled.net,
		scopes: handled.scope,
		paths,
		portRules: parsed.flatMap((rule) => ("port" in rule ? [rule] : [])),
		...(handled.net !== 0 && { guard: guardFor(reads.uname()[4]) }),
		closed: (handled.fs & right.READ_DIR) === 0 || leavesRootOpen ? undefined : "/",
	};
}

function requireLandlock(reads: Reads): { readonly abi: number; readonly known: Known } {
	const { abi, lack } = observeAbi(reads);
	if (lack !== undefined) {
		fail("LANDLOCK_UNAVAILABLE", lack.message, { where: accessOption, remedy: lack.remedy });
	}
	return { abi, known: knownTo(abi) };
}

function requireKind(word: string, where: string): Kind {
	return Object.hasOwn(rights, word) ? (word as Kind) : fail("USAGE", `${quoted(word)} is no kind of access: fs, net or scope`, { where });
}

/** 0 for none. Names of files' rights may be cut short, as setpriv has it. */
function rightsOf(kind: Kind, list: string, known: Known, where: string): number {
	const names: Readonly<Record<string, number>> = rights[kind];
	return (list === "" ? [] : list.split(",")).reduce((sum, word) => {
		const name = kind === "fs" && word !== "" ? Object.keys(names).find((each) => each.startsWith(word)) : word;
		const bit = name === undefined || !Object.hasOwn(names, name) ? undefined : names[name];
		if (bit === undefined) {
			fail("USAGE", `${quoted(word)} is no right of ${kind}${suggestion(word, Object.keys(names))}`, { where });
		}
		return (known[kind] & bit) === 0 ? failLacking(`${kind}:${name}`, where) : sum | bit;
	}, 0);
}

function failLacking(what: string, where: string): never {
	return fail("LANDLOCK_UNAVAILABLE", `this kernel's Landlock has no ${what}`, { where });
}

/** `path-beneath:RIGHT,...:PATH` and `net-port:RIGHT,...:PORT`; without rights, what is forbidden. */
function parseRule(rule: string, handled: Known, known: Known, reads: Reads): PathRule | PortRule {
	const [type, rest] = cut(rule, ":");
	const [list, argument] = rest === undefined ? [""] : cut(rest, ":");
	const kind = type === "path-beneath" ? "fs" : type === "net-port" ? "net" : undefined;
	if (kind === undefined || argument === undefined) {
		fail("USAGE", `${quoted(rule)} is no rule`, { where: ruleOption, remedy: ["path-beneath:RIGHT,...:PATH or net-port:RIGHT,...:PORT"] });
	}
	const allowed = rightsOf(kind, list, known, ruleOption) || handled[kind];
	if (allowed === 0 || (allowed & ~handled[kind]) !== 0) {
		fail("USAGE", `${quoted(rule)} allows what is not forbidden`, {
			where: ruleOption,
			remedy: ["give --landlock-access fs, or net, beside it"],
		});
	}
	return kind === "fs" ? pathRule(argument, allowed, reads) : portRule(argument, allowed);
}

function pathRule(path: string, allowed: number, reads: Reads): PathRule {
	const fd = reads.openRead(AT.FDCWD, path, O.PATH, 0);
	if (fd < 0) {
		const { message, remedy } = errnoText("open", fd);
		fail("LANDLOCK_RULE", `${quoted(path)}: ${message}`, { where: ruleOption, remedy });
	}
	mustRead("fstat", reads.fstat(fd));
	return { path, as: "read", rights: allowed, fd };
}

function portRule(text: string, allowed: number): PortRule {
	const number = /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : 65_536;
	if (number > 65_535) {
		fail("USAGE", `${quoted(text)} is no port`, { where: ruleOption });
	}
	return { as: "bind", port: number, rights: allowed };
}

/** Before and behind the first of it. */
function cut(text: string, separator: string): [string, string?] {
	const at = text.indexOf(separator);
	return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** What `--landlock-support`, `--list-landlock-access` and `--list-landlock-rights` print. */
export function landlockText(asked: "support" | "access" | { readonly rightsOf: string }, reads: Reads): string {
	const { abi, known } = requireLandlock(reads);
	const kinds = (Object.keys(rights) as Kind[]).filter((kind) => known[kind] !== 0);
	const namesOf = (kind: Kind) => Object.entries(rights[kind]).flatMap(([name, bit]) => ((known[kind] & bit) === 0 ? [] : [name]));
	if (asked === "access") {
		return kinds.map((kind) => `${kind}\n`).join("");
	}
	if (asked !== "support") {
		const kind = requireKind(asked.rightsOf, "--list-landlock-rights");
		return namesOf(kind)
			.map((name) => `${name}\n`)
			.join("");
	}
	const lines = kinds.map((kind) => `${kind} ${kind === "scope" ? "restrictions" : "rights"}: ${namesOf(kind).join(" ")}`);
	return [
		`ABI version: ${abi}`,
		`access: ${kinds.join(" ")}`,
		...lines,
		"fs rules: path-beneath",
		...(known.net === 0 ? [] : ["net rules: net-port"]),
		"",
	].join("\n");
}
