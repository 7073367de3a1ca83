import { setTimeout as delay } from "node:timers/promises";

/** Asks every 20 ms until the answer is neither false nor undefined, and gives that answer; fails after `seconds`. */
export async function until<T>(what: string, ask: () => T | Promise<T>, seconds = 30): Promise<Exclude<T, false | undefined>> {
	const deadline = Date.now() + seconds * 1000;
	for (;;) {
		const answer = await ask();
		if (answer !== undefined && answer !== false) {
			return answer as Exclude<T, false | undefined>;
		}
		if (Date.now() > deadline) {
			throw new Error(`not within ${seconds} s: ${what}`);
		}
		await delay(20);
	}
}
