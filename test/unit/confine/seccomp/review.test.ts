import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { compileAll } from "../../../../src/confine/seccomp/compiler.ts";
import { loadSeccomp } from "../../../../src/confine/seccomp/index.ts";
import { plain } from "../../../../src/confine/seccomp/setting.ts";
import { writeStored } from "../../../../src/confine/seccomp/stored.ts";
import { Failure } from "../../../../src/report/failure.ts";
import { textOf } from "./written-profile.ts";

const setting = { profile: { path: "/etc/app.json" }, ...plain };
const profile = textOf({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["ptrace"], action: "SCMP_ACT_ERRNO" }] });
const origin = { setting, text: profile, machine: "x86_64" };
const stored = writeStored(origin, compileAll(origin) as NonNullable<ReturnType<typeof compileAll>>);
/** SECCOMP_RET_ALLOW, for every call. */
const open = "060000000000ff7f";
const forged = stored.replace(/"program":"[0-9a-f]+"/, `"program":"${open}"`);

/** The program, or the code of the error. */
async function loaded(text: string, isReview: boolean): Promise<string> {
	const sources = { machine: "x86_64", release: "6.18.5", readProfile: () => profile, readStored: () => text, isReview };
	try {
		return (await loadSeccomp(setting, sources)).filterFor(CapabilitySet.empty).program;
	} catch (error) {
		return error instanceof Failure ? error.diagnostics[0].code : `${error}`;
	}
}

describe("rule 9.10: a stored filter with another program than that of its profile", () => {
	it("is what a start loads, which believes who may write beside the configuration", async () => {
		expect(forged).not.toBe(stored);
		expect(await loaded(forged, false)).toBe(open);
	});

	it("is refused by who shows it", async () => {
		expect(await loaded(forged, true)).toBe("SECCOMP_STORED_DIFFERS");
	});

	it.each([
		["a summary", stored.replace('"rest":"', '"rest":"all but ')],
		["a flag", stored.replace(/"flags":0/, '"flags":2')],
	])("is one that differs in %s alone, too", async (_, text) => {
		expect(text).not.toBe(stored);
		expect(await loaded(text, true)).toBe("SECCOMP_STORED_DIFFERS");
	});

	it("is not one that compile has made, nor one that a start would pass over", async () => {
		const own = await loaded("", false);
		expect(own).toMatch(/^[0-9a-f]{64,}$/);
		expect([await loaded(stored, true), await loaded(forged.replace("ptrace", "mount"), true)]).toEqual([own, own]);
	});
});
