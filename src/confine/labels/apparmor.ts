import { fail } from "../../report/failure.ts";
import { otherApparmor } from "../../report/other-profile.ts";
import { suggestion } from "../../report/suggest.ts";
import { quoted } from "../../report/text.ts";
import { errno } from "../../sys/errno.ts";
import type { Errno, Reads } from "../../sys/native.ts";
import { mustRead, readSmallFile } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";
import type { Label, LabelStart } from "./label.ts";
import { needProc } from "./need-proc.ts";
import { startUnconfined } from "./refusal.ts";
import { profilesOfRuntimes } from "./runtimes.ts";

const where = "apparmor";

/** How a profile is entered by the next exec from where this start is, or why it cannot be. aa_change_onexec(2), aa_stack_onexec(2) */
export function planApparmor(profile: string, reads: Reads, { noNewPrivileges, isImagined, note }: LabelStart): Label | undefined {
	const onExec = { label: componentsOf(profile).join(between), file: `${ownDirectory}/exec`, written: `exec ${profile}` };
	if (isImagined) {
		return onExec;
	}
	const { directory, current } = observeOwn(reads);
	const [now = "", mode] = splitMode(current);
	const present = componentsOf(now);
	if (componentsOf(profile).every((name) => present.includes(name))) {
		note(`AppArmor: the start is under ${current} already, and the workload stays so`);
		return undefined;
	}
	needLoaded(profile, reads);
	const file = `${directory}/exec`;
	if (now === "unconfined" || mode === "unconfined") {
		return { ...onExec, file };
	}
	if (profilesOfRuntimes.test(current)) {
		fail("LABEL_REFUSED", `the AppArmor profile of the start, ${current}, lets nothing in it enter another`, {
			where,
			remedy: [startUnconfined, `or the whole container under the profile, setup and all: ${otherApparmor}`],
		});
	}
	// Under no_new_privs the kernel lets a confined process only add to what confines it.
	return noNewPrivileges ? { ...onExec, besides: now, file, written: `stack ${profile}` } : { ...onExec, file };
}

/** From Linux 5.8 on; before, the file without it is that of the one module that is active. */
const ownDirectory = "self/attr/apparmor";
const sharedDirectory = "self/attr";
const between = "//&";

function observeOwn(reads: Reads): { readonly directory: string; readonly current: string } {
	needProc(where, reads);
	const own = readProc(reads, `${ownDirectory}/current`);
	if (typeof own === "string") {
		return { directory: ownDirectory, current: own.trim() };
	}
	const isOlder = own === -errno.ENOENT && readSmallFile(reads, "/sys/module/apparmor/parameters/enabled") === "Y\n";
	const shared = isOlder ? readProc(reads, `${sharedDirectory}/current`) : own;
	if (typeof shared === "string") {
		return { directory: sharedDirectory, current: shared.trim() };
	}
	if (!isInactive(shared)) {
		mustRead(`reading /proc/${ownDirectory}/current`, shared as Errno);
	}
	return failInactive();
}

/** EINVAL is the answer for a module that was built into the kernel and left out of `lsm=`. */
function isInactive(code: Errno | undefined): boolean {
	return code === -errno.ENOENT || code === -errno.EINVAL;
}

function failInactive(): never {
	fail("LABEL_UNAVAILABLE", "AppArmor is not active in this kernel", {
		where,
		remedy: ["apparmor: none, as in apparmor: ${PROFILE:-none}, or a machine that has it: aa-enabled says so there"],
	});
}

/** Docker shows the list only to a container that has securityfs mounted; for any other the exec tells. */
function needLoaded(profile: string, reads: Reads): void {
	const text = readSmallFile(reads, "/sys/kernel/security/apparmor/profiles", 1 << 20);
	if (typeof text !== "string" || text === "") {
		return;
	}
	const loaded = text
		.trimEnd()
		.split("\n")
		.map((line) => splitMode(line)[0]);
	// A name with a colon in front is one of another namespace, which the list does not show.
	for (const name of componentsOf(profile).filter((each) => !each.startsWith(":"))) {
		if (!loaded.includes(name)) {
			fail("LABEL_REFUSED", `no AppArmor profile ${quoted(name)} is loaded on this machine${suggestion(name, loaded)}`, {
				where,
				remedy: ["load it there, and on each machine that may run the container: apparmor_parser --replace FILE"],
			});
		}
	}
}

/** `name (mode)`; without a mode for what is not confined. */
function splitMode(label: string): [name: string, mode: string | undefined] {
	const [, name = label, mode] = /^(.*) \(([a-z]+)\)$/.exec(label) ?? [];
	return [name, mode];
}

/** The kernel sorts them. apparmor.d(5) */
function componentsOf(label: string): string[] {
	return [...new Set(label.split(between))].sort();
}
