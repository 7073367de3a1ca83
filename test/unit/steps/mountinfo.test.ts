import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cgroupMounts, findInTable } from "../../../src/files/mountinfo.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { runs } from "../harness/runs.ts";

const table = `22 1 0:20 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/a - b
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 0:22 / /data rw - ext4 /dev/sda rw
25 24 0:23 / /data rw,nosuid shared:3 master:4 - fuse.sshfs host:/x rw,user_id=1
26 22 0:24 / /with\\040blank\\134 rw - tmpfs tmpfs rw
`;

describe("findInTable", () => {
	it("finds the last mount at exactly that path", () => {
		expect(["/", "/proc", "/data", "/with blank\\", "/dat", "/data/", "/data/x", ""].map((path) => findInTable(table, path)?.type)).toEqual(
			["overlay", "proc", "fuse.sshfs", "tmpfs", undefined, undefined, undefined, undefined],
		);
	});
});

describe("rule 8.3: a table of mounts", () => {
	const escaped = (text: string) => text.replace(/[ \t\n\\]/g, (each) => `\\${each.charCodeAt(0).toString(8).padStart(3, "0")}`);
	const name = fc.string({ unit: fc.constantFrom("a", " ", "\t", "\n", "\\", "0", "4", "-", "/", ","), maxLength: 6 });

	it("gives back every path as it was, whatever letters it has", () => {
		fc.assert(
			fc.property(fc.uniqueArray(name, { minLength: 1 }), name, (names, source) => {
				const lines = names.map((each) => `24 22 0:22 / ${escaped(`/${each}`)} rw shared:1 - tmpfs ${escaped(source)} rw\n`);
				expect(names.map((each) => findInTable(lines.join(""), `/${each}`))).toEqual(
					names.map(() => ({ type: "tmpfs", source, options: ["rw"] })),
				);
			}),
		);
	});

	it("of garbage ends in mounts or none", () => {
		const piece = fc.constantFrom(
			" ",
			"\n",
			" - ",
			"/",
			"\\040",
			"\\9",
			"24",
			"cgroup",
			"cgroup2",
			" - cgroup2 cgroup2 rw\n",
			"rw",
			",",
			"\0",
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
				const text = pieces.join("");
				const kernel = new FakeKernel({ process: dockerRoot(), files: { "/proc/self/mountinfo": text } });
				const lines = text.split("\n").length;
				expect(cgroupMounts(kernel.host).length).toBeLessThanOrEqual(lines);
				expect(["object", "undefined"]).toContain(typeof findInTable(text, "/"));
				expect(kernel.files.openCount).toBe(0);
			}),
			{ numRuns: runs(1000) },
		);
	});
});
