import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { safeParse } from "valibot";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fileMode } from "../../../src/config/fields.ts";
import { missingMode, modeSpec } from "../../../src/steps/common/mode.ts";
import type { ModeChange } from "../../../src/sys/native.ts";
import { runs } from "../harness/runs.ts";
import { plan } from "./context.ts";

const before = [0o700, 0o2750, 0o1777, 0o000, 0o640, 0o755, 0o4711, 0o606];
let directory = "";
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "abdicate-mode-"));
	mkdirSync(join(directory, "directory"));
	writeFileSync(join(directory, "file"), "");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it.each([
	"u+rwX",
	"g+rw",
	"go=",
	"g=rx,o-w",
	"a-x,o+r",
	"+x",
	"-w",
	"=r",
	"u=rwx,go=rX",
	"ug+s",
	"g-s",
	"+t",
	"o=t",
	"=",
	"a+rX,u+w",
	"a-x,u+X",
])("changes modes by %s as chmod(1) does", (mode) => {
	const { modes } = plan("chmod", { path: "/x", mode });
	const results = ["directory", "file"].flatMap((name) =>
		before.map((bits) => {
			const path = join(directory, name);
			chmodSync(path, bits);
			const wanted = missingMode(statSync(path), modes) ?? bits;
			execFileSync("sh", ["-c", 'umask 0; chmod -- "$1" "$2"', "chmod", mode, path]);
			return { name, bits, wanted, real: statSync(path).mode & 0o7777 };
		}),
	);
	expect(results.filter(({ wanted, real }) => wanted !== real)).toEqual([]);
});

it("rule 8.3: modes of garbage are refused, or change permission bits alone", () => {
	const written = fc.oneof(
		fc.array(fc.constantFrom(..."ugoa+-=rwxXst,01237 "), { maxLength: 12 }).map((letters) => letters.join("")),
		fc.integer(),
		fc.string(),
	);
	const other = (changed: number, { clear, set }: ModeChange) => changed | ((clear | set) & ~0o7777);
	fc.assert(
		fc.property(written, (mode) => {
			const found = safeParse(modeSpec(), mode);
			if (found.success) {
				const { directory, file, executable } = found.output;
				expect([directory, file, executable].reduce(other, 0)).toBe(0);
			}
			const octal = safeParse(fileMode(), mode);
			expect(!octal.success || Number.parseInt(`${mode}`.replace(/^0?o/, ""), 8) === octal.output).toBe(true);
		}),
		{ numRuns: runs(3000) },
	);
});
