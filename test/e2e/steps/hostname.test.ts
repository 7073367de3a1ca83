import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

function hostname(name: unknown, more: Partial<ContainerOptions> = {}, run = runHouse) {
	return run({
		image: busybox,
		config: { user: "app", setup: [{ hostname: name }] },
		args: ["-v", "--", "hostname"],
		flags: ["--hostname=given"],
		...more,
	});
}

describe("hostname", () => {
	it("sets a name that differs, and the workload cannot", async () => {
		const { status, stdout, stderr } = await hostname("web-1.example", {
			caps: { add: ["SYS_ADMIN"] },
			args: ["-v", "--", "sh", "-c", "hostname; hostname other 2>&1"],
		});
		expect([status, stdout, ...stepLines(stderr)]).toEqual([
			1,
			"web-1.example\nhostname: sethostname: Operation not permitted\n",
			"changed  setup[0] hostname web-1.example: was given",
		]);
	});

	it.each<[string, Partial<ContainerOptions>]>([
		["by default", {}],
		["without any capability", { caps: { drop: ["ALL"] }, user: "1000:1000" }],
	])("needs nothing for the name that is there, started %s", async (_, more) => {
		const { status, stdout, stderr } = await hostname({ name: "given" }, more);
		expect([status, stdout, ...stepLines(stderr)]).toEqual([0, "given\n", "ok       setup[0] hostname given: already so"]);
	});

	it("names the capability, and the way without one", async () => {
		const { status, stdout, stderr } = await hostname("web");
		expect([status, stdout, stderr]).toEqual([
			125,
			"",
			`abdicate: error[CAPABILITY_MISSING] setup[0] hostname web: SYS_ADMIN is not held, needed to set the host name
  docker run --cap-add SYS_ADMIN ...
  compose: cap_add: [SYS_ADMIN]
  or without any capability:
    docker run --hostname NAME ...
    compose: hostname: NAME
`,
		]);
	});

	it("tells a filter from a missing capability", async () => {
		const profile = join(volume("true"), "seccomp.json");
		const rule = { names: ["sethostname"], action: "SCMP_ACT_ERRNO", errnoRet: 1 };
		writeFileSync(profile, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] }));
		const { status, stderr } = await hostname(
			"web",
			{ caps: { add: ["SYS_ADMIN"] }, flags: [`--security-opt=seccomp=${profile}`] },
			runContainer,
		);
		expect([status, /error.*/.exec(stderr)?.[0]]).toEqual([
			125,
			'error[STEP_FAILED] setup[0] hostname web: sethostname: EPERM on "web": CAP_SYS_ADMIN is held, so a seccomp filter refused it, or the UTS namespace belongs to an outer user namespace',
		]);
	});

	it.each(["", "-a", "a_b", "a..b", "x".repeat(65), "a b"])("refuses the name %j", async (name) => {
		const { status, stdout, stderr } = await hostname(name, { caps: { add: ["SYS_ADMIN"] } });
		expect([status, stdout, /error\[\w+\]/.exec(stderr)?.[0]]).toEqual([125, "", "error[CONFIG_INVALID_VALUE]"]);
	});
});
