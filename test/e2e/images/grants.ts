import { expect } from "vitest";
import type { ContainerOptions } from "../harness/run.ts";
import { runContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import type { Asked } from "./rows.ts";

export type Outlook = "any-volume" | "this-start";

/** What `plan --format docker` prints: flags of one line, and those that comments call optional. */
export interface Printed {
	readonly flags: readonly string[];
	readonly optional: readonly string[];
}

export async function printed(
	options: ContainerOptions,
	{ under = [], command = [] }: Pick<Asked, "under" | "command">,
	outlook: Outlook,
): Promise<Printed> {
	const { stdout, stderr } = await runContainer({
		...options,
		flags: [...under],
		entrypoint: "/abdicate",
		args: ["plan", "--format", "docker", "--for", outlook, ...(command.length === 0 ? [] : ["--", ...command])],
	});
	expect(stderr).toBe("");
	const [line = "", ...comments] = stdout.trimEnd().split("\n");
	return {
		flags: line.split(/ (?=--)/),
		optional: comments.map((each) => /^# optional: (--\S+ \S+)/.exec(each)?.[1] ?? each),
	};
}

/** Volumes of the worst kind, by where they go: the script that fills each. */
export type Volumes = Readonly<Record<string, string>>;

/** A tree of somebody else's that is closed, with a program that runs as its owner. */
export const closedTree = "mkdir a; touch a/b c; chmod 600 a/b; chown -R 4242:4242 .; chmod 4755 c; chmod 700 a .";
/** A directory of somebody else's, in which only they make anything; it can be passed, as the workload has to get to what is in it. */
export const othersDirectory = "chown 4242:4242 .; chmod 711 .";
/** The same, with one of theirs in it that has another mode than is wanted. */
export const othersWith = (name: string) => `mkdir -m 711 ${name}; chown 4242:4242 . ${name}`;

export function mounted(volumes: Volumes): string[] {
	return Object.entries(volumes).map(([place, script]) => `${volume(script)}:${place}`);
}

/** The words of a flag, as a shell takes them. */
export function wordsOf(flag: string): string[] {
	return [...flag.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Goes well with these flags, or not. */
export type Try = (flags: readonly string[]) => Promise<boolean>;

/**
 * With all the flags every try goes well, and without any one of them some try does not; what none misses is returned. The first is what
 * takes the other capabilities away, which gives more, so that it is left. `asked` are those of the flags that are looked at.
 */
export async function unmissed(flags: readonly string[], tries: readonly Try[], asked = flags.slice(1)): Promise<string[]> {
	const words = (given: readonly string[]) => given.flatMap(wordsOf);
	for (const attempt of tries) {
		expect(await attempt(words(flags))).toBe(true);
	}
	const found: string[] = [];
	for (const flag of asked) {
		const rest = words(flags.filter((each) => each !== flag));
		let isMissed = false;
		for (const attempt of tries) {
			isMissed ||= !(await attempt(rest));
		}
		if (!isMissed) {
			found.push(flag);
		}
	}
	return found;
}

/** Whether a program of the image, as the workload, can open its standard error again. */
export async function reopensOutput(options: ContainerOptions): Promise<boolean> {
	return (await runContainer({ ...options, args: ["sh", "-c", ": >/proc/self/fd/2"] })).status === 0;
}
