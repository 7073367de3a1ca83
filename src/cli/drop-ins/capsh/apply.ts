import { libcapSpelling, parseLibcapText } from "../../../capability/libcap-text.ts";
import type { Capability, CapabilityName } from "../../../capability/names.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import { rows } from "../../../departure/rows.ts";
import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import { mustRead } from "../../../sys/observe.ts";
import type { Change } from "./act.ts";
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
	"lower ambient": ({ host }, { capability }) => void mustRead("capAmbientLower", host.capAmbientLower(capability)),
	"clear ambient": ({ journey }) => rows["ambient-clear"].apply(journey, true),
	"no new privileges": ({ journey }) => rows["no-new-privileges"].apply(journey, true),
	inherit: (session, { clauses }) => inherit(session, clauses),
	sets: (session, { sets }) => {
		raiseIfHeld(session);
		setThree(session, sets);
	},
	iab: (session, { iab }) => applyIab(session, iab),
	keep: ({ journey }, { value }) => {
		if (value > 1) {
			fail("CONFIG_INVALID_VALUE", `keep-caps is on (1) or off (0), not ${value}`);
		}
		rows[value === 1 ? "keep-capabilities-on" : "keep-capabilities-off"].apply(journey, true);
	},
	uid: ({ journey }, { id }) => rows.uid.apply(journey, id),
	"uid with capabilities": (session, { id }) => changeUid(session, id),
	gid: ({ journey }, { id }) => rows.gid.apply(journey, id),
	groups: (session, { groups }) => setGroups(session, groups),
	user: (session, { name }) => becomeUser(session, name),
	securebits: ({ journey }, { bits }) => rows.securebits.apply(journey, bits),
	mode: (session, { mode }) => applyMode(session, mode),
	"root directory": (session, { path }) => {
		raising(session, "SYS_CHROOT", () => mustRead("chroot", session.host.chroot(path)));
		mustRead("chdir", session.host.chdir("/"));
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
	const drop = () => rows.bounding.apply(session.journey, CapabilitySet.from([capability]));
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
	const { journey } = session;
	const before = threeSetsOf(session);
	const raises = !inheritable.minus(before.inheritable).minus(before.permitted).union(ambient).union(blocked).isEmpty;
	if (raises) {
		raise(session, "SETPCAP");
	}
	setThree(session, { ...threeSetsOf(session), inheritable });
	rows["ambient-clear"].apply(journey, true);
	raiseAmbient(session, ambient);
	rows.bounding.apply(journey, blocked);
	setThree(session, { ...before, inheritable });
}

function raiseAmbient({ host, journey }: Session, set: CapabilitySet): void {
	unlessRefused(
		() => rows["ambient-raise"].apply(journey, set),
		() => requireRaisable(host, set),
	);
}
