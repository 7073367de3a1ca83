import { capabilityName } from "../../../capability/names.ts";
import type { CapabilityConfig } from "../../../config/config.ts";
import { passedOver } from "../../../confine/devices/mode.ts";
import { usualNodes } from "../../../confine/devices/node.ts";
import type { DevicesSetting } from "../../../confine/devices/setting.ts";
import { quoted } from "../../../report/text.ts";
import { yamlScalar } from "../../../report/yaml.ts";
import { isRoot } from "./root-rules.ts";
import type { Found, Rule } from "./rule.ts";

export const deviceLeftOut: Rule = {
	severity: "warning",
	summary: "A step makes a device ready for the user which `devices` takes away from the workload again.",
	find: ({ config }) => {
		const devices = config.rows["devices"] as DevicesSetting | undefined;
		if (devices === undefined || devices === "none") {
			return [];
		}
		const left = [...devices, ...usualNodes].map(({ path }) => path);
		return config.setup.flatMap(({ kind, config: step }, index): Found[] => {
			// One that is to be usable: no other step has both.
			const { path, access } = (step ?? {}) as { readonly path?: string; readonly access?: string };
			return path === undefined || access === undefined || access === "none" || !path.startsWith("/dev/") || left.includes(path)
				? []
				: [
						{
							at: ["setup", index, kind],
							message: `the workload does not find ${quoted(path)}: what devices does not name is gone after the setup`,
							remedy: [
								`devices: [${yamlScalar(path)}], beside what stands there, where the workload is to have it`,
								"access: none in the step, where only the setup needs it",
							],
						},
					];
		});
	},
};

export const deviceModePassed: Rule = {
	severity: "error",
	summary:
		"A device is for `r` or `w` alone, by its mode, and the workload is root or keeps what passes over modes: such a start is refused.",
	find: ({ config }) => {
		const devices = config.rows["devices"] as DevicesSetting | undefined;
		const kept = surelyKept(config.capabilities);
		return devices === undefined || devices === "none"
			? []
			: devices.flatMap((device, index): Found[] => {
					const passed = passedOver(device, isRoot(config), kept);
					return passed === undefined ? [] : [{ at: ["devices", index, "access"], ...passed }];
				});
	},
};

/** Whatever the start holds. */
function surelyKept(config: CapabilityConfig): string[] {
	const sets = config.form === "sets" ? config.sets.permitted.union(config.sets.inheritable).list() : [];
	return [...(config.form === "keep" ? config.keep : []), ...sets].map(capabilityName);
}
