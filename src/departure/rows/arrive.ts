import { fail } from "../../report/failure.ts";
import { must } from "../../sys/act.ts";
import { AT, O, SIG } from "../../sys/constants.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import type { Host } from "../../sys/native.ts";
import { closeOthers, firstFree } from "../descriptors.ts";
import { row } from "../row.ts";

/** Undoes what a careless parent may have left: ignored SIGCHLD, blocked signals, closed or stray descriptors. */
export const normalise = row<{ readonly pass: "all" | readonly number[]; readonly keepsSignals?: true }>({
	act: "arrive",
	reason: "a signal that is ignored or blocked, and a descriptor that is closed or stray, would be everybody's who comes after",
	after: {},
	plan: ({ request: { ofWorkload } }) => ofWorkload && { pass: ofWorkload.pass, ...(ofWorkload.keepsSignals && { keepsSignals: true }) },
	apply: (journey, { pass, keepsSignals }) => {
		const { host } = journey;
		// In a first process all are held back since its first instruction: what comes meanwhile the kernel would throw away.
		const held = host.heldMask();
		if (!keepsSignals) {
			must(host, "sigDefault", SIG.CHLD);
			journey.mask = held ?? (must(host, "sigmask", 0n) as bigint);
		} else if (held !== undefined) {
			must(host, "sigmask", held);
		}
		for (const fd of [0, 1, 2]) {
			ensureOpen(host, fd);
		}
		if (pass !== "all") {
			closeOthers(host, pass);
		}
	},
});

/** A closed 0, 1 or 2 would be taken by the next file that is opened, and written to as output. */
function ensureOpen(host: Host, fd: number): void {
	if (host.getFdFlags(fd) >= 0) {
		return;
	}
	const opened = host.open(AT.FDCWD, "/dev/null", O.RDWR, 0, 0);
	if (opened < 0) {
		const { message, remedy } = errnoText("open", opened);
		fail("CALL_REFUSED", `descriptor ${fd} is closed and /dev/null cannot be opened: ${message}`, { remedy });
	}
	const copy = must(host, "dupAbove", opened, firstFree) as number;
	must(host, "dupInherited", copy, fd);
	host.close(copy);
	if (opened !== fd) {
		host.close(opened);
	}
}
