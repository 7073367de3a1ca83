import type { Capability } from "../../../capability/names.ts";
import { securebits as bit } from "../../../capability/securebits.ts";
import { viewOf } from "../../../departure/prove.ts";
import type { AnyRow, Draft, Value } from "../../../departure/row.ts";
import { type Parts, rows } from "../../../departure/rows.ts";
import { observePrivilege } from "../../../identity/credentials.ts";
import { fail } from "../../../report/failure.ts";
import { AT } from "../../../sys/constants.ts";
import { mustRead } from "../../../sys/observe.ts";
import type { Session } from "./session.ts";

/** What can be done one by one. */
type RowOf = "ambient-clear" | "ambient-raise" | "bounding" | "gid" | "groups" | "no-new-privileges" | "securebits" | "sets" | "uid";

/** Does what a row does, and reads back what it makes of the state: a call may be answered by somebody else than the kernel. VERIFY_FAILED */
export function doRow<Row extends RowOf>({ host, journey }: Doing, name: Row, part: NonNullable<Parts[Row]>): void {
	const row = rows[name] as unknown as AnyRow;
	const { credentials, lacks } = observePrivilege(host);
	const expected: Draft = { ...credentials, sets: { ...credentials.sets } };
	row.apply(journey, part);
	row.expect?.(expected, part);
	const view = viewOf(host);
	for (const { name: what, planned, observed, shown = String } of witnessesOf(name)) {
		const [want, have] = [planned(expected, part), observed(view, part)];
		if (want !== have && !(what === "ambient" && lacks.ambient)) {
			refuse(`${what}: planned ${shown(want as Value)}, the kernel says ${shown(have)}`);
		}
	}
}

type Doing = Pick<Session, "host" | "journey">;

/** Whoever reads the ambient set tells of its clearing too. */
function witnessesOf(name: RowOf): NonNullable<AnyRow["witnesses"]> {
	return (rows[name === "ambient-clear" ? "ambient-raise" : name] as unknown as AnyRow).witnesses ?? [];
}

/** keep_caps, which is no part of any state that is left to a program. */
export function keepCapabilities({ host, journey }: Doing, keeps: boolean): void {
	rows[keeps ? "keep-capabilities-on" : "keep-capabilities-off"].apply(journey, true);
	const { credentials, lacks } = observePrivilege(host);
	if (!lacks.securebits && ((credentials.securebits & bit.keep_caps) !== 0) !== keeps) {
		refuse(`keep_caps: planned ${keeps ? "on" : "off"}, the kernel says otherwise`);
	}
}

export function lowerAmbient({ host }: Doing, which: Capability): void {
	mustRead("capAmbientLower", host.capAmbientLower(which));
	const { credentials, lacks } = observePrivilege(host);
	if (!lacks.ambient && credentials.sets.ambient.has(which)) {
		refuse(`ambient: the kernel says ${credentials.sets.ambient} still`);
	}
}

/** Both of them become the directory. */
export function changeRoot({ host }: Doing, path: string): void {
	const place = (name: string) => {
		const found = mustRead("stat", host.statat(AT.FDCWD, name, 0));
		return `${found.dev}:${found.ino}`;
	};
	const wanted = place(path);
	mustRead("chroot", host.chroot(path));
	mustRead("chdir", host.chdir("/"));
	if (place("/") !== wanted || place(".") !== wanted) {
		refuse("the root directory is another than was asked for");
	}
}

function refuse(what: string): never {
	return fail("VERIFY_FAILED", what, {
		remedy: ["a seccomp filter, or the emulation of a runtime, answers the call without making it: nothing may count on it there"],
	});
}
