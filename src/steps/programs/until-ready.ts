import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { durationText } from "../../report/units.ts";
import { howEnded } from "../common/how-ended.ts";
import { type Asked, longer, type ReadyTarget, remediesFor, whyNotReady } from "../common/ready.ts";
import type { ApplyContext, Child } from "../step.ts";
import { program } from "./fields.ts";

const pauseMs = 50;

interface Awaited {
	readonly command: readonly [string, ...string[]];
	readonly timeoutMs: number;
	readonly ready: readonly ReadyTarget[];
	readonly output: "inherit" | "discard";
}

/** What starts, or what it leaves when it has ended well, goes on when it answers, and is ended when it does not in time. */
export function waitUntilReady(
	child: Child,
	{ command: [name], timeoutMs, ready, output }: Awaited,
	context: ApplyContext,
	hints: () => readonly string[],
): string {
	const { host, tryAs } = context;
	// It is asked as the user that it runs as: the place of its socket may be closed to others, and no path is root's to follow.
	const asked: Asked = {
		host,
		tryAs: (attempt, patienceMs) => tryAs(program, attempt, patienceMs),
		answers: new Map(),
		remedies: new Map(),
		moreTime: longer(timeoutMs, 5),
	};
	const begun = host.clock();
	try {
		for (;;) {
			const status = child.wait(pauseMs);
			if (status !== undefined && status !== 0) {
				const { message, remedy = [], isByItself } = howEnded(host, status, output);
				fail("STEP_FAILED", `${quoted(name)} ${message}`, { remedy: [...remedy, ...(isByItself ? hints() : [])] });
			}
			const restMs = begun + timeoutMs - host.clock();
			const missing = ready.flatMap((each) => {
				const why = whyNotReady(each, asked, restMs);
				return why === undefined ? [] : [{ each, why: `${each.text}: ${why}` }];
			});
			if (missing.length === 0) {
				child.letGo();
				return `ready after ${Math.floor(host.clock() - begun)} ms; it stays`;
			}
			if (restMs <= 0) {
				fail("STEP_FAILED", `${quoted(name)} is not ready after ${durationText(timeoutMs)}: ${missing.map(({ why }) => why).join("; ")}`, {
					remedy: remediesFor(
						missing.map(({ each }) => each),
						asked,
					),
				});
			}
		}
	} catch (error) {
		child.stop();
		throw error;
	}
}
