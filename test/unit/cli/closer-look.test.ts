import { expect, it } from "vitest";
import { closer } from "../../../src/cli/closer-look.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

it("a command that is missing may have been dropped by whoever names the first program", () => {
	const { host } = new FakeKernel({ process: dockerRoot(), files: {} });
	const remedyOf = (code: "COMMAND_MISSING" | "USAGE") => closer({ code, message: "m", remedy: ["write it"] }, host).remedy;
	expect(remedyOf("COMMAND_MISSING")).toEqual([
		"write it",
		expect.stringMatching(/^the CMD of an image is dropped by an ENTRYPOINT above it/),
	]);
	expect(remedyOf("USAGE")).toEqual(["write it"]);
});

it("an option in the place of a command has replaced the CMD of an image", () => {
	const { host } = new FakeKernel({ process: dockerRoot(), files: {} });
	const remedyOf = (message: string) => closer({ code: "COMMAND_NOT_FOUND", message, remedy: ["install it"] }, host).remedy;
	expect(remedyOf('"--port" is not in PATH (/bin)')).toEqual([
		expect.stringMatching(/^what stands behind the name of an image replaces its CMD/),
	]);
	expect(remedyOf('"serve" is not in PATH (/bin)')).toEqual(["install it"]);
});
