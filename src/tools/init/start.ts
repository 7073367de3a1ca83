import { baseName } from "../../files/path-text.ts";
import { changesUser } from "../check/lint/replaced-rules.ts";
import type { Image } from "./image.ts";
import { type ImageInit, initOf } from "./image-init.ts";
import { nowhere, type Place } from "./place.ts";
import { type Script, shellText, wordsToExecute } from "./script.ts";
import { type Switching, setprivOf } from "./setpriv.ts";

/** How an image is started, without what this program does itself. */
export interface Start {
	readonly entrypoint: readonly string[];
	readonly command: readonly string[];
	/** The one among the words, the innermost of several. */
	readonly init?: ImageInit;
	/** Whom a program, or a script, changed to, and which. */
	readonly user?: string;
	readonly userBy?: string;
	/** What a program that changed the user did beside. */
	readonly switching?: Switching;
	readonly script?: Script;
	/** What was left out, by its name. */
	readonly replaced: readonly string[];
	/** One that is left, and changes the user in a way of its own. */
	readonly switcher?: string;
}

/** Takes inits, programs that change the user, and scripts that do no more than that from the front of the words. */
export function startOf({ entrypoint: first, command: second, environment }: Image, { script }: Place = nowhere): Start {
	let [entrypoint, command] = [first, second];
	const replaced: string[] = [];
	let more: Pick<Start, "init" | "user" | "userBy" | "switching" | "script"> = {};
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
		const inText = text?.split(/[\s;&|()]+/) ?? [];
		const inner = inText.slice(inText.findIndex((_, at) => changesUser(inText.slice(at))));
		const outer = found === undefined ? switched(rest) : undefined;
		const switching = outer ?? switched(inner);
		const ran = script !== undefined && [baseName(script.path), ""].includes(name) ? script : undefined;
		const user = (outer ?? ran ?? switching)?.user;
		if (user !== undefined) {
			more = { ...more, user, userBy: outer === undefined ? baseName(ran?.path ?? inner[0] ?? "") : name };
		}
		more = { ...more, ...(switching && { switching }), ...(ran && { script: ran }) };
		const shorter = text?.replace(`${inner.slice(0, switching?.count).join(" ")} `, "");
		if (outer === undefined && switching !== undefined && shorter !== text) {
			const isText = (each: string) => (each === text ? (shorter ?? "") : each);
			[entrypoint, command] = [entrypoint.map(isText), command.map(isText)];
			replaced.push(baseName(inner[0] ?? ""));
			continue;
		}
		const taken = found?.count ?? outer?.count ?? (ran?.isAll && name !== "" ? 1 : 0);
		if (taken === 0) {
			const [switcher] = [rest, inner].filter(changesUser).map(([program = ""]) => baseName(program));
			return { entrypoint, command, replaced, ...more, ...(switcher && { switcher }) };
		}
		replaced.push(name);
		more = found === undefined ? more : { ...more, init: found };
		[entrypoint, command] = [entrypoint.slice(taken), command.slice(Math.max(0, taken - entrypoint.length))];
	}
}

function switched([program = "", ...words]: readonly string[]): Switching | undefined {
	const [name, user] = [baseName(program), words[0]];
	if (name === "gosu" || name === "su-exec") {
		return user === undefined ? undefined : { user, count: 2 };
	}
	return name === "setpriv" ? setprivOf(words) : undefined;
}
