import { describe, expect, it } from "vitest";
import { dress } from "../../../src/report/dress.ts";
import { plain } from "../../../src/report/terminal.ts";

const text = [
	"abdicate: error[CONFIG_INVALID_VALUE] /etc/entrypoint.yaml:3:7 setup[0].own: expected a path, and this is none of the kind",
	"    own: some thing",
	"         ^",
	"  write a path that begins with a slash, or with a dot and a slash, and that has no blank",
	"  docker run --cap-add SYS_ADMIN --device /dev/fuse --security-opt apparmor=unconfined IMAGE",
	"",
].join("\n");

describe("lines of a log", () => {
	it("stay as they are where there is no terminal", () => {
		expect(dress(text, "error", plain)).toBe(text);
	});

	it("are wrapped and coloured at one, but for the source and for what is to be pasted", () => {
		expect(dress(text, "error", { columns: 60, colours: true })).toBe(
			[
				"abdicate: \x1b[31merror\x1b[0m\x1b[2m[CONFIG_INVALID_VALUE]\x1b[0m",
				"  /etc/entrypoint.yaml:3:7 setup[0].own: expected a path,",
				"  and this is none of the kind",
				"    own: some thing",
				"         \x1b[31m^\x1b[0m",
				"  write a path that begins with a slash, or with a dot and a",
				"    slash, and that has no blank",
				"  docker run --cap-add SYS_ADMIN --device /dev/fuse --security-opt apparmor=unconfined IMAGE",
				"",
			].join("\n"),
		);
	});

	it("are wrapped without colours where those are not wanted", () => {
		expect(dress("abdicate: warning: one two three four\n", "warning", { columns: 24, colours: false })).toBe(
			"abdicate: warning: one\n  two three four\n",
		);
	});

	it("of a message that begins as an error does have no colour", () => {
		const colours = { columns: undefined, colours: true };
		expect([dress("abdicate: error[X] a step's name\n", "info", colours), dress("abdicate: warning: so\n", "warning", colours)]).toEqual([
			"abdicate: error[X] a step's name\n",
			"abdicate: \x1b[33mwarning\x1b[0m: so\n",
		]);
	});
});
