import { inject } from "vitest";
import { getCurrentTest } from "vitest/suite";

declare module "vitest" {
	export interface ProvidedContext {
		/** Why no Docker answers; empty when one does. */
		dockerIsMissing: string;
	}
}

/** Skips the test that is running where no Docker can be started; scripts/test.mjs says when that is a failure. */
export function needDocker(): void {
	const reason = inject("dockerIsMissing");
	if (reason === "") {
		return;
	}
	getCurrentTest()?.context.skip(`needs Docker: ${reason}`);
	throw new Error(`needs Docker: ${reason}`);
}

/** A set-up for tests that each need Docker: nothing where there is none. */
export function withDocker(setUp: () => Promise<void>): () => Promise<void> {
	return async () => {
		if (inject("dockerIsMissing") === "") {
			await setUp();
		}
	};
}
