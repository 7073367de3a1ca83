import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capability, capabilityAt, capabilityNames } from "../../../../src/capability/names.ts";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { actsOf } from "../../../../src/cli/drop-ins/capsh/arguments.ts";
import { helpText } from "../../../../src/cli/drop-ins/capsh/help.ts";
import { Failure } from "../../../../src/report/failure.ts";
import { runs } from "../../harness/runs.ts";
import { failureOf } from "../../identity/failures.ts";

const last = capabilityAt(40);
const acts = (word: string) => [...actsOf(word, last)];
const { empty } = CapabilitySet;

describe("an argument of capsh", () => {
	it.each([
		["--uid=1000", { kind: "uid", id: 1000 }],
		["--cap-uid=0", { kind: "uid with capabilities", id: 0 }],
		["--gid=4294967294", { kind: "gid", id: 4_294_967_294 }],
		["--groups=", { kind: "groups", groups: [] }],
		["--groups=1000,video,", { kind: "groups", groups: [1000, "video"] }],
		["--user=", { kind: "user", name: "" }],
		["--keep=1", { kind: "keep", value: 1 }],
		["--secbits=0x2f", { kind: "securebits", bits: 0x2f }],
		["--secbits=057", { kind: "securebits", bits: 0o57 }],
		["--inh=", { kind: "inherit", clauses: "" }],
		["--inh=none", { kind: "inherit", clauses: "" }],
		["--inh=cap_kill", { kind: "inherit", clauses: "cap_kill+i" }],
		["--caps=", { kind: "sets", sets: { effective: empty, permitted: empty, inheritable: empty } }],
		["--mode", { kind: "print mode" }],
		["--mode=NOPRIV", { kind: "mode", mode: "NOPRIV" }],
		["--noamb", { kind: "clear ambient" }],
		["--chroot=/a=b", { kind: "root directory", path: "/a=b" }],
		["--shell=/bin/sh", { kind: "shell", path: "/bin/sh" }],
		["--has-p=CAP_KILL", { kind: "has", which: "permitted", capabilities: [capability("KILL")] }],
		["--has-p=cap_kill,cap_chown+ep", { kind: "has", which: "permitted", capabilities: [capability("KILL"), capability("CHOWN")] }],
		["--decode=", { kind: "decode", bits: 0n }],
		["--decode=\t0X1f ", { kind: "decode", bits: 0x1fn }],
		["--", { kind: "leave", to: "shell", forks: false }],
		["=+", { kind: "leave", to: "self", forks: true }],
	])("%s", (word, act) => {
		expect(acts(word)).toEqual([act]);
	});

	it("is an act for each word of a list", () => {
		const drop = (name: (typeof capabilityNames)[number]) => ({ kind: "drop", capability: capability(name) });
		expect(acts("--drop=cap_kill,,CAP_chown,0x5")).toEqual([drop("KILL"), drop("CHOWN"), drop("KILL")]);
		expect(acts("--drop=")).toEqual([]);
		expect(acts("--drop=all")).toEqual(capabilityNames.map(drop));
	});

	it("is read no further than it is done", () => {
		const [first] = actsOf("--drop=cap_kill,kill", last);
		expect(first).toEqual({ kind: "drop", capability: capability("KILL") });
	});

	it.each([
		["--uid=010", "CONFIG_INVALID_VALUE"],
		["--uid=0x3e8", "CONFIG_INVALID_VALUE"],
		["--uid=4294967296", "CONFIG_INVALID_VALUE"],
		["--uid=4294967295", "CONFIG_INVALID_VALUE"],
		["--uid= 1", "CONFIG_INVALID_VALUE"],
		["--uid=", "CONFIG_INVALID_VALUE"],
		["--gid=-1", "CONFIG_INVALID_VALUE"],
		["--groups=1000x,010", "CONFIG_INVALID_VALUE"],
		["--is-uid=00", "CONFIG_INVALID_VALUE"],
		["--keep=", "CONFIG_INVALID_VALUE"],
		["--secbits=abc", "CONFIG_INVALID_VALUE"],
		["--secbits=4294967296", "CONFIG_INVALID_VALUE"],
		["--decode=zz", "CONFIG_INVALID_VALUE"],
		["--decode=10000000000000000", "CONFIG_INVALID_VALUE"],
		["--drop=ALL", "CAPABILITY_UNKNOWN"],
		["--drop=net_raw", "CAPABILITY_UNKNOWN"],
		["--drop=cap_net_raw cap_kill", "CAPABILITY_UNKNOWN"],
		["--addamb=cap_net_raw+ep", "CAPABILITY_UNKNOWN"],
		["--has-p=", "CAPABILITY_UNKNOWN"],
		["--caps=cap_net_raw", "CAPABILITY_UNKNOWN"],
		["--iab=all", "CAPABILITY_UNKNOWN"],
		["--mode=UNCERTAIN", "CONFIG_INVALID_VALUE"],
		["--modest", "USAGE"],
		["--supports", "USAGE"],
		["--print=1", "USAGE"],
		["--forkfor=0", "CONFIG_INVALID_VALUE"],
		["--toString=1", "USAGE"],
		["--constructor", "USAGE"],
		["/bin/ls", "USAGE"],
		["", "USAGE"],
	])("refuses %s", (word, code) => {
		expect(() => acts(word)).toThrow(expect.objectContaining({ diagnostics: [expect.objectContaining({ code })] }));
	});

	it("rule 8.3: of garbage is refused, and an id is as it is written", () => {
		const option = fc.constantFrom("--uid", "--gid", "--groups", "--secbits", "--decode", "--caps", "--inh", "--iab", "--drop", "--is-uid");
		const value = fc.oneof(fc.string(), fc.stringMatching(/^[-+ ]?(?:0x)?[0-9a-f]{0,20}$/));
		fc.assert(
			fc.property(option, value, (name, text) => {
				try {
					for (const act of acts(`${name}=${text}`)) {
						expect("id" in act ? `${act.id}` : text).toBe(text);
					}
				} catch (error) {
					expect(error).toBeInstanceOf(Failure);
				}
			}),
			{ numRuns: runs(2000) },
		);
	});
});

describe("what is not understood", () => {
	it.each([
		["-c", 'USAGE: "-c" is not known'],
		["c", 'USAGE: "c" is not known'],
		["--usr=app", 'USAGE: "--usr=app" is not known; did you mean "--user="?'],
		["--drop=cap_netraw", 'CAPABILITY_UNKNOWN: "cap_netraw" is not the name or number of a capability; did you mean "cap_net_raw"?'],
		["--drop=NET_RAW", 'CAPABILITY_UNKNOWN: "NET_RAW" is not the name or number of a capability; did you mean "cap_net_raw"?'],
		["--caps=cap_kil=ep", 'CAPABILITY_UNKNOWN: "cap_kil=ep" is no text of capabilities; did you mean "cap_kill"?'],
		["--caps==ep zz", 'CAPABILITY_UNKNOWN: "=ep zz" is no text of capabilities'],
	])("%s: %s", (word, said) => {
		expect(failureOf(() => acts(word))).toBe(said);
	});
});

describe("its help", () => {
	it("names all that is understood", () => {
		const named = new Set(helpText("capsh").match(/(?<![\w-])(?:--[a-z][a-z-]*=?|-h|==|=\+|-\+|--(?![\w-]))/g));
		const refused = [...named].filter((word) => {
			try {
				acts(word.endsWith("=") && word !== "==" ? `${word}0` : word);
				return false;
			} catch (error) {
				return error instanceof Failure && /is not known/.test(error.message) && word !== "--quiet";
			}
		});
		expect([...named].length).toBeGreaterThan(40);
		expect(refused).toEqual([]);
	});
});
