import { expect, it } from "vitest";
import type { Start } from "../../../src/departure/start.ts";
import { notesOn } from "../../../src/plan/notes.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const notes = (environment: readonly string[], real = 0) => {
	const plan = { identity: { uid: 1000, gid: 1000 }, command: { argv: ["x"], candidates: [] }, departure: { rows: {}, expected: {} } };
	const start = { credentials: { uids: { real } }, workdir: "/" };
	const environ: Host["environ"] = () => [...environment];
	const { host } = new FakeKernel({ process: dockerRoot(), files: {}, overrides: { environ } });
	return notesOn(plan as unknown as Plan, start as unknown as Start, host, { noNewPrivileges: true });
};

it("says of PUID and PGID that they have no effect, and why, where the ids are others", () => {
	expect(notes(["PUID=1001", "PGID=1000"])).toEqual([
		'PUID=1001 has no effect: the workload has 1000: user: "${PUID:-1000}:${PGID:-1000}" in the configuration, and no --user, would have it so',
	]);
	expect(notes(["PGID=7"], 1000)).toEqual([
		"PGID=7 has no effect: the workload has 1000: a container that is started as uid 1000 (docker run --user) stays that one",
	]);
	expect(notes(["PUID=1000", "PGID=", "PUID_X=3"])).toEqual([]);
	expect(notes(["PUID=hunter2"])).toEqual([]);
});
