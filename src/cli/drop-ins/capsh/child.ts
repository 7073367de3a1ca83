import { fail } from "../../../report/failure.ts";
import { errno } from "../../../sys/errno.ts";
import { forkChild } from "../../../sys/fork.ts";
import { mustRead } from "../../../sys/observe.ts";
import { endingSignal } from "../../../sys/wait-status.ts";
import type { Session } from "./session.ts";

const dayMs = 86_400_000;

/** A child that does nothing for so long. It is nobody's when this program ends or leaves before it is killed. */
export function forkFor(session: Session, seconds: number): void {
	const { host } = session;
	if (session.child !== undefined) {
		fail("USAGE", "there is a child already: --killit=SIGNAL ends it");
	}
	const end = host.clock() + seconds * 1000;
	session.child = forkChild(host, () => {
		for (let rest = end - host.clock(); rest > 0; rest = end - host.clock()) {
			host.poll([], Math.min(dayMs, rest));
		}
		return 0;
	});
}

/** Sends it a signal, which has to be what it ends by. */
export function killChild(session: Session, signal: number): void {
	const { host, child } = session;
	if (child === undefined) {
		fail("USAGE", "there is no child: --forkfor=SECONDS makes one");
	}
	const sent = host.kill(child, signal);
	if (sent === -errno.EPERM) {
		fail("CAPABILITY_MISSING", "the child belongs to the user of the start, and this process does not any more", {
			remedy: ["--killit before the user changes, or --caps= with cap_kill+ep behind it"],
		});
	}
	mustRead("kill", sent);
	const [, status] = mustRead("waitpid", host.waitpid(child, 0));
	session.child = undefined;
	const endedBy = endingSignal(status);
	if (endedBy !== signal) {
		fail("REQUIREMENT_MISSING", `the child was ended by signal ${endedBy}, not ${signal}`);
	}
}
