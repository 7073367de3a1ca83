import { expect, it } from "vitest";
import { lostGains } from "../../../src/plan/exec-gains.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

type Given = Parameters<typeof lostGains>;

function gains(mode: number, expected: boolean, ofStart = false, noNewPrivileges = true) {
	const { host } = new FakeKernel({ process: dockerRoot(), files: { "/bin/su": { mode } } });
	const plan = { command: { candidates: ["/bin/su"] }, departure: { rows: {}, expected: { noNewPrivileges: expected } } };
	const start = { workdir: "/", credentials: { noNewPrivileges: ofStart } } as Given[1];
	return lostGains(plan as unknown as Given[0], start, host, { noNewPrivileges });
}

it("a command that is set-user-ID is told of where no_new_privs makes that void", () => {
	expect(gains(0o4755, true)).toEqual([
		"the command /bin/su is set-user-ID of uid 0, which no_new_privs makes void: it runs as who it is started as; no_new_privileges: false gives it that, with no capability outside the bounding set",
	]);
	expect(gains(0o4755, true, true)[0]).toContain("the runtime has set it (docker run --security-opt no-new-privileges");
	expect(gains(0o4755, false)).toEqual([]);
	expect(gains(0o755, true)).toEqual([]);
});

it("no_new_privileges: false is told of where the runtime has set what nothing takes back", () => {
	expect(gains(0o755, true, true, false)).toEqual([
		"no_new_privileges: false has no effect: the runtime has set it (docker run --security-opt no-new-privileges, kubernetes: allowPrivilegeEscalation: false)",
	]);
	expect([gains(0o755, true, true), gains(0o755, false, false, false)]).toEqual([[], []]);
});
