import { libcapSpelling, parseLibcapText } from "../../../capability/libcap-text.ts";
import type { Capability, CapabilityName } from "../../../capability/names.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import type { Change } from "./act.ts";
import { changeRoot, doRow, keepCapabilities, lowerAmbient } from "./do-row.ts";
import { becomeUser, changeUid, setGroups } from "./identity.ts";
import { applyMode } from "./modes.ts";
import { raise, raiseIfHeld, raising, setThree, threeSetsOf } from "./raise.ts";
import { requireEffective, requireRaisable, unlessRefused } from "./refused.ts";
import type { Session } from "./session.ts";
import { likelyIn } from "./values.ts";

type Apply<Kind extends Change["kind"]> = (session: Session, act: Extract<Change, { kind: Kind }>) => void;

/** By the rows of the departure. */
const apply: { readonly [Kind in Change["kind"]]: Apply<Kind> } = {
	drop: dropBounding,
	"raise ambient": (session, { capability }) => raiseAmbient(session, CapabilitySet.from([capability])),
	"lower ambient": (session, { capability }) => lowerAmbient(session, capability),
	"clear ambient": (session) => doRow(session, "ambient-clear", true),
	"no new privileges": (session) => doRow(session, "no-new-privileges", true),
	inherit: (session, { clauses }) => inherit(session, clauses),
	sets: (session, { sets }) => {
		raiseIfHeld(session);
		setThree(session, sets);
	},
	iab: (session, { iab }) => applyIab(session, iab),
	keep: (session, { value }) => {
		if (value > 1) {
			fail("CONFIG_INVALID_VALUE", `keep-caps is on (1) or off (0), not ${value}`);
		}
		keepCapabilities(session, value === 1);
	},
	uid: (session, { id }) => doRow(session, "uid", id),
	"uid with capabilities": (session, { id }) => changeUid(session, id),
	gid: (session, { id }) => doRow(session, "gid", id),
	groups: (session, { groups }) => setGroups(session, groups),
	user: (session, { name }) => becomeUser(session, name),
	securebits: (session, { bits }) => doRow(session, "securebits", bits),
	mode: (session, { mode }) => applyMode(session, mode),
	"root directory": (session, { path }) => {
		raising(session, "SYS_CHROOT", () => changeRoot(session, path));
	},
};

/** What has to be effective for those that raise nothing by themselves. */
const needs: { readonly [Kind in Change["kind"]]?: CapabilityName } = {
	drop: "SETPCAP",
	securebits: "SETPCAP",
	uid: "SETUID",
	gid: "SETGID",
	groups: "SETGID",
};

/** Carries one act out. What the kernel refuses is the end. */
export function change(session: Session, act: Change): void {
	const needed = needs[act.kind];
	unlessRefused(
		() => (apply[act.kind] as Apply<Change["kind"]>)(session, act),
		() => {
			if (needed !== undefined) {
				requireEffective(session.host, needed);
			}
		},
	);
}

function dropBounding(session: Session, { capability }: { readonly capability: Capability }): void {
	const drop = () => doRow(session, "bounding", CapabilitySet.from([capability]));
	if (session.isStrict) {
		drop();
	} else {
		raising(session, "SETPCAP", drop);
	}
}

/** What is not permitted becomes inheritable with SETPCAP alone, which is put down again in the same call. capset(2) */
function inherit(session: Session, clauses: string): void {
	const before = threeSetsOf(session);
	const from = { ...before, inheritable: CapabilitySet.empty };
	const wanted = parseLibcapText(clauses, CapabilitySet.upTo(session.last), { spelling: libcapSpelling, from });
	if (wanted === undefined) {
		fail(
			"CAPABILITY_UNKNOWN",
			`${quoted(clauses.replace(/\+i$/, ""))} is no list of capabilities${likelyIn(clauses.replace(/\+i$/, ""))}`,
			{
				remedy: ["names begin with cap_ and stand in a list with commas and without blanks: cap_net_raw,cap_kill"],
			},
		);
	}
	raiseIfHeld(session);
	setThree(session, wanted);
}

/** Inheritable first, which the bounding set would forbid; then each ambient one before it is dropped. cap_iab(3) */
function applyIab(session: Session, { inheritable, ambient, blocked }: Extract<Change, { kind: "iab" }>["iab"]): void {
	const before = threeSetsOf(session);
	const raises = !inheritable.minus(before.inheritable).minus(before.permitted).union(ambient).union(blocked).isEmpty;
	if (raises) {
		raise(session, "SETPCAP");
	}
	setThree(session, { ...threeSetsOf(session), inheritable });
	doRow(session, "ambient-clear", true);
	raiseAmbient(session, ambient);
	doRow(session, "bounding", blocked);
	setThree(session, { ...before, inheritable });
}

function raiseAmbient(session: Session, set: CapabilitySet): void {
	unlessRefused(
		() => doRow(session, "ambient-raise", set),
		() => requireRaisable(session.host, set),
	);
}
