import { baseName } from "../../files/path-text.ts";
import { changesUser, wordsOfInit } from "../check/lint/replaced-rules.ts";
import type { Image } from "./image.ts";

/** How an image is started, without what this program does itself. */
export interface Start {
	readonly entrypoint: readonly string[];
	readonly command: readonly string[];
	/** An init was among the words. */
	readonly hasInit: boolean;
	/** Whom a program changed to. */
	readonly user?: string;
	/** What was left out, by its name. */
	readonly replaced: readonly string[];
	/** One that is left, and changes the user in a way of its own. */
	readonly switcher?: string;
}

const taking = /^--(?:[re]*[ug]id|groups|inh-caps|ambient-caps|bounding-set|securebits|pdeathsig|selinux-label|apparmor-profile)$/;

/** Takes inits and programs that change the user from the front of the words. */
export function startOf({ entrypoint, command }: Image): Start {
	const words = [...entrypoint, ...command];
	const replaced: string[] = [];
	let [at, hasInit] = [0, false];
	let user: string | undefined;
	for (;;) {
		const rest = words.slice(at);
		const ofInit = wordsOfInit(rest);
		const switching = switched(rest);
		const taken = ofInit > 0 ? ofInit : (switching?.count ?? 0);
		if (taken === 0) {
			break;
		}
		replaced.push(baseName(rest[0] ?? ""));
		hasInit ||= ofInit > 0;
		user = switching?.user ?? user;
		at += taken;
	}
	const left = words.slice(at);
	return {
		entrypoint: entrypoint.slice(at),
		command: command.slice(Math.max(0, at - entrypoint.length)),
		hasInit,
		replaced,
		...(user === undefined ? {} : { user }),
		...(changesUser(left) ? { switcher: baseName(left[0] ?? "") } : {}),
	};
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
		const isApart = value === undefined && taking.test(option);
		given.set(option, (isApart ? words[at + 1] : value) ?? "");
		at += isApart ? 2 : 1;
		if (word === "--") {
			break;
		}
	}
	const [uid, gid] = [given.get("--reuid"), given.get("--regid")];
	return uid === undefined ? undefined : { user: gid === undefined ? uid : `${uid}:${gid}`, count: at + 1 };
}
