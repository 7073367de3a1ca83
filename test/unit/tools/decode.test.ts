import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIab, parseLibcapText, parseMask, parseNames } from "../../../src/capability/libcap-text.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import type { Failure } from "../../../src/report/failure.ts";
import { render } from "../../../src/tools/explain/decode.ts";
import { runs } from "../harness/runs.ts";

const all = CapabilitySet.fromBits((1n << 41n) - 1n);
const masks = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((bits) => CapabilitySet.fromBits(bits));

describe("decode", () => {
	it("gives names back as the mask they came from, numbers without a name too", () => {
		fc.assert(
			fc.property(masks, (set) => {
				expect(parseMask(set.hex())).toEqual(set);
				expect(set.isEmpty || parseNames(set.names().join(","), all)?.equals(set)).toBe(true);
			}),
		);
	});

	it.each([
		[
			"00000000a80425fb",
			"0x00000000a80425fb = CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,NET_BIND_SERVICE,NET_RAW,SYS_CHROOT,MKNOD,AUDIT_WRITE,SETFCAP\n",
		],
		["0", "0x0000000000000000 = none\n"],
		["0x20000000000", "0x0000020000000000 = cap_41\n"],
		["net_raw, CAP_CHOWN", "CHOWN,NET_RAW = 0x0000000000002001\n"],
		[
			"cap_net_raw+ep",
			"effective   0x0000000000002000 = NET_RAW\npermitted   0x0000000000002000 = NET_RAW\ninheritable 0x0000000000000000 = none\n",
		],
		["noroot, NOROOT_LOCKED,exec_restrict_file", "noroot,noroot_locked,exec_restrict_file = 0x103\n"],
		[
			"securebits 0xfc3",
			"noroot,noroot_locked,no_cap_ambient_raise,no_cap_ambient_raise_locked,exec_restrict_file,exec_restrict_file_locked,exec_deny_interactive,exec_deny_interactive_locked = 0xfc3\n",
		],
		["securebits: 5000", "0x5000 = 0x5000\n"],
		["securebits=0", "none = 0x0\n"],
	])("%s", (text, expected) => {
		expect(render(text)).toBe(expected);
	});

	it.each(["", "zzz", "net_raw+x", "cap_64", "ep", "10000000000000000", "net_raw kil", "noroot net_raw", "securebits", "securebits x"])(
		"refuses %j",
		(text) => {
			expect(() => render(text)).toThrow(/is no mask, list of names of capabilities or securebits, libcap text or IAB/);
		},
	);
});

describe("libcap text", () => {
	it.each([
		["=", "", "", ""],
		["all=eip", "ALL", "ALL", "ALL"],
		["=ip cap_chown-i", "", "ALL", "ALL-CHOWN"],
		["cap_chown,cap_kill=p cap_kill+e", "KILL", "CHOWN,KILL", ""],
		["cap_kill=eip cap_kill=p", "", "KILL", ""],
		["cap_kill+eip-i", "KILL", "KILL", ""],
	])("%s", (text, effective, permitted, inheritable) => {
		const set = (words: string) =>
			words === "ALL-CHOWN" ? all.minus(CapabilitySet.of("CHOWN")) : words === "" ? CapabilitySet.empty : parseNames(words, all);
		expect(parseLibcapText(text, all)).toEqual({ effective: set(effective), permitted: set(permitted), inheritable: set(inheritable) });
	});

	it("rule 8.3: of garbage is refused, or means capabilities that there can be", () => {
		const piece = fc.constantFrom(
			..."+-=!^%,: \t0x9f",
			"cap_",
			"chown",
			"all",
			"eip",
			"e",
			"net_raw",
			"cap_63",
			"cap_64",
			"cap_99",
			"ffffffffffffffff",
		);
		fc.assert(
			fc.property(
				fc.oneof(
					fc.string(),
					fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
				),
				(text) => {
					const states = [parseLibcapText(text, all), parseIab(text, all)].flatMap(
						(state) => Object.values(state ?? {}) as CapabilitySet[],
					);
					const sets = [parseMask(text), parseNames(text, all), ...states].filter((set) => set !== undefined);
					expect(sets.filter(({ bits }) => bits < 0n || bits >= 1n << 64n)).toEqual([]);
					try {
						expect(render(text)).toMatch(/^(?:[^\n]+\n)+$/);
					} catch (error) {
						expect((error as Failure).diagnostics.map(({ code }) => code)).toEqual(["USAGE"]);
					}
				},
			),
			{ numRuns: runs(3000) },
		);
	});

	it("reads the marks of IAB", () => {
		expect(parseIab("!cap_chown,^cap_net_raw,%cap_kill,cap_fowner,!^cap_setuid", all)).toEqual({
			inheritable: CapabilitySet.of("NET_RAW", "KILL", "FOWNER", "SETUID"),
			ambient: CapabilitySet.of("NET_RAW", "SETUID"),
			blocked: CapabilitySet.of("CHOWN", "SETUID"),
		});
	});
});
