import { CapabilitySet } from "../../capability/set.ts";
import { later } from "../../config/form.ts";
import { optional } from "../../config/mapping.ts";
import type { DevicesPart } from "../../confine/devices/part.ts";
import type { DevicesSetting } from "../../confine/devices/setting.ts";
import { row } from "../row.ts";
import { loaded } from "../walls.ts";

const schema = later(async () => (await import("../devices-setting.ts")).devicesSetting);

/** Which devices the workload finds: a new /dev with the set that every container has, and what is named. */
export const devices = row<DevicesPart, DevicesSetting>({
	act: "confine",
	reason: "steps may need the old nodes, and what is masked later takes the /dev/null that was checked here",
	after: { namespaces: "the new /dev would be seen outside" },
	key: {
		name: "devices",
		description:
			"`none`, `docker-default` (the nodes that every container has, and no others below /dev), or a list of further ones: `/dev/net/tun`, `{path, access: rw|r|w}`. Not given: /dev stays as it is.",
		field: () => optional(schema),
		load: schema.load,
	},
	plan: ({ setting, request, start, reads, note }) => {
		const { ofWorkload } = request;
		return ofWorkload === undefined || setting === undefined || setting === "none"
			? undefined
			: loaded(ofWorkload.walls.devices).planDevices(setting, { request, ofWorkload, start, reads, note });
	},
	needs: ({ needs }) => CapabilitySet.of(...needs),
	asks: ({ needs, isLacking, makesNamed }, { now }) =>
		(now === undefined ? makesNamed : isLacking) ? needs.map((name) => ({ name, purpose: "for a new /dev without other devices" })) : [],
	apply: ({ host, walls }, part) => loaded(walls?.devices).applyDevices(part, host),
	witnesses: [
		{
			name: "devices",
			planned: (_, part) => part?.found,
			observed: ({ reads, walls }, part) => loaded(walls?.devices).foundDevices(part as DevicesPart, reads),
		},
	],
});
