import { parseCapability } from "../../capability/names.ts";
import { securebits } from "../../capability/securebits.ts";
import { signalNumber } from "../../config/signal-number.ts";
import { yamlScalar } from "../../report/yaml.ts";

/** A program that changes the user, as what does the same. */
export interface Switching {
	readonly user: string;
	/** How many words it takes before its program. */
	readonly count: number;
	/** Keys of the file, with their values. */
	readonly keys?: readonly (readonly [string, string])[];
	/** Capabilities that it hands on. */
	readonly kept?: readonly string[];
	/** Its options for which there is no key. */
	readonly lost?: readonly string[];
}

const taking =
	"ruid euid reuid rgid egid regid groups inh-caps ambient-caps bounding-set securebits pdeathsig selinux-label apparmor-profile".split(
		" ",
	);
const sets = ["ambient-caps", "inh-caps", "bounding-set"];
/** What a start does by itself, or the user says. */
const usual = ["", "reuid", "regid", "clear-groups", "no-new-privs", "nnp"];

/** Of the words of a setpriv. */
export function setprivOf(words: readonly string[]): Switching | undefined {
	const given = new Map<string, string>();
	let at = 0;
	for (let word = words[at]; word?.startsWith("--"); word = words[at]) {
		const [option = "", joined] = word.slice(2).split("=", 2);
		const isApart = joined === undefined && taking.includes(option);
		given.set(option, (isApart ? words[at + 1] : joined) ?? "");
		at += isApart ? 2 : 1;
		if (word === "--") {
			break;
		}
	}
	const [uid, gid] = [given.get("reuid"), given.get("regid")];
	if (uid === undefined) {
		return undefined;
	}
	const keys: [string, string][] = [];
	const kept = added(given.get("ambient-caps"));
	const isTaken = ([option, text]: readonly [string, string]): boolean => {
		const bits = text.includes("-") ? [] : added(text).map((name) => name.toLowerCase());
		const list = /^\w+(?:,\w+)*$/.test(text) ? text.replaceAll(",", ", ") : "";
		if (option === "init-groups") {
			keys.push(["groups", "{ from_user: true }"]);
		} else if (option === "groups" && list !== "") {
			keys.push([option, `{ add: [${list}] }`]);
		} else if (option === "apparmor-profile" && list !== "") {
			keys.push(["apparmor", yamlScalar(text)]);
		} else if (option === "selinux-label" && /^(?:\w+:){3}[\w:.,-]+$/.test(text)) {
			const [user, role, type, ...level] = text.split(":");
			keys.push(["selinux", `{ user: ${user}, role: ${role}, type: ${type}, level: "${level.join(":")}" }`]);
		} else if (option === "securebits" && bits.length > 0 && bits.every((bit) => Object.hasOwn(securebits, bit))) {
			keys.push([option, `[locked, ${bits.join(", ")}]`]);
		} else if (option === "pdeathsig" && signalNumber(text) !== undefined) {
			keys.push(["parent_death_signal", text]);
		} else {
			return sets.includes(option)
				? added(text).every((each) => kept.includes(each) && parseCapability(each) !== undefined)
				: usual.includes(option);
		}
		return true;
	};
	const lost = [...given].filter((each) => !isTaken(each)).map(([option, text]) => `--${option}${text && `=${text}`}`);
	return {
		user: gid === undefined ? uid : `${uid}:${gid}`,
		count: at + 1,
		keys,
		kept: kept.filter((each) => parseCapability(each) !== undefined),
		lost,
	};
}

/** The names in `-all,+sys_nice`. */
function added(text = ""): string[] {
	return text.split(",").flatMap((word) => (word.startsWith("+") ? [word.slice(1).toUpperCase()] : []));
}
