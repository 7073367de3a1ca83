import { describe, expect, it } from "vitest";
import { dumbInitResident } from "../../../../src/cli/drop-ins/dumb-init/resident.ts";
import { parseDumbInit } from "../../../../src/cli/drop-ins/dumb-init/wish.ts";
import { tiniResident } from "../../../../src/cli/drop-ins/tini/resident.ts";
import { parseTini, type TiniWish } from "../../../../src/cli/drop-ins/tini/wish.ts";
import type { Resident } from "../../../../src/departure/resident.ts";

const given = (line: string) => line.split(" ").filter((word) => word !== "");
const tini = (line: string): Resident => tiniResident("tini", parseTini("tini", given(line), []) as TiniWish);
const dumbInit = (line: string): Resident => {
	const wish = parseDumbInit("dumb-init", given(line), []);
	return dumbInitResident("dumb-init", wish as Exclude<typeof wish, string>);
};
/** What the texts do not say. */
const works = ({ texts: _, ...does }: Resident) => does;
const said = ({ texts }: Resident) => Object.keys(texts).sort();

describe("the init of tini", () => {
	const plain = {
		name: "tini",
		signals: { 21: 0, 22: 0 },
		exitStatuses: {},
		toGroup: false,
		subreaper: false,
		place: "group",
		graceMs: undefined,
		atEnd: undefined,
		resetsSignals: false,
		keepsPrivilege: true,
		endsWithDaemons: false,
	};

	it("does what was asked for, and no more", () => {
		expect(works(tini("app"))).toEqual(plain);
		expect(works(tini("-sg -e 143 -e 0 app"))).toEqual({ ...plain, subreaper: true, toGroup: true, exitStatuses: { 0: 0, 143: 0 } });
	});

	it("maps each status there is", () => {
		const all = [...Array(256).keys()];
		expect(tini(`${all.map((status) => `-e ${status}`).join(" ")} app`).exitStatuses).toEqual(
			Object.fromEntries(all.map((status) => [status, 0])),
		);
	});

	it.each([
		["app", ["failed", "refused"]],
		["-w app", ["failed", "reaped", "refused"]],
		["-v app", ["ended", "failed", "killed", "refused"]],
		["-vv app", ["ended", "failed", "forwarded", "killed", "reaped", "refused"]],
	])("tini %s says", (line, texts) => {
		expect(said(tini(line))).toEqual(texts);
	});

	it("says one line each, with room for its numbers", () => {
		expect(tini("-w app").texts.reaped).toBe("abdicate: warning: tini: reaped process \x01, which had ended with \x02\n");
		for (const text of Object.values(tini("-vvw app").texts)) {
			expect(text).toMatch(/^abdicate: [^\n]*\n$/);
		}
	});
});

describe("the init of dumb-init", () => {
	const plain = {
		name: "dumb-init",
		signals: { 20: 19, 21: 19, 22: 19 },
		exitStatuses: {},
		toGroup: true,
		subreaper: false,
		place: "session",
		graceMs: undefined,
		stopsItself: [20, 21, 22],
		atEnd: 15,
		resetsSignals: true,
		keepsPrivilege: true,
		endsWithDaemons: false,
	};

	it.each<[string, object]>([
		["app", {}],
		["-r 21:0 -r 15:3 app", { signals: { 15: 3, 20: 19, 21: 0, 22: 19 }, atEnd: 3 }],
		// What is left hears no more than the program would.
		["-r 15:0 app", { signals: { 15: 0, 20: 19, 21: 19, 22: 19 }, atEnd: undefined }],
		["-c -r 1:0 app", { place: "shared", toGroup: false, signals: { 1: 0 }, atEnd: undefined }],
	])("dumb-init %s", (line, expected) => {
		expect(works(dumbInit(line))).toEqual({ ...plain, ...expected });
	});

	it("says what happens when it is asked to", () => {
		expect(said(dumbInit("app"))).toEqual(["failed", "refused"]);
		expect(said(dumbInit("-v app"))).toEqual(["ended", "failed", "forwarded", "killed", "reaped", "refused"]);
	});
});
