import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks until the answer is neither false nor undefined, and gives that answer; fails after `seconds`. Between two questions are 20 ms, and
 * twice as long as the last one took: what is waited for needs the processor more.
 */
export async function until<T>(what: string, ask: () => T | Promise<T>, seconds = 30): Promise<Exclude<T, false | undefined>> {
	const deadline = Date.now() + seconds * 1000;
	for (;;) {
		const asked = Date.now();
		const answer = await ask();
		if (answer !== undefined && answer !== false) {
			return answer as Exclude<T, false | undefined>;
		}
		if (Date.now() > deadline) {
			throw new Error(`not within ${seconds} s: ${what}`);
		}
		await delay(Math.min(20 + 2 * (Date.now() - asked), 1000));
	}
}
