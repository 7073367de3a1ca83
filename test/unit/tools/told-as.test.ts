import { describe, expect, it } from "vitest";
import { grantRemedy, rootRemedy, startAsRemedy } from "../../../src/capability/grant.ts";
import { namedStarts } from "../../../src/plan/imagined/named-starts.ts";
import type { Diagnostic } from "../../../src/report/failure.ts";
import { toldAs } from "../../../src/tools/plan/told-as.ts";

function told(as: string, ...remedies: readonly (readonly string[])[]) {
	const problems = remedies.map(
		(remedy): Diagnostic => ({ code: "STEP_FAILED", message: "uid 48101", where: "setup[0] own 48101", remedy }),
	);
	const start = namedStarts[as];
	return toldAs({ as: start ?? {}, assumed: new Map([["WHO", "48101:48101"]]) }, problems).map(({ remedy }) => remedy);
}

const beyond = (level: string) =>
	`more than the level ${level} allows would do: --format kubernetes, in the place of --as, prints that Pod`;
const unsafe =
	'docker run --sysctl net.core.somaxconn=1 ... | compose: sysctls: [net.core.somaxconn=1] | kubernetes: spec.securityContext.sysctls: [{name: net.core.somaxconn, value: "1"}]';

describe("what is wrong with a start that is imagined", () => {
	it.each(["kubernetes-baseline", "kubernetes-restricted", "openshift"])("is told in the words of a Pod for %s", (as) => {
		const all = told(as, grantRemedy(["CHOWN"]), grantRemedy(["SYS_ADMIN"]), rootRemedy(["CHOWN"], 7), [startAsRemedy(7, 7, [])], [unsafe]);
		expect(all.flat().join("\n")).not.toMatch(/docker|compose|systemd|SYS_ADMIN|somaxconn/);
		expect(all.at(-2)).toEqual(["or start it as the user itself: kubernetes: securityContext: {runAsUser: 7, runAsGroup: 7}"]);
		expect(all.at(-1)).toEqual([beyond(as === "kubernetes-baseline" ? "baseline" : "restricted")]);
	});

	it("adds what the level baseline lets a Pod add, and at restricted nothing", () => {
		expect(told("kubernetes-baseline", grantRemedy(["CHOWN"]))).toEqual([['kubernetes: securityContext.capabilities.add: ["CHOWN"]']]);
		expect(told("kubernetes-restricted", grantRemedy(["CHOWN"]))).toEqual([[beyond("restricted")]]);
	});

	it("is never told to be root where nobody may be, and what is left begins anew", () => {
		const [lines = []] = told("kubernetes-restricted", rootRemedy(["NET_BIND_SERVICE"], 7));
		expect(lines[0]).toMatch(/^open low ports to everybody.*kubernetes: spec\.securityContext\.sysctls/);
		expect(lines.slice(1)).toEqual([beyond("restricted")]);
		expect(told("kubernetes-baseline", rootRemedy(["CHOWN"], 7))[0]?.[0]).toContain("kubernetes: securityContext: {runAsUser: 0");
	});

	it("is told in Docker's words for docker, and in everybody's where nobody is named", () => {
		expect(told("docker", grantRemedy(["CHOWN"]))).toEqual([["docker run --cap-add CHOWN ...", "compose: cap_add: [CHOWN]"]]);
		expect(told("nobody", grantRemedy(["CHOWN"]))[0]).toHaveLength(3);
	});

	it("has the name of a variable for what was assumed", () => {
		const problem: Diagnostic = {
			code: "STEP_FAILED",
			message: "not 48101",
			where: "setup[0] own 48101",
			step: "own 48101",
			remedy: ["x 48101"],
		};
		expect(toldAs({ as: {}, assumed: new Map([["WHO", "48101:48101"]]) }, [problem])).toEqual([
			{ code: "STEP_FAILED", message: "not ${WHO}", where: "setup[0] own ${WHO}", step: "own ${WHO}", remedy: ["x ${WHO}"] },
		]);
	});
});
