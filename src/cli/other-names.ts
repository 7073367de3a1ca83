import { type Diagnostic, fail } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { standInNames } from "../steps/fuse/stand-in.ts";
import type { Host } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import type { DropIn } from "./drop-in.ts";

interface OtherName {
	readonly names: readonly string[];
	readonly load: () => Promise<DropIn>;
	/** Only who is called by the name itself: not what a person asks for. */
	readonly isInternal?: true;
	/** What a first process holds back from its beginning is kept until the program is there that it is for. */
	readonly isInit?: true;
}

/** Each is loaded when this program is called by one of its names. */
const otherNames: readonly OtherName[] = [
	{ names: standInNames, isInternal: true, load: async () => (await import("./drop-ins/fusermount.ts")).fusermount },
	{ names: ["gosu"], load: async () => (await import("./drop-ins/gosu/gosu.ts")).gosu },
	{ names: ["capsh"], load: async () => (await import("./drop-ins/capsh/capsh.ts")).capsh },
	{ names: ["tini", "tini-static", "docker-init"], isInit: true, load: async () => (await import("./drop-ins/tini/tini.ts")).tini },
	{ names: ["dumb-init"], isInit: true, load: async () => (await import("./drop-ins/dumb-init/dumb-init.ts")).dumbInit },
	{ names: ["su-exec"], load: async () => (await import("./drop-ins/gosu/su-exec.ts")).suExec },
	{ names: ["getpcaps"], load: async () => (await import("./drop-ins/readers/getpcaps.ts")).getpcaps },
	{ names: ["pscap"], load: async () => (await import("./drop-ins/readers/pscap.ts")).pscap },
	{ names: ["setpriv"], load: async () => (await import("./drop-ins/setpriv/setpriv.ts")).setpriv },
];

const byName = new Map(otherNames.flatMap((each) => each.names.map((name) => [name, each])));

/** The names that `as` takes. */
export const dropInNames: readonly string[] = otherNames.flatMap(({ names, isInternal }) => (isInternal ? [] : names));

/** This program as another one, with the words for that. */
export interface OtherCall {
	readonly name: string;
	readonly args: readonly string[];
	readonly other: OtherName;
}

/** The exit status. Who is no init gets the mask that was found, and so does whatever it executes or forks. */
export async function runOther(host: Host, { name, args, other }: OtherCall): Promise<number> {
	const held = other.isInit ? undefined : host.heldMask();
	if (held !== undefined) {
		mustRead("rt_sigprocmask", host.sigmask(held));
	}
	return await (await other.load())(host, name, args);
}

/** By the last component of argv[0], or by `as NAME`; `undefined` for a call of our own. */
export function otherCallOf([self = "", ...args]: readonly string[]): OtherCall | undefined {
	const name = self.slice(self.lastIndexOf("/") + 1);
	const other = byName.get(name);
	return other === undefined ? calledAs(args) : { name, args, other };
}

/** What a command line of another program ends in, where this one is nobody but itself. */
const ofOthers: readonly Diagnostic["code"][] = ["USAGE", "USER_MISSING", "COMMAND_MISSING"];

/** Whether the name by which this program is called may say more. */
export function isOfOtherProgram({ code }: Pick<Diagnostic, "code">): boolean {
	return ofOthers.includes(code);
}

/** What only asks about the subcommand. */
const asksAbout: readonly string[] = ["--help", "-h", "--version"];

/** The name stands first, or behind `--`: a program is never passed over for what stands before it. */
function calledAs([word, ...words]: readonly string[]): OtherCall | undefined {
	if (word !== "as" || asksAbout.includes(words[0] ?? "")) {
		return undefined;
	}
	const [name, ...args] = words[0] === "--" ? words.slice(1) : words;
	const other = byName.get(name ?? "");
	return name === undefined || other === undefined || other.isInternal ? refuse(name) : { name, args, other };
}

function refuse(name: string | undefined): never {
	const first = `abdicate as NAME [ARG...]: the name stands first, and is one of ${dropInNames.join(", ")}`;
	if (name === undefined) {
		fail("USAGE", "as which program this one is to be called was not said", { remedy: [first] });
	}
	if (name.startsWith("-")) {
		fail("USAGE", `as has no option ${quoted(name)}`, { remedy: [first] });
	}
	fail("USAGE", `${quoted(name)} is no program that this one can be${suggestion(name, dropInNames)}`, {
		remedy: [`it can be ${dropInNames.join(", ")}`],
	});
}
