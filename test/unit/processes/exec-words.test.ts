import { expect, it } from "vitest";
import { tooLarge } from "../../../src/processes/exec-words.ts";
import type { Reads } from "../../../src/sys/native.ts";

const withStack = (bytes: bigint) => ({ getrlimit: () => [bytes, bytes] }) as unknown as Reads;
const string = 131_072;
const unset = (name: string) => [
	`env: {unset: [${name}]} leaves the variable out; what is long belongs into a file: the file step, or a mount`,
];

it.each<[string, bigint, readonly string[], readonly string[], string, readonly string[]]>([
	[
		"an argument",
		8_388_608n,
		["x", "y".repeat(string)],
		["A=b"],
		"argument 1 has 131072 bytes: the kernel takes 131071 of one",
		["give it in a file, or in several arguments"],
	],
	[
		"a variable, counted in bytes and with its name",
		8_388_608n,
		["x"],
		["A=b", `B=${"é".repeat(string / 2 - 1)}`],
		'the variable "B" has 131072 bytes: the kernel takes 131071 of one',
		unset("B"),
	],
	[
		"all together, of a small stack",
		524_288n,
		["x"],
		[`A=${"a".repeat(100_000)}`, `B=${"b".repeat(50_000)}`],
		'arguments and environment have 150032 bytes together, the longest the variable "A": the kernel takes 131072, a quarter of the stack\'s limit and 6 MiB at most',
		[...unset("A"), "limits: {stack: 33554432} allows 6 MiB"],
	],
	[
		"all together, of any stack",
		(1n << 64n) - 1n,
		["x", ...Array.from({ length: 70 }, () => "y".repeat(100_000))],
		[],
		"arguments and environment have 7000640 bytes together, the longest argument 1: the kernel takes 6291456, a quarter of the stack's limit and 6 MiB at most",
		["give them in a file"],
	],
])("%s", (_, stack, argv, environment, message, remedy) => {
	expect(tooLarge(withStack(stack), { argv, environment })).toEqual({ message, remedy });
});
