import { describe, expect, it } from "vitest";
import { elfInterpreter } from "../../../src/files/elf-interpreter.ts";
import { parseShebang } from "../../../src/files/shebang.ts";
import { parseEnvCommand } from "../../../src/steps/programs/env-command.ts";

describe("the first line of a script", () => {
	it.each<[string, readonly [string, string | undefined] | undefined]>([
		["#!/bin/sh\necho", ["/bin/sh", undefined]],
		["#!/bin/sh", ["/bin/sh", undefined]],
		["#! \t/bin/sh \t-e  \t\n", ["/bin/sh", "-e"]],
		["#!/usr/bin/env -S a b\tc\n", ["/usr/bin/env", "-S a b\tc"]],
		["#!/bin/sh\r\n", ["/bin/sh\r", undefined]],
		["#!/bin/sh -e\r\n", ["/bin/sh", "-e\r"]],
		["#!/bin/sh\0 -e\n", ["/bin/sh", undefined]],
		["#!/bin/sh -e\0 -x\n", ["/bin/sh", "-e"]],
		["#!sh\n", ["sh", undefined]],
		["#!\n/bin/sh\n", undefined],
		["#!  \t", undefined],
		[" #!/bin/sh\n", undefined],
		["\x7fELF", undefined],
		["", undefined],
		[`#!/${"x".repeat(252)}\n`, [`/${"x".repeat(252)}`, undefined]],
		[`#!/${"x".repeat(253)}\n`, undefined],
		[`#!/${"x".repeat(254)}\n`, undefined],
		[`#!/${"x".repeat(252)}`, [`/${"x".repeat(252)}`, undefined]],
		[`#!/${"x".repeat(252)} -x\n`, [`/${"x".repeat(252)}`, undefined]],
		[`#!/${"x".repeat(253)}`, undefined],
		[`#!/bin/sh ${"x".repeat(300)}\n`, ["/bin/sh", "x".repeat(245)]],
	])("%j", (head, expected) => {
		const found = parseShebang(head);
		expect(found && [found.interpreter, found.argument]).toEqual(expected);
	});
});

describe("what env runs", () => {
	it.each<[readonly string[], ReturnType<typeof parseEnvCommand>]>([
		[["mytool"], { argv: ["mytool"], path: "/p" }],
		[["python3 -u", "f"], { argv: ["python3 -u", "f"], path: "/p" }],
		[["-S python3  -u", "f"], { argv: ["python3", "-u", "f"], path: "/p" }],
		[["-SA=b\tpython3", "f"], { argv: ["python3", "f"], path: "/p" }],
		[["-S", "sh", "f"], { argv: ["sh", "f"], path: "/p" }],
		[["-v", "A=b", "--", "sh"], { argv: ["sh"], path: "/p" }],
		[["-u", "A", "sh"], { argv: ["sh"], path: "/p" }],
		[["-i", "/bin/sh"], { argv: ["/bin/sh"], path: undefined }],
		[["-i", "sh"], "env has no PATH then"],
		[["-", "sh"], "env has no PATH then"],
		[["-u", "PATH", "sh"], "env has no PATH then"],
		[["-S -i sh"], "env has no PATH then"],
		[["PATH=/data", "sh"], "env is told another PATH"],
		[["-S 'a b' c"], "what \" 'a b' c\" means to env is not followed"],
		[["-S ${HOME}/x"], 'what " ${HOME}/x" means to env is not followed'],
		[["-C", "/data", "sh"], 'what "-C" means to env is not followed'],
		[["--chdir=/data", "sh"], 'what "--chdir=/data" means to env is not followed'],
		[["-i"], undefined],
		[[], undefined],
	])("%j", (words, expected) => {
		expect(parseEnvCommand(words, "/p")).toEqual(expected);
	});
});

describe("the loader of a program", () => {
	const little = (value: number, bytes: number) => Array.from({ length: bytes }, (_, at) => (value / 256 ** at) & 0xff);
	const header = (type: number, offset: number, size: number) => [
		...little(type, 4),
		...little(4, 4),
		...little(offset, 8),
		...little(0, 16),
		...little(size, 8),
		...little(size, 8),
		...little(1, 8),
	];
	/** The bytes of a program as they cross the border. */
	const program = (headers: number[][], rest: string, count = headers.length) => {
		const bytes = [
			...[0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0],
			...little(0, 24),
			...little(64, 8),
			...little(0, 14),
			...little(56, 2),
			...little(count, 2),
			...little(0, 6),
			...headers.flat(),
			...[...rest].map((each) => each.charCodeAt(0)),
		];
		return bytes.map((each) => String.fromCharCode(each < 0x80 ? each : 0xdc00 + each)).join("");
	};
	const at = 64 + 2 * 56;

	it("is what PT_INTERP names", () => {
		expect(elfInterpreter(program([header(6, 64, 0x80ff), header(3, at, 10)], "/lib/ld.s\0after"))).toBe("/lib/ld.s");
	});

	it("is found behind bytes that happen to be UTF-8", () => {
		const text = program([header(6, 0xa9c3, 8), header(3, at, 10)], "/lib/ld.s\0").replace("\udcc3\udca9", "\u00e9");
		expect([text.includes("\u00e9"), elfInterpreter(text)]).toEqual([true, "/lib/ld.s"]);
	});

	it.each([
		["a program without one", program([header(1, 0, 9)], "/lib/ld.s\0")],
		["one that lies further on", program([header(3, 9999, 10)], "/lib/ld.s\0")],
		["a table that was cut off", program([], "", 60_000)],
		["a program of 32 bits", "\x7fELF\x01\x01"],
		["a script", "#!/bin/sh\n"],
	])("is none for %s", (_, head) => {
		expect(elfInterpreter(head)).toBeUndefined();
	});
});
