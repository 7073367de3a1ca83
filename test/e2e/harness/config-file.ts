import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Writes a configuration to a directory of its own. */
export function writeConfigFile(config: string | object, mode = 0o644): { readonly file: string; readonly remove: () => void } {
	const directory = mkdtempSync(join(tmpdir(), "abdicate-config-"));
	const file = join(directory, "entrypoint.yaml");
	writeFileSync(file, typeof config === "string" ? config : JSON.stringify(config));
	chmodSync(file, mode);
	return { file, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
