import { expect, it } from "vitest";
import { childrenOf } from "../../../src/processes/children.ts";
import { forkChild } from "../../../src/processes/fork.ts";
import type { Host } from "../../../src/sys/native.ts";

const ECHILD = 10;

it.each([
	["what its work says", () => 7, 7],
	["125 when its work throws", () => undefined as never, 125],
	[
		"125 when the text of an error throws",
		() => {
			throw new Proxy({}, { get: () => undefined as never });
		},
		125,
	],
])("rule 9.5: a child ends with %s, and never goes on as its parent", (_, work, status) => {
	const ends: number[] = [];
	const calls: Partial<Host> = {
		fork: () => 0,
		// As the native side has it: what is no number throws.
		exit: (code) => {
			if (typeof code !== "number") {
				throw new TypeError("no number");
			}
			ends.push(code);
			throw new Error("gone");
		},
	};
	expect(() => forkChild(calls as Host, work)).toThrow();
	expect(ends[0]).toBe(status);
});

/** Process 40 with these children, and a /proc that lists these. */
function family(children: readonly number[], listed: string | undefined, self = 40) {
	let newest = 90;
	const calls: Partial<Host> = {
		fork: () => ++newest,
		getpid: () => 40,
		readlinkat: () => (listed === undefined ? -2 : `${self}`),
		openRead: () => (listed === undefined ? -2 : 5),
		fstatfs: () => [0x9fa0, 0],
		readAll: () => listed ?? "",
		close: () => 0,
		waitpid: (pid) => (children.includes(pid) ? [0, 0] : -ECHILD),
	};
	return calls as Host;
}

it.each<[string, string | undefined, number]>([
	["by the kernel's list, which is not believed unasked", "41 50 77 ", 40],
	["by trying, without /proc", undefined, 40],
	["by trying, with the numbers of another namespace", "1041 1077 ", 1040],
])("children are found %s", (_, listed, self) => {
	expect(childrenOf(family([41, 77], listed, self), 41)).toEqual([41, 77]);
});

it("children are found whose numbers have begun anew", () => {
	expect(childrenOf(family([41, 77], undefined), 32_000)).toEqual([41, 77]);
});
