import { parseConfig } from "../config/parse.ts";
import { readTrustedFile } from "../config/trust.ts";
import { parseEnvironment } from "../plan/environment.ts";
import { loadSteps } from "../steps/index.ts";
import type { Host } from "../sys/native.ts";

/** Validates a file: trust, syntax, keys, values. Raises everything that is wrong with it. */
export async function check(host: Host, file: string): Promise<void> {
	const text = readTrustedFile(host, file, host.getresuid()[1] === 0);
	const environment = parseEnvironment(host.environ());
	const { setup, user } = await parseConfig(text, file, { reads: host, environment, loadSteps });
	host.write(1, `${file}: fine: user ${user ?? "not set"}, ${setup.length} setup ${setup.length === 1 ? "step" : "steps"}\n`);
}
