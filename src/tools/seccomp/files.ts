import type { Config } from "../../config/config.ts";
import { parseConfig } from "../../config/parse.ts";
import { readTrustedFile } from "../../config/trust.ts";
import { parseEnvironment } from "../../plan/environment.ts";
import { loadSteps } from "../../steps/index.ts";
import type { Reads } from "../../sys/native.ts";

/** Reads what is believed as the configuration is, by who is asked here. Throws a Failure. */
export type TrustedReader = (path: string, limit?: number) => string;

export function trustedReader(reads: Reads): TrustedReader {
	const privileged = reads.getresuid()[1] === 0;
	return (path, limit) => readTrustedFile(reads, path, privileged, limit);
}

/** A configuration as its file alone says. */
export function readConfiguration(reads: Reads, file: string): Promise<Config> {
	const environment = parseEnvironment(reads.environ());
	return parseConfig(trustedReader(reads)(file), file, { reads, environment, loadSteps, unasked: "all" });
}
