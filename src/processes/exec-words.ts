import { byteLength } from "../report/bytes.ts";
import type { Problem } from "../report/problem.ts";
import { quoted } from "../report/text.ts";
import { yamlScalar } from "../report/yaml.ts";
import { nameOfEntry } from "../sys/environ.ts";
import type { ExecWords } from "../sys/exec-refused.ts";
import type { Reads } from "../sys/native.ts";

/** MAX_ARG_STRLEN, with the NUL at the end. */
const longestString = 131_072;
/** A quarter of the stack, at least ARG_MAX, at most three quarters of 8 MiB. execve(2) */
const share = 4n;
const [least, most] = [131_072n, 6_291_456n];
const pointer = 8;
const RLIMIT_STACK = 3;

/** Why arguments and environment were too large for execve: which of them, and what the limit is. */
export function tooLarge(reads: Reads, { argv, environment }: ExecWords): Problem {
	const [longest, index] = longestOf(argv);
	const [longestVariable, at] = longestOf(environment);
	const name = nameOfEntry(environment[at] ?? "");
	const shorter = [
		`env: {unset: [${yamlScalar(name)}]} leaves the variable out; what is long belongs into a file: the file step, or a mount`,
	];
	if (longest > longestString) {
		return {
			message: `argument ${index} has ${longest - 1} bytes: the kernel takes ${longestString - 1} of one`,
			remedy: ["give it in a file, or in several arguments"],
		};
	}
	if (longestVariable > longestString) {
		return {
			message: `the variable ${quoted(name)} has ${longestVariable - 1} bytes: the kernel takes ${longestString - 1} of one`,
			remedy: shorter,
		};
	}
	const sum = [...argv, ...environment].reduce((bytes, each) => bytes + sizeOf(each) + pointer, 0);
	const limit = reads.getrlimit(RLIMIT_STACK);
	const allowed = typeof limit === "number" ? most : limit[0] / share;
	const bound = allowed < least ? least : allowed > most ? most : allowed;
	const largest = longestVariable > longest ? `the variable ${quoted(name)}` : `argument ${index}`;
	return {
		message: `arguments and environment have ${sum} bytes together, the longest ${largest}: the kernel takes ${bound}, a quarter of the stack's limit and 6 MiB at most`,
		remedy: [
			...(longestVariable > longest ? shorter : ["give them in a file"]),
			...(bound < most ? ["limits: {stack: 33554432} allows 6 MiB"] : []),
		],
	};
}

function longestOf(texts: readonly string[]): [size: number, index: number] {
	return texts.reduce<[number, number]>((best, each, index) => (sizeOf(each) > best[0] ? [sizeOf(each), index] : best), [0, 0]);
}

function sizeOf(text: string): number {
	return byteLength(text) + 1;
}
