import {
	chmodSync,
	chownSync,
	lchownSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeHost } from "../../../src/node/host.ts";
import { unifiedDiff } from "../../../src/tools/rewrite/diff.ts";
import { writeNewFile } from "../../../src/tools/rewrite/new-file.ts";
import { replaceFile } from "../../../src/tools/rewrite/replace.ts";
import { runs } from "../harness/runs.ts";

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "rewrite-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (name: string) => join(directory, name);
const isRoot = process.getuid?.() === 0;

/** What is said when it is refused. */
function refusal(path: string, before = "old\n"): string | undefined {
	try {
		replaceFile(nodeHost(), { path, before, after: "new\n" });
		return undefined;
	} catch (error) {
		const [first] = (error as { diagnostics: { code: string; message: string }[] }).diagnostics;
		return `${first?.code}: ${first?.message}`;
	}
}

describe("a file that is replaced", () => {
	it("keeps its mode and its owner, and nothing stays beside it", () => {
		writeFileSync(at("f"), "old\n");
		if (isRoot) {
			chownSync(at("f"), 1000, 33);
		}
		chmodSync(at("f"), 0o640);
		const { uid, gid, ino } = statSync(at("f"));
		expect(refusal(at("f"))).toBe(undefined);
		const now = statSync(at("f"));
		expect([readFileSync(at("f"), "utf8"), now.mode & 0o7777, now.uid, now.gid, readdirSync(directory)]).toEqual([
			"new\n",
			0o640,
			uid,
			gid,
			["f"],
		]);
		expect(now.ino).not.toBe(ino);
	});

	describe("through a link", () => {
		let own = "";
		beforeEach(() => {
			// In a directory for everybody, root's link may have been brought there by another.
			own = isRoot ? mkdtempSync(join(homedir(), ".rewrite-")) : directory;
			mkdirSync(join(own, "d"));
			writeFileSync(join(own, "d/f"), "old\n");
			writeFileSync(join(own, "f"), "old\n");
		});
		afterEach(() => rmSync(own, { recursive: true, force: true }));

		it("is replaced where its own link leads", () => {
			symlinkSync("f", join(own, "link"));
			expect(refusal(join(own, "link"))).toBe(undefined);
			expect(readFileSync(join(own, "f"), "utf8")).toBe("new\n");
			symlinkSync("d", join(own, "e"));
			expect(refusal(join(own, "e/f"))).toBe(undefined);
			expect(readFileSync(join(own, "d/f"), "utf8")).toBe("new\n");
		});

		it.each(["d/f", "./d/../d/f", "through"])("is not replaced where it lies in another directory: %s", (target) => {
			symlinkSync("d/f", join(own, "through"));
			symlinkSync(target, join(own, "link"));
			expect(refusal(join(own, "link"))).toBe("FILE_NOT_WRITTEN: cannot be replaced: it is a link into another directory");
			expect(readFileSync(join(own, "d/f"), "utf8")).toBe("old\n");
		});
	});

	it.runIf(isRoot)("rule 9.11: is not replaced through another's link", () => {
		writeFileSync(at("f"), "old\n");
		symlinkSync("f", at("link"));
		lchownSync(at("link"), 1000, 1000);
		expect(refusal(at("link"))).toBe(
			`FILE_NOT_WRITTEN: cannot be replaced: ${at("link")} is a symbolic link that is not root's alone; it is not followed`,
		);
		expect(readFileSync(at("f"), "utf8")).toBe("old\n");
	});

	it("is not replaced when it is another by now, or none", () => {
		writeFileSync(at("f"), "other\n");
		expect(refusal(at("f"))).toBe("FILE_NOT_WRITTEN: cannot be replaced: it has been changed meanwhile");
		expect(refusal(at("none"))).toMatch(/^FILE_NOT_WRITTEN: cannot be replaced: open: ENOENT/);
		mkdirSync(at("d"));
		expect(refusal(at("d"))).toMatch(/^FILE_NOT_WRITTEN: cannot be replaced: /);
		expect([readFileSync(at("f"), "utf8"), readdirSync(directory)]).toEqual(["other\n", ["d", "f"]]);
	});

	it("leaves another name of the old one alone", () => {
		writeFileSync(at("f"), "old\n");
		linkSync(at("f"), at("g"));
		expect([refusal(at("f")), readFileSync(at("g"), "utf8")]).toEqual([undefined, "old\n"]);
	});
});

describe("a new file", () => {
	it("is written where nothing is", () => {
		writeNewFile(nodeHost(), at("f"), "new\n");
		expect(readFileSync(at("f"), "utf8")).toBe("new\n");
	});

	it("is not written where something is, a link that leads nowhere too", () => {
		writeFileSync(at("f"), "old\n");
		symlinkSync("none", at("link"));
		for (const name of ["f", "link"]) {
			expect(() => writeNewFile(nodeHost(), at(name), "new\n")).toThrow(
				expect.objectContaining({
					diagnostics: [
						expect.objectContaining({ code: "FILE_NOT_WRITTEN", remedy: ["write it to another file, or remove this one first"] }),
					],
				}),
			);
		}
		expect([readFileSync(at("f"), "utf8"), readdirSync(directory)]).toEqual(["old\n", ["f", "link"]]);
	});

	it.runIf(isRoot)("is not written where a link of another leads", () => {
		mkdirSync(at("elsewhere"));
		mkdirSync(at("theirs"));
		symlinkSync("../elsewhere", at("theirs/way"));
		const write = () => writeNewFile(nodeHost(), at("theirs/way/f"), "new\n");
		lchownSync(at("theirs/way"), 1000, 1000);
		chownSync(at("theirs"), 1000, 1000);
		expect(write).toThrow(
			expect.objectContaining({
				diagnostics: [expect.objectContaining({ code: "FILE_NOT_WRITTEN", remedy: ["name the directory that is meant itself"] })],
			}),
		);
		expect(readdirSync(at("elsewhere"))).toEqual([]);
		lchownSync(at("theirs/way"), 0, 0);
		chownSync(at("theirs"), 0, 0);
		chmodSync(at("theirs"), 0o755);
		chmodSync(directory, 0o755);
		write();
		expect(readdirSync(at("elsewhere"))).toEqual(["f"]);
	});
});

describe("a difference", () => {
	const numbers = Array.from({ length: 20 }, (_, index) => `${index}\n`).join("");

	it("has three lines around it, and hunks that are far from each other apart", () => {
		const after = numbers.replace("2\n", "").replace("17\n", "a\nb\n");
		expect(unifiedDiff({ path: "f\u001b", before: numbers, after })).toBe(
			"--- f\\x1b\n+++ f\\x1b\n@@ -1,6 +1,5 @@\n 0\n 1\n-2\n 3\n 4\n 5\n@@ -15,6 +14,7 @@\n 14\n 15\n 16\n-17\n+a\n+b\n 18\n 19\n",
		);
		expect(unifiedDiff({ path: "f", before: numbers, after: numbers })).toBe("");
	});

	it("shows what a terminal would obey, and the end of a text without a newline", () => {
		expect(unifiedDiff({ path: "f", before: "a\u001b[2J\r", after: "a\n" })).toBe(
			"--- f\n+++ f\n@@ -1 +1 @@\n-a\\x1b[2J\\x0d\n\\ No newline at end of file\n+a\n",
		);
	});

	it("makes the one text of the other", () => {
		const text = fc
			.array(fc.constantFrom("a", "b", "c", "", " d"), { maxLength: 30 })
			.map((lines) => lines.map((line) => `${line}\n`).join(""));
		fc.assert(
			fc.property(text, text, (before, after) => {
				expect(patched(before, unifiedDiff({ path: "f", before, after }))).toBe(after);
			}),
			{ numRuns: runs(500) },
		);
	});
});

/** As patch(1) does it, which goes by the numbers. */
function patched(before: string, diff: string): string {
	const old = before.split("\n").slice(0, -1);
	const now: string[] = [];
	let at = 0;
	for (const line of diff.split("\n").slice(2, -1)) {
		const [, start, count] = /^@@ -(\d+)(?:,(\d+))? /.exec(line) ?? [];
		if (start !== undefined) {
			const to = count === "0" ? Number(start) : Number(start) - 1;
			now.push(...old.slice(at, to));
			at = to;
		} else if (line.startsWith("+")) {
			now.push(line.slice(1));
		} else {
			expect(old[at]).toBe(line.slice(1));
			now.push(...(line.startsWith(" ") ? [line.slice(1)] : []));
			at++;
		}
	}
	return [...now, ...old.slice(at)].map((line) => `${line}\n`).join("");
}
