import { type Init, shell, startUnder, type Under } from "../../harness/init/inits.ts";

export interface Told {
	/** Undefined where it does not end in time. */
	readonly status: number | undefined;
	/** What was said after `up`. */
	readonly said: readonly string[];
	/** Whether the init itself had something to say. */
	readonly complains: boolean;
}

/** A script that says `up`, is sent TERM by way of process 1 then, and goes on to its end. */
export async function told(
	init: Init,
	script: string,
	{ seconds = 20, ...under }: Under & { readonly seconds?: number } = {},
): Promise<Told> {
	const house = await startUnder(init, shell(script), under);
	await house.waitForOutput("up");
	house.signal("TERM");
	const end = await house.wait(seconds).catch(() => undefined);
	const { stdout, stderr } = await house.logs();
	house.remove();
	return { status: end?.status, said: stdout.trim().split("\n").slice(1), complains: complains(stderr) };
}

export const complains = (stderr: string): boolean => /abdicate|tini|dumb-init|catatonit/i.test(stderr);
