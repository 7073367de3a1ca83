import { describe, expect, it } from "vitest";
import { CapabilitySet, noCapabilities } from "../../../../src/capability/set.ts";
import { warningsAtExec } from "../../../../src/cli/drop-ins/capsh/warnings.ts";
import type { Credentials } from "../../../../src/identity/credentials.ts";
import { toGid, toUid } from "../../../../src/identity/ids.ts";

const held = CapabilitySet.of("KILL", "CHOWN");
const three = <Id>(id: Id) => ({ real: id, effective: id, saved: id });
const root: Credentials = {
	uids: three(toUid(0)),
	gids: three(toGid(0)),
	groups: [toGid(0)],
	sets: { ...noCapabilities, bounding: held, permitted: held, effective: held },
	securebits: 0,
	noNewPrivileges: false,
};
const app: Credentials = { ...root, uids: three(toUid(1000)), sets: { ...noCapabilities, bounding: held } };
const warned = (now: Credentials, ...done: string[]) => warningsAtExec({ done: new Set(done), start: root }, now);

describe("what capsh warns of before it execs", () => {
	it("--caps of root, which the exec undoes", () => {
		const fewer = { ...root, sets: { ...root.sets, permitted: CapabilitySet.of("KILL") } };
		expect(warned(fewer, "sets")).toEqual([expect.stringMatching(/^--caps is undone by the exec, which gives root CHOWN back/)]);
		expect(warned({ ...fewer, securebits: 1 }, "sets")).toEqual([]);
		expect(warned({ ...fewer, noNewPrivileges: true }, "sets")).toEqual([]);
		expect(warned({ ...fewer, sets: { ...fewer.sets, bounding: CapabilitySet.of("KILL") } }, "sets")).toEqual([]);
		expect(warned(root, "sets")).toEqual([]);
		expect(warned(fewer, "inherit")).toEqual([]);
		expect(warned(app, "sets", "user")).toEqual([]);
	});

	it("ids that leave root's group or the groups of the start", () => {
		expect(warned(app, "uid")).toEqual([expect.stringMatching(/^root's group stays/)]);
		expect(warned({ ...app, groups: [toGid(0), toGid(4)] }, "uid")).toEqual([
			expect.stringMatching(/^root's group stays/),
			expect.stringMatching(/^the groups 4 stay/),
		]);
		const ofApp = { ...app, gids: three(toGid(1000)) };
		expect(warned(ofApp, "gid", "uid")).toEqual([expect.stringMatching(/^the groups 0 stay/)]);
		expect(warned({ ...ofApp, groups: [toGid(1000)] }, "groups", "gid", "uid")).toEqual([]);
		expect(warned({ ...ofApp, groups: [toGid(44), toGid(1000)] }, "user")).toEqual([]);
		expect(warned(root, "uid")).toEqual([]);
	});
});
