import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../harness/paths.ts";

const directory = join(root, "build/mappers");
const granted = { newuidmap: "cap_setuid+ep", newgidmap: "cap_setgid+ep" };

/** newuidmap(1) and newgidmap(1) with file capabilities, as images of rootless builders have them, instead of Debian's set-user-ID. */
export function makeMappers(): void {
	mkdirSync(directory, { recursive: true });
	writeFileSync(join(directory, "subid"), "app:100000:65536\n");
	for (const [name, capability] of Object.entries(granted)) {
		copyFileSync(`/usr/bin/${name}`, join(directory, name));
		chmodSync(join(directory, name), 0o755);
		execFileSync("/usr/sbin/setcap", [capability, join(directory, name)]);
	}
}

export const mapperVolumes = [
	...Object.keys(granted).map((name) => `${join(directory, name)}:/usr/bin/${name}:ro`),
	...["subuid", "subgid"].map((name) => `${join(directory, "subid")}:/etc/${name}:ro`),
];
