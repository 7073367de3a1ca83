import { CapabilitySet } from "../../../capability/set.ts";
import { observeStart, type Start } from "../../../departure/start.ts";
import { readAccounts } from "../../../identity/account-files.ts";
import { observePrivilege } from "../../../identity/credentials.ts";
import { fail } from "../../../report/failure.ts";
import { openLog } from "../../../report/log.ts";
import { AT } from "../../../sys/constants.ts";
import type { Host, Reads } from "../../../sys/native.ts";
import { mustRead } from "../../../sys/observe.ts";
import { readProc } from "../../../sys/proc.ts";
import { type Becoming, become } from "../common/become.ts";
import { endingAs } from "../common/ends.ts";
import { parseWords } from "../common/options.ts";
import { dump, lowerName } from "./dump.ts";
import { resetEnvironment } from "./environment.ts";
import { requireIdCapabilities, resolveIdentity } from "./identity.ts";
import { type OptionName, optionForms, usageOf } from "./option-table.ts";
import { securebitsOf, setsOf } from "./sets.ts";
import { type GivenOption, type Wish, wishOf } from "./wish.ts";

declare const __VERSION__: string;

/** Whose interface this is. */
const like = "2.38.1";

/** setpriv of util-linux, over the one departure: its order is fixed, so it is a plan. setpriv(1) */
export const setpriv = endingAs({ usage: 1, unknown: 1, refused: 127, notFound: 127, notExecutable: 126 }, async (host, name, args) => {
	const { options, rest } = parseWords(optionForms, args);
	const given = options.map((each): GivenOption => ({ name: each.name, value: each.value ?? "" }));
	const printed = await printedInstead(given, rest, name, host);
	if (printed !== undefined) {
		host.write(1, printed);
		return 0;
	}
	const wish = wishOf(given);
	const [program, ...words] = rest;
	if (program === undefined) {
		fail("USAGE", "no program was given", { remedy: ["setpriv [OPTION...] PROGRAM [ARG...]; setpriv --help has the options"] });
	}
	const start = observeStart(host);
	const warnings: string[] = [];
	const becoming = await becomingOf(wish, start, host, (message) => warnings.push(message));
	const log = openLog(host, { level: 0 });
	for (const warning of warnings) {
		log.warn(`${name}: ${warning}`);
	}
	return become(host, { name, command: [program, ...words], ...becoming }, start);
});

/** What is printed by an option that runs nothing. The first of the command line that asks for help or the version has its way. */
async function printedInstead(
	given: readonly GivenOption[],
	rest: readonly string[],
	name: string,
	reads: Reads,
): Promise<string | undefined> {
	const first = given.find((each) => each.name === "help" || each.name === "version");
	if (first !== undefined) {
		return first.name === "help" ? usageOf(name) : `${name} from util-linux ${like} (abdicate ${__VERSION__})\n`;
	}
	const alone: readonly OptionName[] = ["dump", "list-caps", "landlock-support", "list-landlock-access", "list-landlock-rights"];
	const asked = given.find((each) => alone.includes(each.name));
	if (asked === undefined) {
		return undefined;
	}
	const isRepeated = asked.name === "dump" && given.every((each) => each.name === "dump");
	if (rest.length > 0 || (given.length > 1 && !isRepeated)) {
		fail("USAGE", "runs nothing, and stands alone", { where: `--${asked.name}` });
	}
	if (asked.name === "dump") {
		return dumpNow(reads, given.length);
	}
	if (asked.name === "list-caps") {
		const { last } = observePrivilege(reads);
		return CapabilitySet.upTo(last)
			.list()
			.map((each) => `${lowerName(each)}\n`)
			.join("");
	}
	const { landlockText } = await import("./landlock.ts");
	const what = asked.name === "list-landlock-rights" ? { rightsOf: asked.value } : asked.name === "landlock-support" ? "support" : "access";
	return landlockText(what, reads);
}

function dumpNow(reads: Reads, level: number): string {
	const groups = mustRead("getgroups", reads.getgroups());
	const parentDeathSignal = mustRead("prctl(PR_GET_PDEATHSIG)", reads.getParentDeathSignal());
	const modules = [
		["SELinux label", "/sys/fs/selinux"],
		["AppArmor profile", "/sys/kernel/security/apparmor"],
	] as const;
	const labels = modules.flatMap(([label, place]) => {
		const current = typeof reads.statat(AT.FDCWD, place, 0) === "number" ? undefined : readProc(reads, "self/attr/current");
		return typeof current === "string" ? [[label, current.replace(/\n?\0?$/, "")] as const] : [];
	});
	return dump({ ...observePrivilege(reads), groups, parentDeathSignal, labels }, level);
}

/** The wish as seen from this start: everything that can be refused is refused here, before anything changes. */
async function becomingOf(
	wish: Wish,
	start: Start,
	host: Host,
	warn: (message: string) => void,
): Promise<Omit<Becoming, "name" | "command">> {
	const { credentials: now, withheld, last } = start;
	const { change, uids, account } = resolveIdentity(wish, { accounts: readAccounts(host), now, warn });
	const noNewPrivileges = wish.noNewPrivileges === true || wish.landlockAccess !== undefined || wish.seccompFilter !== undefined;
	const from = { now, withheld, last, uids, noNewPrivileges: noNewPrivileges || now.noNewPrivileges, warn };
	requireIdCapabilities(change, start);
	const securebits = securebitsOf(wish, from);
	const touchesSets = change.uids ?? wish.inheritable ?? wish.ambient ?? wish.bounding ?? wish.securebits;
	const environment = wish.resetsEnvironment && resetEnvironment(host.environ(), account(), uids.real);
	return {
		identity: change,
		...(touchesSets !== undefined && { sets: setsOf(wish, from), securebits }),
		noNewPrivileges,
		tracer: wish.ptracer,
		...(environment && { environment }),
		...(await wallsOf(wish, start, host)),
	};
}

/** What is loaded for who asks for it. */
async function wallsOf(wish: Wish, start: Start, reads: Reads): Promise<Pick<Becoming, "settings" | "walls" | "planFilter">> {
	const { apparmor, selinux, landlockAccess, landlockRules, parentDeathSignal, seccompFilter } = wish;
	const labels = (apparmor ?? selinux) === undefined ? undefined : await import("../../../departure/labels.ts");
	const needsLandlock = (landlockAccess ?? landlockRules) !== undefined;
	const part = needsLandlock ? (await import("./landlock.ts")).landlockOf(landlockAccess ?? [], landlockRules ?? [], reads) : undefined;
	const landlock = part && { planLandlock: () => part, applyLandlock: (await import("../../../departure/landlock.ts")).applyLandlock };
	return {
		settings: {
			...(parentDeathSignal !== undefined && {
				parent_death_signal: parentDeathSignal === "keep" ? start.parentDeathSignal : parentDeathSignal,
			}),
			...(apparmor !== undefined && { apparmor }),
			...(selinux !== undefined && { selinux: (await import("./selinux.ts")).contextParts(selinux) }),
			...(landlock && { landlock: part }),
		},
		walls: { ...(labels && { labels }), ...(landlock && { landlock }) },
		...(seccompFilter !== undefined && { planFilter: (await import("./seccomp-filter.ts")).filterOf(seccompFilter, reads) }),
	};
}
