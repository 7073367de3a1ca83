import { fail } from "../report/failure.ts";
import { AT, S } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { observeProc } from "../sys/proc.ts";

/** Privilege that comes from the program file belongs to whoever may start it: this program gives up its caller's, and never grants any. */
export function refuseBorrowedPrivilege(reads: Reads): void {
	const own = mustRead("open", observeProc(reads)) ? mustRead("stat", reads.statat(AT.FDCWD, "/proc/self/exe", 0)) : undefined;
	const isSetId = own !== undefined && (own.mode & (S.ISUID | S.ISGID)) !== 0;
	if (reads.atSecure() || isSetId) {
		fail("SETUID_BINARY", "this program was installed setuid, setgid or with file capabilities, and refuses to run so", {
			remedy: ["chmod ug-s FILE; setcap -r FILE"],
		});
	}
}
