import { baseName } from "../../files/path-text.ts";
import { changesUser } from "../check/lint/replaced-rules.ts";
import type { Image } from "./image.ts";
import { type ImageInit, initOf } from "./image-init.ts";
import { nowhere, type Place } from "./place.ts";
import { shellText, wordsToExecute } from "./script.ts";

/** How an image is started, without what this program does itself. */
export interface Start {
	readonly entrypoint: readonly string[];
	readonly command: readonly string[];
	/** The one among the words, the innermost of several. */
	readonly init?: ImageInit;
	/** Whom a program, or a script, changed to, and which. */
	readonly user?: string;
	readonly userBy?: string;
	/** What a script gave to that one. */
	readonly owned: readonly string[];
	/** What was left out, by its name. */
	readonly replaced: readonly string[];
	/** One that is left, and changes the user in a way of its own. */
	readonly switcher?: string;
}

const taking =
	"ruid euid reuid rgid egid regid groups inh-caps ambient-caps bounding-set securebits pdeathsig selinux-label apparmor-profile".split(
		" ",
	);

/** Takes inits, programs that change the user, and scripts that do no more than that from the front of the words. */
export function startOf({ entrypoint: first, command: second, environment }: Image, { script }: Place = nowhere): Start {
	let [entrypoint, command] = [first, second];
	const [replaced, owned]: [string[], string[]] = [[], []];
	let more: Pick<Start, "init" | "user" | "userBy"> = {};
	for (;;) {
		const rest = [...entrypoint, ...command];
		const text = shellText(rest);
		const words = wordsToExecute(text);
		if (words !== undefined) {
			// What follows the text of a shell is nobody's.
			[entrypoint, command] = entrypoint.length > 0 ? [words, []] : [[], words];
			continue;
		}
		const name = baseName(rest[0] ?? "");
		const found = initOf(rest, environment);
		const switching = found === undefined ? switched(rest) : undefined;
		const ran = script !== undefined && [baseName(script.path), ""].includes(name) ? script : undefined;
		const inText = text?.split(/[\s;&|()]+/) ?? [];
		const inner = inText.slice(inText.findIndex((_, at) => changesUser(inText.slice(at))));
		const user = (switching ?? ran ?? switched(inner))?.user;
		if (user !== undefined) {
			more = { ...more, user, userBy: switching === undefined ? baseName(ran?.path ?? inner[0] ?? "") : name };
		}
		owned.push(...(ran?.owned ?? []));
		const taken = found?.count ?? switching?.count ?? (ran?.isAll && name !== "" ? 1 : 0);
		if (taken === 0) {
			const [switcher] = [rest, inner].filter(changesUser).map(([program = ""]) => baseName(program));
			return { entrypoint, command, owned, replaced, ...more, ...(switcher && { switcher }) };
		}
		replaced.push(name);
		more = found === undefined ? more : { ...more, init: found };
		[entrypoint, command] = [entrypoint.slice(taken), command.slice(Math.max(0, taken - entrypoint.length))];
	}
}

function switched([program = "", ...words]: readonly string[]): { readonly user: string; readonly count: number } | undefined {
	const [name, first] = [baseName(program), words[0]];
	if (name === "gosu" || name === "su-exec") {
		return first === undefined ? undefined : { user: first, count: 2 };
	}
	if (name !== "setpriv") {
		return undefined;
	}
	const given = new Map<string, string>();
	let at = 0;
	for (let word = words[at]; word?.startsWith("--"); word = words[at]) {
		const [option = "", value] = word.split("=", 2);
		const isApart = value === undefined && taking.includes(option.slice(2));
		given.set(option, (isApart ? words[at + 1] : value) ?? "");
		at += isApart ? 2 : 1;
		if (word === "--") {
			break;
		}
	}
	const [uid, gid] = [given.get("--reuid"), given.get("--regid")];
	return uid === undefined ? undefined : { user: gid === undefined ? uid : `${uid}:${gid}`, count: at + 1 };
}
