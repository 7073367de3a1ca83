import { iabText, libcapText } from "../../../capability/libcap-form.ts";
import { type Capability, capabilityAt } from "../../../capability/names.ts";
import { CapabilitySet, type CapabilitySets } from "../../../capability/set.ts";
import { observeOther } from "../../../identity/other-process.ts";
import { quoted } from "../../../report/text.ts";
import { errnoText } from "../../../sys/errno-meaning.ts";
import type { Errno, Host, Reads } from "../../../sys/native.ts";
import { mustRead } from "../../../sys/observe.ts";
import { endingAs } from "../common/ends.ts";
import { complain, ends, failed } from "./ends.ts";

const help = `getpcaps [--verbose|--ugly|--legacy] [--iab] PID...
  what each process holds, in the words of cap_from_text(3); 0 is getpcaps itself
  --verbose           as a sentence
  --ugly, --legacy    as a sentence on standard error
  --iab               and what is ambient, and blocked from the bounding set, in the words of cap_iab(3)
  --help, --license
`;

interface Manner {
	readonly sentence?: "stdout" | "stderr";
	readonly iab?: boolean;
}

/** Options count for what stands behind them. */
const manners: Readonly<Record<string, Manner>> = {
	"--verbose": { sentence: "stdout" },
	"--ugly": { sentence: "stderr" },
	"--legacy": { sentence: "stderr" },
	"--iab": { iab: true },
};

/** getpcaps(8) of libcap 2.66. A process that cannot be told of does not keep the others from being told of. */
export const getpcaps = endingAs(ends, (host, name, args) => {
	let manner: Manner = {};
	let status = 0;
	for (const word of args) {
		const more = Object.hasOwn(manners, word) ? manners[word] : undefined;
		if (more !== undefined) {
			manner = { ...manner, ...more };
		} else if (/^(?:-h|--help|--usage)$/.test(word)) {
			host.write(2, help);
			return 0;
		} else if (word === "--license") {
			host.write(1, "abdicate, called by this name: Apache-2.0\n");
			return 0;
		} else {
			status = Math.max(status, printOne(host, name, word, manner));
		}
	}
	if (args.length === 0) {
		host.write(2, help);
		return failed;
	}
	return status;
});

function printOne(host: Host, name: string, word: string, { sentence, iab }: Manner): number {
	const pid = parsePid(word);
	if (pid === undefined) {
		return complain(host, "USAGE", name, `${quoted(word)} is not a pid; expected a number from 0 to 2147483647`);
	}
	const sets = statesOf(host, pid);
	if (typeof sets === "number") {
		return complain(host, "PROCESS_UNKNOWN", name, `process ${pid}: ${errnoText("capget", sets).message}`);
	}
	const last = capabilityAt(mustRead("prctl(PR_CAPBSET_READ)", host.capbsetReadAll())[1]);
	const text = libcapText(sets, last);
	if (iab) {
		const other = observeOther(host, pid === 0 ? host.getpid() : pid);
		if (typeof other === "number") {
			return complain(host, "PROCESS_UNKNOWN", name, `/proc/${pid}/status: ${errnoText("status", other).message}`);
		}
		host.write(1, `${word}:${withIab(text, other.sets, last, sentence !== undefined)}\n`);
	} else {
		const [before, after] = sentence === "stderr" ? ["`", "'"] : ["'", "'"];
		host.write(
			sentence === "stderr" ? 2 : 1,
			sentence === undefined ? `${word}: ${text}\n` : `Capabilities for ${before}${word}${after}: ${text}\n`,
		);
	}
	return 0;
}

/** Each half where it says something: the text where anything is held, the tuple where anything is ambient or blocked. */
function withIab(text: string, sets: CapabilitySets, last: Capability, isWhole: boolean): string {
	const hasTuple = isWhole || !sets.ambient.isEmpty || !sets.bounding.includes(CapabilitySet.upTo(last));
	return `${isWhole || text !== "=" ? ` "${text}"` : ""}${hasTuple ? ` [${iabText(sets, last)}]` : ""}`;
}

/** As strtol(3) takes it, but for nothing at all, which it takes for 0. */
function parsePid(word: string): number | undefined {
	const number = /^[ \t\n\v\f\r]*[+-]?[0-9]+$/.test(word) ? Number(word) : Number.NaN;
	return number >= 0 && number <= 0x7fff_ffff ? Math.abs(number) : undefined;
}

/** By the call, which also works where /proc is not to be seen. */
function statesOf(reads: Reads, pid: number): Pick<CapabilitySets, "effective" | "permitted" | "inheritable"> | Errno {
	const found = reads.capget(pid);
	if (typeof found === "number") {
		return found;
	}
	const [effective, permitted, inheritable] = found.map(CapabilitySet.fromBits) as [CapabilitySet, CapabilitySet, CapabilitySet];
	return { effective, permitted, inheritable };
}
