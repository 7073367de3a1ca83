import type { YamlMapping, YamlNode } from "../sys/native.ts";
import { childOf } from "./locate.ts";

/** A key that gives a variable to the workload, and what it gives where that is written: `${NAME}` in the file does not see it. */
export interface GivenBeside {
	readonly key: "env.default" | "env.set" | "env.from_file";
	readonly value: YamlNode | undefined;
}

/** The keys of `env` that give NAME a value, the one that wins first. */
export function givenBeside(root: YamlNode, name: string): readonly GivenBeside[] {
	const env = childOf(root, "env");
	const set = childOf(childOf(env, "set"), name);
	const inDefault = childOf(childOf(env, "default"), name);
	const fromFile = childOf(env, "from_file");
	const names = fromFile?.kind === "sequence" ? fromFile.items : [fromFile];
	return [
		...(names.some((each) => each?.kind === "scalar" && each.text === name) ? [{ key: "env.from_file", value: undefined } as const] : []),
		...(set === undefined ? [] : [{ key: "env.set", value: set } as const]),
		...(inDefault === undefined ? [] : [{ key: "env.default", value: inDefault } as const]),
	];
}

/** What a message about a variable that the start lacks says more of it, where the file has a value for it that is not its own. */
export function butBeside(root: YamlMapping, name: string): string {
	const isOwn = (value: YamlNode | undefined) => value?.kind === "scalar" && value.text.includes(`\${${name}`);
	const [found] = givenBeside(root, name).filter(({ value }) => !isOwn(value));
	return found === undefined
		? ""
		: `; what ${found.key} gives it reaches programs alone, and \${${name}} is the start's: write the value here too, or let a program read the variable`;
}
