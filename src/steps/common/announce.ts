import type { ApplyContext } from "../step.ts";

const firstMs = 2000;
const nextMs = 1000;

/** What to call as often as there is something to tell: it is told after two seconds, and each second from then on. */
export function announcer({ host, progress }: Pick<ApplyContext, "host" | "progress">): (text: () => string) => void {
	let next = host.clock() + firstMs;
	return (text) => {
		const now = host.clock();
		if (now >= next) {
			next = now + nextMs;
			progress(text());
		}
	};
}
