import { describe, expect, it } from "vitest";
import { capability } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { octal } from "../../../src/files/permissions.ts";
import { beforeOf } from "../../../src/plan/as-left.ts";
import type { PlannedStep } from "../../../src/plan/plan.ts";
import { readsAsLeft } from "../../../src/plan/reads-as-left.ts";
import type { StepKind } from "../../../src/steps/index.ts";
import { AT, O, S } from "../../../src/sys/constants.ts";
import { errno } from "../../../src/sys/errno.ts";
import type { Reads } from "../../../src/sys/native.ts";
import { kernelWith, plan } from "../steps/context.ts";

const files = {
	"/srv": { kind: "directory", mode: 0o755 },
	"/srv/app": { kind: "directory", mode: 0o755 },
	"/srv/app/run": { kind: "file", mode: 0o755, content: "#!/bin/sh\n" },
	"/srv/app/two": { kind: "file", mode: 0o755, nlink: 2 },
	"/srv/current": { kind: "link", content: "app" },
	"/seed/tool": { kind: "file", mode: 0o750 },
} as const;

type Written = readonly [kind: StepKind, config: unknown, its?: Partial<PlannedStep>];

function leftBy(steps: readonly Written[]) {
	const kernel = kernelWith(files);
	const setup = steps.map(([kind, config, its], index) => ({
		...{ action: plan(kind, config, kernel), label: `setup[${index}]`, onError: "fail", when: undefined },
		...its,
	}));
	const all = CapabilitySet.upTo(capability("CHECKPOINT_RESTORE"));
	return { kernel, ...readsAsLeft(beforeOf(setup as unknown as PlannedStep[]), { reads: kernel.host, permitted: all }) };
}

function told(reads: Reads, path: string): string {
	const stat = reads.statat(AT.FDCWD, path, 0);
	return typeof stat === "number"
		? (Object.entries(errno).find(([, code]) => code === -stat)?.[0] ?? "")
		: `${octal(stat.mode & ~S.IFMT)} ${stat.uid}:${stat.gid}`;
}

describe("what steps leave", () => {
	it.each<[steps: readonly Written[], path: string, found: string, isKnown: boolean, isSettled: boolean]>([
		[[], "/srv/app/run", "0755 0:0", true, true],
		[[["own", "/srv/app"]], "/srv/app/run", "0755 1000:1000", true, true],
		[[["own", "/srv/app"]], "/srv/current/run", "0755 1000:1000", true, true],
		[[["own", "/srv/app"]], "/srv", "0755 0:0", true, true],
		[[["own", { path: "/srv/app", exclude: "run" }]], "/srv/app/run", "0755 0:0", true, true],
		[[["own", { path: "/srv/app", policy: "top-only" }]], "/srv/app/run", "0755 0:0", true, true],
		[[["own", { path: "/srv/app", policy: "unusable" }]], "/srv/app/run", "0755 0:0", false, false],
		[[["own", "/srv/app"]], "/srv/app/two", "0755 0:0", false, false],
		[[["chmod", { path: "/srv/app/run", mode: "0700" }]], "/srv/app/run", "0700 0:0", true, true],
		[[["mkdir", { path: "/srv/new", mode: "0700" }]], "/srv/new", "0700 1000:1000", true, true],
		[[["mkdir", { path: "/srv/app", mode: "0700", owner: "root" }]], "/srv/app", "0700 0:1000", true, true],
		[[["mkdir", "/srv/new/deep"]], "/srv/new", "ENOENT", false, false],
		[[["mkdir", "/srv/new"]], "/srv/new/in", "ENOENT", true, true],
		[[["file", { path: "/srv/x", content: "" }]], "/srv/x", "0644 1000:1000", true, false],
		[[["file", { path: "/srv/app/run", content: "", if: "absent" }]], "/srv/app/run", "0755 0:0", false, false],
		[[["copy", { from: "/seed/tool", to: "/srv/tool" }]], "/srv/tool", "0750 1000:1000", true, false],
		[[["copy", { from: "/seed", to: "/srv/seed", owner: "root" }]], "/srv/seed/tool", "0750 0:1000", true, false],
		[[["copy", { from: "/seed", to: "/srv/seed" }]], "/srv/seed/other", "ENOENT", false, false],
		[[["remove", "/srv/app/run"]], "/srv/app/run", "ENOENT", true, true],
		[[["remove", "/srv/app/*"]], "/srv/app/run", "0755 0:0", false, false],
		[[["remove", { path: "/srv/app/run", older_than_boot: true }]], "/srv/app/run", "0755 0:0", false, false],
		[
			[
				["remove", "/srv/app/run"],
				["file", { path: "/srv/app/run", content: "" }],
			],
			"/srv/app/run",
			"0644 1000:1000",
			true,
			false,
		],
		[[["mount", { type: "tmpfs", target: "/srv/app" }]], "/srv/app/run", "ENOENT", true, true],
		[[["mount", { type: "tmpfs", target: "/srv/app" }]], "/srv/app", "0755 0:0", false, false],
		[
			[
				["mount", { type: "tmpfs", target: "/srv/app" }],
				["mkdir", "/srv/app/a/b"],
			],
			"/srv/app/a",
			"ENOENT",
			false,
			false,
		],
		[[["mount", { type: "bind", source: "/seed", target: "/srv/app" }]], "/srv/app/run", "ENOENT", true, true],
		[[["mount", { type: "bind", source: "/seed", target: "/srv/app" }]], "/srv/app/tool", "0750 0:0", true, false],
		[
			[
				["copy", { from: "/seed", to: "/srv/made" }],
				["mount", { type: "bind", source: "/srv/made", target: "/srv/app" }],
			],
			"/srv/app/tool",
			"0750 1000:1000",
			true,
			false,
		],
		[
			[
				["run", ["/bin/true"]],
				["mount", { type: "bind", source: "/seed", target: "/srv/app" }],
			],
			"/srv/app/run",
			"0755 0:0",
			false,
			false,
		],
		[
			[
				["run", ["/bin/true"]],
				["mkdir", { path: "/srv/new", owner: "root" }],
			],
			"/srv/new",
			"0755 0:1000",
			true,
			true,
		],
		[[["run", ["/bin/true"]]], "/dev/fuse", "ENOENT", true, true],
		[[["run", ["/bin/true"]]], "/srv/app/run", "0755 0:0", false, false],
		[[["own", "/srv/app", { onError: "warn" }]], "/srv/app/run", "0755 0:0", false, false],
		[
			[
				["mkdir", { path: "/srv/new", owner: "root" }],
				["own", "/srv/app"],
			],
			"/srv/new",
			"0755 0:1000",
			true,
			true,
		],
	])("after %j %s is %s", (steps, path, found, isKnown, isSettled) => {
		const left = leftBy(steps);
		expect([told(left.reads, path), left.isKnown(path), left.isSettled(path)]).toEqual([found, isKnown, isSettled]);
	});

	it("can be opened, searched and closed before it is made, and leaves nothing open", () => {
		const { reads, kernel } = leftBy([
			["mkdir", "/srv/new"],
			["mkdir", { path: "/srv/new/in", mode: "0700" }],
		]);
		const before = kernel.files.openCount;
		const above = reads.openRead(AT.FDCWD, "/srv/new", O.PATH | O.DIRECTORY, 0);
		const inside = reads.openRead(above, "in", O.PATH, 0);
		expect(reads.fstat(inside)).toMatchObject({ mode: S.IFDIR | 0o700, uid: 1000 });
		expect([reads.openRead(above, "other", O.PATH, 0), reads.readDirectory(above), reads.getxattr(above, "x")]).toEqual([
			-errno.ENOENT,
			[],
			-errno.ENODATA,
		]);
		expect([reads.close(inside), reads.close(above)]).toEqual([0, 0]);
		expect(kernel.files.openCount).toBe(before);
	});

	it("is read-only on what was mounted so", () => {
		const { reads } = leftBy([["mount", { type: "tmpfs", target: "/srv/app", options: ["ro"] }]]);
		expect(["/srv/app", "/srv"].map((path) => reads.faccessat(AT.FDCWD, path, 2))).toEqual([-errno.EROFS, 0]);
	});

	it("is told with the step that took it away", () => {
		const { because } = leftBy([["remove", "/srv/app/run"]]);
		const { message } = because({ message: "it does not exist" }, "/srv/app/run");
		expect(message).toBe("it does not exist then: setup[0] remove /srv/app/run leaves nothing there");
	});
});
