import { describe, expect, it } from "vitest";
import { type Init, peers } from "../../harness/init/inits.ts";
import { type Peer, type Situation, type SituationName, situations } from "../../harness/init/situations.ts";

export interface Trial<T> {
	/** Of docs/rules.md, which it shows. */
	readonly rule?: `rule ${number}.${number}`;
	/** What is to be seen under this init. */
	readonly run: (init: Init) => Promise<T>;
	readonly right: T;
	/** What is to be seen of those that do otherwise, as the table says. */
	readonly others?: Partial<Record<Peer | "alone", T>>;
}

/** Tries a situation with our init and with each peer, so that the trial is known to tell right from wrong. */
export function situation<T>(name: SituationName, { rule, run, right, others = {} }: Trial<T>): void {
	const { peers: words, alone }: Situation = situations[name];
	describe(rule === undefined ? name : `${rule}: ${name}`, () => {
		it.concurrent("ours", async () => {
			expect(await run("ours")).toEqual(right);
		});
		for (const peer of peers.filter((each) => words[each]?.startsWith("not tried") !== true)) {
			it.concurrent(peer, async () => {
				const expected = words[peer] === undefined ? right : others[peer];
				const seen = await run(peer);
				expect(seen).toEqual(expected);
				expect(words[peer] === undefined).toBe(JSON.stringify(seen) === JSON.stringify(right));
			});
		}
		if (alone !== undefined) {
			it.concurrent("alone", async () => {
				expect(await run("alone")).toEqual(alone === "the same" ? right : others.alone);
			});
		}
	});
}
