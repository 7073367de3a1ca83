import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { golden, pages } from "../harness/golden.ts";
import { root } from "./harness/paths.ts";

const image = [`${join(root, "test/fixtures/image.json")}:/image.json:ro`];
const loose = "usr:   'app'   # who\r\nenvironment: {A: b}\r\nsetup:\r\n- chown: \"/data\"\r\nlimits: {nofile: many}\r\n";
const risky = "user: app\nno_new_privileges: false\nenv: {set: {A: '${B}'}}\n";

describe.each(pages)("at $columns columns, tty: $tty", (page) => {
	it("init", () => golden("init", page, ["init", "/image.json"], { volumes: image }));
	it("what is no image", () => golden("init-refused", page, ["init", "/etc/passwd"]));
	it("init of a name", () => golden("init-name", page, ["init", "myredis"]));
	it("check", () => golden("check", page, ["check"], { config: loose }));
	it("check of what is right", () => golden("check-right", page, ["check", "--no-image"], { config: "user: app\n" }));
	it("check --format json", () => golden("check-json", page, ["check", "--no-image", "--format", "json"], { config: risky }));
	it("check --fix", async () => {
		const directory = mkdtempSync(join(tmpdir(), "golden-fix-"));
		writeFileSync(join(directory, "c.yaml"), loose);
		await golden("check-fix", page, ["check", "--fix", "/w/c.yaml"], { volumes: [`${directory}:/w`] });
		rmSync(directory, { recursive: true });
	});
	it("fmt --check", () => golden("fmt-check", page, ["fmt", "--check"], { config: loose }));
	it("fmt --diff", () => golden("fmt-diff", page, ["fmt", "--diff"], { config: loose }));
	it("check --fix --diff", () => golden("fix-diff", page, ["check", "--fix", "--diff"], { config: loose }));
	it("help", () => golden("fmt-help", page, ["fmt", "--help"]));
});
