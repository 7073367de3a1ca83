import { Failure, fail } from "../../../report/failure.ts";
import { openLog } from "../../../report/log.ts";
import { refusedCall } from "../../../sys/filter.ts";
import type { Host } from "../../../sys/native.ts";
import { SyscallError } from "../../../sys/observe.ts";
import { alwaysEndingWith, endingAs } from "../common/ends.ts";
import type { CapshAct, Output } from "./act.ts";
import { change } from "./apply.ts";
import { actsOf } from "./arguments.ts";
import { ask } from "./ask.ts";
import { forkFor, killChild } from "./child.ts";
import { leave } from "./leave.ts";
import { settableModes } from "./mode.ts";
import { decoded, printed, printedCurrent, printedMode } from "./print.ts";
import { openSession, type Session } from "./session.ts";

const ownEnd = 1;

/** As of libcap 2.66: the same acts as a departure, but one by one, in the order of its arguments, each checked as it is done. */
export const capsh = endingAs(alwaysEndingWith(ownEnd), async (host, _name, args) => {
	const self = host.argv().slice(0, -args.length || undefined) as [string, ...string[]];
	const session = openSession(host, { host, mask: 0n, note: () => {} }, self);
	for (const [index, word] of args.entries()) {
		if (word === "--quiet") {
			session.isQuiet = true;
			continue;
		}
		const status = await doing(word, () => perform(session, word, { isFirst: index === 0, rest: args.slice(index + 1) }));
		if (status !== undefined) {
			return status;
		}
	}
	if (session.isUnseen) {
		openLog(host, { level: 0 }).warn("capsh: nothing runs: the command of the shell stands behind --, as in -- -c 'COMMAND'");
	}
	return 0;
});

interface Place {
	readonly isFirst: boolean;
	/** What stands behind the word. */
	readonly rest: readonly string[];
}

/** An exit status ends it. */
async function perform(session: Session, word: string, place: Place): Promise<number | undefined> {
	for (const act of actsOf(word, session.last)) {
		const status = await performAct(session, act, place);
		session.done.add(act.kind);
		if (status !== undefined) {
			return status;
		}
	}
	return undefined;
}

async function performAct(session: Session, act: CapshAct, { isFirst, rest }: Place): Promise<number | undefined> {
	const { host, last } = session;
	switch (act.kind) {
		case "leave":
			return await leave(session, act, rest);
		case "has":
		case "has ambient set":
		case "has no new privileges":
		case "is uid":
		case "is gid":
		case "is mode":
			session.isUnseen = false;
			return void ask(session, act);
		case "strict":
			session.isStrict = !session.isStrict;
			return undefined;
		case "keep environment":
			session.keepsEnvironment = true;
			return undefined;
		case "shell":
			session.shell = act.path;
			return undefined;
		case "fork":
			forkFor(session, act.seconds);
			return undefined;
		case "kill":
			killChild(session, act.signal);
			return undefined;
		case "print licence":
			host.write(1, "abdicate, which is under the Apache License 2.0, called as capsh. Libcap's capsh has a licence of its own.\n");
			return 0;
		case "print help":
			host.write(1, (await import("./help.ts")).helpText(session.self[0]));
			return isFirst ? 0 : ownEnd;
		case "print":
		case "print current":
		case "print mode":
		case "print modes":
		case "decode":
		case "explain":
		case "suggest":
			session.isUnseen = false;
			return void host.write(1, await textOf(host, act, last));
		default:
			session.isUnseen = true;
			return void change(session, act);
	}
}

type Shown = Exclude<Output, { kind: "print licence" | "print help" }>;

async function textOf(host: Host, act: Shown, last: Session["last"]): Promise<string> {
	switch (act.kind) {
		case "print":
			return printed(host);
		case "print current":
			return printedCurrent(host);
		case "print mode":
			return printedMode(host);
		case "print modes":
			return `Supported modes: ${settableModes.join(" ")}\n`;
		case "decode":
			return decoded(act.bits);
		case "explain":
			return (await import("./explain.ts")).explained(act.capability, last);
		case "suggest":
			return (await import("./explain.ts")).suggested(act.text, last);
	}
}

/** Each argument is told as the place of what goes wrong with it. */
async function doing<T>(word: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof SyscallError) {
			const { message, remedy } = refusedCall(error);
			fail("DROP_FAILED", `${error.call}: ${message}`, { where: word, remedy });
		}
		if (error instanceof Failure) {
			const [first, ...others] = error.diagnostics;
			throw new Failure({ ...first, where: first.where ?? word }, ...others);
		}
		throw error;
	}
}
