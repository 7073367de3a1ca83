import { openLog } from "../../../report/log.ts";
import { SIG } from "../../../sys/constants.ts";
import type { Host } from "../../../sys/native.ts";
import { endingAs } from "../common/ends.ts";
import { leaveWithInit } from "../common/leave-with-init.ts";
import { print } from "../common/print.ts";
import { printedBy } from "./prints.ts";
import { says, tiniResident } from "./resident.ts";
import { parseTini, type TiniWish } from "./wish.ts";

const ends = { usage: 1, refused: 1, notFound: 127, notExecutable: 126 };

export const tini = endingAs(ends, (host, name, args) => {
	const wish = parseTini(name, args, host.environ());
	if (typeof wish === "string") {
		return print(host, 1, printedBy(name, wish));
	}
	warnOfZombies(host, name, wish);
	const { command, parentDeathSignal, verbosity } = wish;
	return leaveWithInit(host, ends, {
		name,
		command,
		resident: tiniResident(name, wish),
		parentDeathSignal,
		// Of a signal that nobody can hand on nothing would be left to tell the program.
		workloadDeathSignal: parentDeathSignal === SIG.KILL ? SIG.KILL : undefined,
		tellsOfStart: verbosity >= says.program,
	});
});

/** Orphans become children of a first process, or of one that asks for them. */
function warnOfZombies(host: Host, name: string, { isSubreaper, verbosity }: TiniWish): void {
	if (verbosity >= says.warnings && !isSubreaper && host.getpid() !== 1 && host.getChildSubreaper() !== 1) {
		const log = openLog(host, { level: 0 });
		log.warn(
			`${name}: this is neither process 1 nor a child subreaper, so that what others leave is not reaped here: -s or TINI_SUBREAPER=1 makes it one`,
		);
	}
}
