import { release } from "node:os";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";

const [major = 0, minor = 0] = release().split(".", 2).map(Number);
const isKnown = major > 6 || (major === 6 && minor >= 14);
const names = "exec_restrict_file, exec_restrict_file_locked, exec_deny_interactive";
const unknown = `abdicate: error[SECUREBIT_UNKNOWN] securebits: the kernel does not take ${names.replaceAll(" ", "")}: Linux 6.14 and newer do, and this is ${release()}`;

function start(args: readonly string[], more: Partial<ContainerOptions> = {}) {
	const config = `user: app\nsecurebits: [locked, ${names}]\nsetup: [{ mkdir: /run/made }]\n`;
	return runHouse({ image: busybox, config, args: ["--", "/probe", ...args], ...more });
}

/** The bits that the workload has, or could do what with, or the first line of an error. */
async function found(...given: Parameters<typeof start>): Promise<unknown> {
	const outcome = await start(...given);
	const { status, stdout, stderr } = outcome;
	if (status !== 0) {
		return [status, stdout, stderr.split("\n")[0]];
	}
	return [stderr, given[0][0] === "try" ? outcome.acts.map(({ ok }) => ok) : outcome.probe.securebits];
}

describe("the securebits of Linux 6.14", () => {
	it("are the workload's, or the kernel is too old for them", async () => {
		expect(await found([])).toEqual(isKnown ? ["", 0x7c3] : [125, "", unknown]);
	});

	it("stay where they are locked", async () => {
		const tries = [0, 0x4c3, 0xfc3, 0x6c3].flatMap((bits) => ["securebits", String(bits), "--"]).slice(0, -1);
		expect(await found(["try", ...tries])).toEqual(isKnown ? ["", [false, false, true, false]] : [125, "", unknown]);
	});

	it("take no capability", async () => {
		const alone = { user: "1000:1000", caps: { drop: ["ALL"] }, config: `user: app\nsecurebits: [locked, ${names}]\n` };
		expect(await found([], alone)).toEqual(isKnown ? ["", 0x700] : [125, "", unknown]);
	});

	it("are known by their names to inspect", async () => {
		const { stdout } = await start([], { args: ["--", "/abdicate", "inspect", "--json"] });
		const locked = ["noroot", "noroot_locked", "no_cap_ambient_raise", "no_cap_ambient_raise_locked"];
		expect(isKnown ? JSON.parse(stdout).securebits : stdout).toEqual(isKnown ? [...locked, ...names.split(", ")] : "");
	});
});
