import { fail } from "../report/failure.ts";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import { standInNames } from "../steps/fuse/stand-in.ts";
import type { DropIn } from "./drop-in.ts";

interface OtherName {
	readonly names: readonly string[];
	readonly load: () => Promise<DropIn>;
	/** Only who is called by the name itself: not what a person asks for. */
	readonly isInternal?: true;
}

/** Each is loaded when this program is called by one of its names. */
const otherNames: readonly OtherName[] = [
	{ names: standInNames, isInternal: true, load: async () => (await import("./drop-ins/fusermount.ts")).fusermount },
	{ names: ["gosu"], load: async () => (await import("./drop-ins/gosu/gosu.ts")).gosu },
	{ names: ["capsh"], load: async () => (await import("./drop-ins/capsh/capsh.ts")).capsh },
	{ names: ["tini", "tini-static", "docker-init"], load: async () => (await import("./drop-ins/tini/tini.ts")).tini },
	{ names: ["dumb-init"], load: async () => (await import("./drop-ins/dumb-init/dumb-init.ts")).dumbInit },
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
	readonly load: OtherName["load"];
}

/** By the last component of argv[0], or by `as NAME`; `undefined` for a call of our own. */
export function otherCallOf([self = "", ...args]: readonly string[]): OtherCall | undefined {
	const name = self.slice(self.lastIndexOf("/") + 1);
	const load = byName.get(name)?.load;
	return load === undefined ? calledAs(args) : { name, args, load };
}

/** What only asks about the subcommand. */
const asksAbout: readonly string[] = ["--help", "-h", "--version"];

/** The name stands first, or behind `--`: a program is never passed over for what stands before it. */
function calledAs([word, ...words]: readonly string[]): OtherCall | undefined {
	if (word !== "as" || asksAbout.includes(words[0] ?? "")) {
		return undefined;
	}
	const [name, ...args] = words[0] === "--" ? words.slice(1) : words;
	const found = byName.get(name ?? "");
	return found === undefined || found.isInternal ? refuse(name) : { name: name as string, args, load: found.load };
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
