import { describe, expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { depart } from "../../../src/departure/depart.ts";
import { planDeparture } from "../../../src/departure/departure.ts";
import { observeStart } from "../../../src/departure/start.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { Failure } from "../../../src/report/failure.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel, type FakeProcess, unprivileged } from "../../fake/index.ts";

const sets = {
	bounding: CapabilitySet.empty,
	permitted: CapabilitySet.empty,
	effective: CapabilitySet.empty,
	inheritable: CapabilitySet.empty,
	ambient: CapabilitySet.empty,
};
const identity = { uid: toUid(1000), gid: toGid(1000), groups: [toGid(1000)], name: undefined, home: "/" };

/** The securebits of the workload and what was said of them, or the error. */
function outcome(process: FakeProcess, securebits: number, overrides: Partial<Host> = {}): unknown {
	const kernel = new FakeKernel({ process, overrides });
	const notes: string[] = [];
	try {
		const start = observeStart(kernel.host);
		const changeIdentity = process.uids[1] === 0;
		const request = { identity, changeIdentity, sets, securebits, noNewPrivileges: true, workdir: "/", whenUnprivileged: "adapt" } as const;
		const plan = planDeparture(request, start, kernel.host, notes);
		depart({ host: kernel.host, mask: 0n, note: () => {} }, plan);
		return [kernel.process.securebits, ...notes.filter((note) => note.includes("securebits"))];
	} catch (error) {
		if (error instanceof Failure) {
			const [{ code, where, message }] = error.diagnostics;
			return `${code} ${where}: ${message}`;
		}
		throw error;
	}
}

const alone = unprivileged(1000, 1000, { bounding: 0n });
const stay = "the securebits stay as they are: SETPCAP is not held";
const butFor = (names: string) => `the securebits but for ${names} stay as they are: SETPCAP is not held`;
const oldKernel = (release: string): Partial<Host> => ({ uname: () => ["Linux", "old", release, "#1", "x86_64"] });

describe("securebits", () => {
	it.each<[string, FakeProcess, number, unknown]>([
		["of root are set, the newest too", dockerRoot(), 0xfc3, [0xfc3]],
		["that a start had stay", { ...dockerRoot(), securebits: 0x300 }, 0xc3, [0x3c3]],
		["that take no capability are set without one", alone, 0x5c3, [0x500, butFor("exec_restrict_file,exec_deny_interactive")]],
		["are set so beside others that were there", { ...alone, securebits: 0xc3 }, 0x3c3, [0x3c3]],
		["that are there already are not set", { ...alone, securebits: 0xfc3 }, 0xfc3, [0xfc3]],
		["that take one are not set without one", alone, 0xc3, [0, stay]],
		[
			"that are locked off are refused",
			{ ...dockerRoot(), securebits: 0x200 },
			0x100,
			"CAPABILITY_MISSING securebits: exec_restrict_file is locked off already",
		],
	])("%s", (_, process, wanted, expected) => {
		expect(outcome(process, wanted)).toEqual(expected);
	});

	const unknown = (names: string, release: string) =>
		`SECUREBIT_UNKNOWN securebits: the kernel does not take ${names}: Linux 6.14 and newer do, and this is ${release}`;

	it.each(["6.13.12-arch1", "5.10.0-30-amd64", "6.1.0"])("of Linux 6.14 are refused by %s before anything is changed", (release) => {
		const never = () => expect.fail("it was tried");
		expect(outcome(dockerRoot(), 0x1c3, { ...oldKernel(release), setSecurebits: never })).toBe(unknown("exec_restrict_file", release));
		expect(outcome(dockerRoot(), 0xc3, oldKernel(release))).toEqual([0xc3]);
	});

	it.each(["6.14.0", "6.18.44-fc", "7.0.0-rc1", "10.1"])("of Linux 6.14 are set by %s", (release) => {
		expect(outcome(dockerRoot(), 0x1c3, oldKernel(release))).toEqual([0x1c3]);
	});

	it("of Linux 6.14 that something refuses all the same are named", () => {
		expect(outcome(dockerRoot(), 0xfc3, { setSecurebits: () => -1 })).toBe(
			unknown("exec_restrict_file,exec_restrict_file_locked,exec_deny_interactive,exec_deny_interactive_locked", "6.18.0"),
		);
	});
});
