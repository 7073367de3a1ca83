import { shellWord } from "../../report/shell.ts";
import { quoted } from "../../report/text.ts";
import { yamlQuoted } from "../../report/yaml.ts";
import type { DeviceAccess } from "./setting.ts";

/** By these the mode of a node is passed over, or changed. */
const aboveModes: readonly string[] = ["DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "CHOWN", "SYS_ADMIN", "MKNOD"];

/** Why a mode would not hold whoever is this, with these capabilities. */
export function passedOver(
	{ path, access }: { readonly path: string; readonly access: DeviceAccess },
	isRoot: boolean,
	kept: readonly string[],
) {
	const passing = kept.filter((name) => aboveModes.includes(name));
	const why = isRoot
		? "root, whose own the node is, changes its mode"
		: passing.length > 0
			? `${passing.join(", ")}, which is kept, passes over the mode of a node`
			: undefined;
	if (access === "rw" || why === undefined) {
		return undefined;
	}
	const rule = `${path}:${path}:${access}`;
	return {
		message: `${quoted(path)}: ${access} alone is by the mode of the node, since the device cgroup cannot be changed from here, and ${why}`,
		remedy: [`docker run --device ${shellWord(rule)} ... | compose: devices: [${yamlQuoted(rule)}] | and rw here`],
	};
}
