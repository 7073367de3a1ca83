import { usualNodes } from "../../../confine/devices/node.ts";
import type { DevicesSetting } from "../../../confine/devices/setting.ts";
import { quoted } from "../../../report/text.ts";
import { yamlScalar } from "../../../report/yaml.ts";
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
