import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iabText, libcapText } from "../../../src/capability/libcap-form.ts";
import { libcapSpelling, parseIab, parseLibcapText } from "../../../src/capability/libcap-text.ts";
import { capabilityAt } from "../../../src/capability/names.ts";
import { CapabilitySet, noCapabilities } from "../../../src/capability/set.ts";
import { runs } from "../harness/runs.ts";

const peer = "/usr/sbin/capsh";
const isThere = existsSync(peer) && process.getuid?.() === 0;

const last = capabilityAt(Number(existsSync("/proc/sys/kernel/cap_last_cap") ? readFileSync("/proc/sys/kernel/cap_last_cap", "utf8") : 40));
const all = CapabilitySet.upTo(last);
const own = (line: string) =>
	CapabilitySet.fromBits(BigInt(`0x${new RegExp(`^${line}:\\t(.*)$`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`));

/** What libcap says of each text: the two lines of --current, or what is wrong. */
function ask(option: string, texts: readonly string[]): string[] {
	const script = `for text; do "${peer}" "--${option}=$text" --current 2>&1 | tr '\\n' '|'; echo; done`;
	return execFileSync("/bin/sh", ["-c", script, "sh", ...texts], { encoding: "utf8", maxBuffer: 1 << 26 })
		.split("\n")
		.slice(0, -1);
}

const name = fc.constantFrom("cap_chown", "CAP_net_raw", "cap_kill", "cap_setpcap", "cap_bpf", "13", "0x5", "010", "0", "40", "all", "ALL");
const wrong = fc.constantFrom("net_raw", "cap_", "08", "64", "0x", "cap_chown1", "", "cap_nothing", "-1", "_", "cap_41");
const list = fc
	.array(fc.oneof({ weight: 30, arbitrary: name }, { weight: 1, arbitrary: wrong }), { maxLength: 4 })
	.map((words) => words.join(","));
const named = fc.array(fc.constantFrom("e", "i", "p"), { maxLength: 3 }).map((letters) => letters.join(""));
const action = fc.tuple(fc.constantFrom("=", "=", "+", "-", "=+", "=-"), named).map((parts) => parts.join(""));
const clause = fc.tuple(list, fc.array(action, { maxLength: 2 })).map(([words, actions]) => words + actions.join(""));
const wild = fc.array(clause, { maxLength: 4 }).map((clauses) => clauses.join(" "));
/** What makes sense to the kernel too, most often. */
const sound = fc
	.array(
		fc
			.tuple(
				fc.array(fc.constantFrom("cap_chown", "cap_kill", "cap_setpcap", "13", "0x5", "cap_fowner", "cap_setuid"), {
					minLength: 1,
					maxLength: 5,
				}),
				fc.constantFrom("=ep", "=eip", "=p", "+p", "=i", "+i", "+eip", "+ep-e", "-e", "-ep", "+p-i", "=", "=+ip", "=-e"),
			)
			.map(([words, signs]) => words.join(",") + signs),
		{ maxLength: 5 },
	)
	.map((clauses) => clauses.join(" "));
const text = fc.oneof({ weight: 3, arbitrary: sound }, wild);
const iab = fc
	.array(fc.tuple(fc.constantFrom("", "!", "^", "%", "!%", "!^", "^%", "!!"), fc.oneof({ weight: 20, arbitrary: name }, wrong)), {
		maxLength: 5,
	})
	.map((words) => words.map((parts) => parts.join("")).join(","));

describe.skipIf(!isThere)("libcap's texts", () => {
	it("are read and written as by libcap's capsh", () => {
		const texts = [...new Set(fc.sample(text, runs(1000)))];
		const said = ask("caps", texts);
		const [permitted, bounding] = [own("CapPrm"), own("CapBnd")];
		const differing = texts.flatMap((each, index) => {
			const read = parseLibcapText(each, all, { spelling: libcapSpelling });
			const possible =
				read !== undefined &&
				permitted.includes(read.permitted) &&
				read.permitted.includes(read.effective) &&
				bounding.includes(read.inheritable);
			const ours =
				read === undefined
					? `unable to interpret [--caps=${each}]|`
					: possible
						? `Current: ${libcapText(read, last)}|`
						: `Unable to set capabilities [--caps=${each}]|`;
			return said[index]?.startsWith(ours) === true ? [] : [[each, ours, said[index]]];
		});
		expect(differing).toEqual([]);
	});

	it("of IAB too", () => {
		const texts = [...new Set(fc.sample(iab, runs(500)))];
		const said = ask("iab", texts);
		const [permitted, bounding] = [own("CapPrm"), own("CapBnd")];
		const differing = texts.flatMap((each, index) => {
			const read = parseIab(each, undefined, libcapSpelling);
			// What it blocks before it is made inheritable is refused, and what is ambient has to be permitted: not the text's to say.
			const { inheritable, ambient, blocked } = read ?? { ...noCapabilities, blocked: CapabilitySet.empty };
			const isPossible = permitted.includes(ambient) && bounding.includes(inheritable);
			const ours =
				read === undefined ? `iab: '${each}' malformed|` : iabText({ inheritable, ambient, bounding: bounding.minus(blocked) }, last);
			const found = said[index] ?? "";
			return (read === undefined ? found === ours : !isPossible || found.endsWith(`Current IAB: ${ours}|`)) ? [] : [[each, ours, found]];
		});
		expect(differing).toEqual([]);
	});
});
