import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
let sources: string;

beforeEach(() => {
	sources = mkdtempSync(join(tmpdir(), "abdicate-layers-"));
	cpSync(join(root, "native/src"), sources, { recursive: true });
});
afterEach(() => rmSync(sources, { recursive: true, force: true }));

function edit(file: string, from: string, to: string): void {
	const path = join(sources, file);
	const before = readFileSync(path, "utf8");
	expect(before).toContain(from);
	writeFileSync(
		path,
		before.replace(from, () => to),
	);
}

function problems(): string[] {
	const { stderr } = spawnSync("node", ["scripts/native-layers.mjs", sources], { cwd: root, encoding: "utf8" });
	return stderr.split("\n").filter((line) => line !== "");
}

it("finds nothing to say about the program", () => {
	expect(problems()).toEqual([]);
});

it("finds an import in every way to write one", () => {
	edit("engine/image.rs", "use super::memory;", "use super::memory;\nuse crate::sys::files;");
	edit("walk.rs", "use crate::sys;", "use crate::{\n    host::{self, Host},\n    sys::{self},\n};");
	edit("sys/mounts.rs", "use super::fd::{borrow, release};", "use super::{fd::{borrow, release}, super::yaml::parse};");
	edit("border/values.rs", "const ESCAPE", "use super::super::engine::Outcome;\nconst ESCAPE");
	edit("yaml.rs", "use alloc", "use super::sys;\nuse alloc");
	edit("main.rs", "program::remember", "sys::start::remember");
	expect(problems()).toEqual([
		"border/values.rs: border may not import engine",
		"engine/image.rs: engine may not import sys",
		"main.rs: main may not import sys",
		"sys/mounts.rs: sys may not import yaml",
		"walk.rs: walk may not import host",
		"yaml.rs: yaml may not import sys",
	]);
});

it("takes neither comments nor text for imports", () => {
	edit("yaml.rs", "use alloc", '// crate::engine::run\nconst TEXT: &str = "\\"crate::host::Host";\nuse alloc');
	expect(problems()).toEqual([]);
});

it("wants a room for every file, and every arrow in use", () => {
	writeFileSync(join(sources, "stray.rs"), "");
	for (const file of ["walk/crew.rs", "walk/change.rs", "walk/share.rs", "walk/look.rs", "walk/mount.rs"]) {
		writeFileSync(join(sources, file), "");
	}
	edit("walk.rs", "use crate::sys;", "");
	expect(problems()).toEqual(["stray.rs: no room is called stray", "walk does not import sys: the arrow goes"]);
});
