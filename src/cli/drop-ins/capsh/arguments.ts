import { libcapSpelling, parseIab, parseLibcapText } from "../../../capability/libcap-text.ts";
import type { Capability } from "../../../capability/names.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import { fail } from "../../../report/failure.ts";
import { suggestion } from "../../../report/suggest.ts";
import { quoted } from "../../../report/text.ts";
import type { CapshAct, Held } from "./act.ts";
import { type ModeName, settableModes } from "./mode.ts";
import { capabilitiesOf, capabilityOf, gidOf, groupOf, idOf, likelyIn, maskOf, numberOf, uidOf, wordsOf } from "./values.ts";

type Acts = Iterable<CapshAct>;
type Reader = (value: string, last: Capability) => Acts;

const plain: Readonly<Record<string, CapshAct>> = {
	"--noamb": { kind: "clear ambient" },
	"--noenv": { kind: "keep environment" },
	"--no-new-privs": { kind: "no new privileges" },
	"--strict": { kind: "strict" },
	"--has-ambient": { kind: "has ambient set" },
	"--has-no-new-privs": { kind: "has no new privileges" },
	"--print": { kind: "print" },
	"--current": { kind: "print current" },
	"--mode": { kind: "print mode" },
	"--modes": { kind: "print modes" },
	"--license": { kind: "print licence" },
	"--help": { kind: "print help" },
	"-h": { kind: "print help" },
	"--": { kind: "leave", to: "shell", forks: false },
	"-+": { kind: "leave", to: "shell", forks: true },
	"==": { kind: "leave", to: "self", forks: false },
	"=+": { kind: "leave", to: "self", forks: true },
};

const withValue: Readonly<Record<string, Reader>> = {
	"--drop": each((capability) => ({ kind: "drop", capability })),
	"--addamb": each((capability) => ({ kind: "raise ambient", capability })),
	"--delamb": each((capability) => ({ kind: "lower ambient", capability })),
	"--inh": (list) => [{ kind: "inherit", clauses: list === "" || list === "none" ? "" : `${list}+i` }],
	"--caps": (text, last) => [{ kind: "sets", sets: setsOf(text, last) }],
	"--iab": (text) => [{ kind: "iab", iab: iabOf(text) }],
	"--keep": (value) => [{ kind: "keep", value: numberOf(value) }],
	"--uid": (id) => [{ kind: "uid", id: uidOf(id) }],
	"--cap-uid": (id) => [{ kind: "uid with capabilities", id: uidOf(id) }],
	"--gid": (id) => [{ kind: "gid", id: gidOf(id) }],
	"--groups": (list) => [{ kind: "groups", groups: wordsOf(list).map(groupOf) }],
	"--user": (name) => [{ kind: "user", name }],
	"--secbits": (bits) => [{ kind: "securebits", bits: numberOf(bits) }],
	"--mode": (name) => [{ kind: "mode", mode: modeNamed(name) }],
	"--chroot": (path) => [{ kind: "root directory", path }],
	"--forkfor": (seconds) => [{ kind: "fork", seconds: secondsOf(seconds) }],
	"--killit": (signal) => [{ kind: "kill", signal: numberOf(signal) }],
	"--shell": (path) => [{ kind: "shell", path }],
	"--has-p": has("permitted"),
	"--has-i": has("inheritable"),
	"--has-a": has("ambient"),
	"--has-b": has("bounding"),
	"--dropped": has("dropped"),
	"--supports": has("supported"),
	"--is-uid": (id) => [{ kind: "is uid", id: idOf(id) }],
	"--is-gid": (id) => [{ kind: "is gid", id: idOf(id) }],
	"--inmode": (mode) => [{ kind: "is mode", mode }],
	"--decode": (mask) => [{ kind: "decode", bits: maskOf(mask) }],
	"--explain": (word) => [{ kind: "explain", capability: capabilityOf(word) }],
	"--suggest": (text) => [{ kind: "suggest", text }],
};

/** What one argument asks for; each act is read when it is its turn. `last` is the kernel's last capability. */
export function actsOf(word: string, last: Capability): Acts {
	const [, name = word, value] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
	const read = value === undefined ? undefined : withValue[name];
	const act = plain[word] ?? (word.startsWith("--noamb") ? plain["--noamb"] : undefined);
	if (read !== undefined) {
		return read(value ?? "", last);
	}
	if (act !== undefined) {
		return [act];
	}
	return failUnknown(word, name);
}

function failUnknown(word: string, name: string): never {
	if (withValue[name] !== undefined) {
		fail("USAGE", `${quoted(name)} takes a value behind "="`, { remedy: [`capsh ${name}=...`] });
	}
	const known = [...Object.keys(plain), ...Object.keys(withValue).map((each) => `${each}=`)];
	// What has one dash, or none, is the shell's.
	const isOurs = word.startsWith("--");
	fail("USAGE", `${quoted(word)} is not known${isOurs ? suggestion(name, known) : ""}`, {
		remedy: isOurs ? ["capsh --help"] : ["arguments of the shell stand behind --: capsh ... -- -c 'COMMAND'"],
	});
}

/** `all` is what the kernel knows, here in small letters only. */
function each(act: (capability: Capability) => CapshAct): Reader {
	return function* (list, last) {
		if (list === "all") {
			yield* CapabilitySet.upTo(last).list().map(act);
			return;
		}
		for (const word of wordsOf(list)) {
			yield act(capabilityOf(word));
		}
	};
}

function has(which: Held): Reader {
	return (list) => [{ kind: "has", which, capabilities: capabilitiesOf(list) }];
}

function setsOf(text: string, last: Capability) {
	return (
		parseLibcapText(text, CapabilitySet.upTo(last), { spelling: libcapSpelling }) ??
		fail("CAPABILITY_UNKNOWN", `${quoted(text)} is no text of capabilities${likelyIn(text)}`, {
			remedy: ["cap_net_raw,cap_kill=eip | =ep cap_chown-ep | ="],
		})
	);
}

function iabOf(text: string) {
	return (
		parseIab(text, undefined, libcapSpelling) ??
		fail("CAPABILITY_UNKNOWN", `${quoted(text)} is no IAB text${likelyIn(text)}`, { remedy: ["!cap_chown,^cap_net_raw,cap_kill"] })
	);
}

function modeNamed(name: string): ModeName {
	return (
		settableModes.find((each) => each === name) ??
		fail("CONFIG_INVALID_VALUE", `${quoted(name)} is not a mode: ${settableModes.join(", ")}`)
	);
}

function secondsOf(text: string): number {
	return numberOf(text) || fail("CONFIG_INVALID_VALUE", "the child has to live for a second at least");
}
