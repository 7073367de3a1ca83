import { describe, expect, it } from "vitest";
import { toldOfName } from "../../../src/cli/misnamed.ts";
import { isOfOtherProgram } from "../../../src/cli/other-names.ts";
import type { Diagnostic } from "../../../src/report/failure.ts";

const usage: Diagnostic = { code: "USAGE", message: "it is no subcommand", remedy: ["write it otherwise"] };
const of = (self: string, diagnostic = usage) => toldOfName(self, [diagnostic]).map(({ remedy }) => remedy);
const said = (name: string, meant: string) =>
	`it is called "${name}", which is none of the programs that it stands in for; did you mean "${meant}"?`;

describe("a name that only looks like one that this program answers to", () => {
	it.each([
		["gosuu", "gosu"],
		["/usr/local/bin/gosuu", "gosu"],
		["tini-amd64", "tini"],
		["gosu.real", "gosu"],
		["GOSU", "gosu"],
		["set-priv", "setpriv"],
	])("%s: %s is meant", (self, meant) => {
		expect(of(self)).toEqual([[said(self.slice(self.lastIndexOf("/") + 1), meant), "write it otherwise"]]);
	});

	it.each(["abdicate", "/abdicate", "entrypoint", "init", "", "docker-entrypoint.sh"])("%j is a name as any other", (self) => {
		expect(of(self)).toEqual([["write it otherwise"]]);
	});

	it("is told of before a command line that is another program's, and not before what else is wrong", () => {
		expect(of("gosuu", { code: "USER_MISSING", message: "" })).toEqual([[said("gosuu", "gosu")]]);
		expect((["USAGE", "USER_MISSING", "COMMAND_MISSING", "STEP_FAILED"] as const).map((code) => isOfOtherProgram({ code }))).toEqual([
			...[true, true, true],
			false,
		]);
	});
});
