import { describe, expect, it } from "vitest";
import { parseProfile } from "../../../../src/confine/seccomp/parse.ts";
import { Failure } from "../../../../src/report/failure.ts";

function told(text: string): unknown {
	try {
		return parseProfile(text, "/etc/app.json");
	} catch (error) {
		return error instanceof Failure ? error.diagnostics : error;
	}
}

describe("rule 9.10: what is no profile at all", () => {
	it.each([
		["TOPSECRET=hunter2", "SECCOMP_PROFILE_SYNTAX"],
		["PATH=/bin\0TOKEN=hunter2\0", "SECCOMP_PROFILE_SYNTAX"],
		['{"token": "hunter2"}', "SECCOMP_PROFILE_INVALID"],
		['["hunter2"]', "SECCOMP_PROFILE_INVALID"],
		['{"token": hunter2}', "SECCOMP_PROFILE_SYNTAX"],
		['{"about": "syscalls", "token": "hunter2"}', "SECCOMP_PROFILE_INVALID"],
		['{"syscalls": "x", "token": "hunter2" "x"}', "SECCOMP_PROFILE_SYNTAX"],
	])("is not shown: %j", (text, code) => {
		const diagnostics = told(text);
		expect(diagnostics).toEqual([
			{
				code,
				where: "/etc/app.json",
				message: "this is no seccomp profile: it has no defaultAction",
				remedy: undefined,
				source: undefined,
			},
		]);
		expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
	});

	it("is not a profile with a mistake, whose line is shown", () => {
		expect(told('{"defaultAction": "SCMP_ACT_ALOW"}')).toMatchObject([{ source: { line: '{"defaultAction": "SCMP_ACT_ALOW"}' } }]);
	});
});
