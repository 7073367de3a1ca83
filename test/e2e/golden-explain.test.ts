import { describe, it } from "vitest";
import { golden, pages } from "../harness/golden.ts";

describe.each(pages)("explain at $columns columns, at a terminal $tty", (page) => {
	it.each([
		["explain", []],
		["explain-set", ["bounding"]],
		["explain-status", ["137"]],
		["explain-several", ["mount"]],
		["explain-mask", ["0x00000000a80425fb"]],
		["explain-word", ["--privileged"]],
		["explain-phrase", ["why", "permission", "denied?"]],
		["explain-capability", ["net_admin"]],
		["explain-error", ["config_unknown_key"]],
		["explain-nothing", ["net_rav"]],
	])("%s", async (name, words) => {
		await golden(name, page, ["explain", ...words]);
	});
});
