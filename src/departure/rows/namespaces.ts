import { capability } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { later } from "../../config/form.ts";
import { optional } from "../../config/mapping.ts";
import type { NamespacesPart, NamespacesSetting } from "../../confine/namespaces.ts";
import { type Ask, type Row, row, type Witness } from "../row.ts";
import { loaded, type NamespaceRow } from "../walls.ts";

const schema = later(async () => (await import("../namespaces-setting.ts")).namespacesSetting);

const admin = capability("SYS_ADMIN");

/** What both rows have in common. */
function unshares(name: NamespaceRow, plan: (ask: Ask<NamespacesSetting>) => NamespacesPart | undefined) {
	const witness: Witness<NamespacesPart> = {
		name: name.replace("-", "_"),
		planned: (_, part) => part?.names.join(" "),
		observed: ({ reads, walls }, part) => loaded(walls?.namespaces).changedNamespaces(part as NamespacesPart, reads),
	};
	return {
		plan,
		needs: () => CapabilitySet.from([admin]),
		asks: ({ lacking }, { now }) =>
			lacking.length === 0 || (now === undefined && name === "namespaces")
				? []
				: [{ name: "SYS_ADMIN", purpose: `for namespaces of its own: ${lacking.join(", ")}` }],
		apply: ({ host, walls }, part) => loaded(walls?.namespaces).applyNamespaces(part, host),
		witnesses: [witness],
	} satisfies Partial<Row<NamespacesPart, NamespacesSetting>>;
}

/** Namespaces of its own for mounts, System V IPC and the host name. namespaces(7) */
export const namespaces = row<NamespacesPart, NamespacesSetting>({
	act: "arrive",
	reason:
		"the steps, the host name and every helper are to lie inside: a process that stayed outside would be a way around what is put in place later",
	after: { normalise: "what is opened before it belongs to the mounts that are left" },
	key: {
		name: "namespaces",
		description:
			"Which namespaces the workload has for itself: `mount`, `ipc`, `uts` (the host name), `net` (loopback alone), `cgroup` (its own cgroup is the topmost). Not given: those of the start. See namespaces(7).",
		field: () => optional(schema),
		load: schema.load,
	},
	...unshares("namespaces", (ask) => {
		const { ofWorkload } = ask.request;
		const isForMounts =
			ask.later("paths") !== undefined || ask.later("devices") !== undefined || ask.later("cgroup-namespace") !== undefined;
		return ofWorkload === undefined || (ask.setting === undefined && !isForMounts)
			? undefined
			: loaded(ofWorkload.walls.namespaces).planNamespaces("namespaces", ask.setting ?? [], isForMounts, { ...ask, ofWorkload });
	}),
});

/** A row of its own for one of them, which begins behind the setup. */
const lateNamespace = (name: NamespaceRow) =>
	unshares(name, (ask) => {
		const { ofWorkload } = ask.request;
		const setting = ofWorkload?.settings["namespaces"] as NamespacesSetting | undefined;
		return ofWorkload === undefined || setting === undefined
			? undefined
			: loaded(ofWorkload.walls.namespaces).planNamespaces(name, setting, false, { ...ask, ofWorkload });
	});

/** Its own cgroup as the topmost that the workload sees. cgroup_namespaces(7) */
export const cgroupNamespace = row<NamespacesPart, NamespacesSetting>({
	act: "confine",
	reason: "the topmost group is the one that the process is in, and it is to be the workload's",
	after: { cgroup: "the group of the start would be the topmost", namespaces: "what is mounted for it would be seen outside" },
	...lateNamespace("cgroup-namespace"),
});

/** A network of its own, with nothing but loopback. network_namespaces(7) */
export const networkNamespace = row<NamespacesPart, NamespacesSetting>({
	act: "confine",
	reason: "after every step: the sockets of `listen` keep the network that they were made in, and what a step fetches is fetched",
	after: {},
	...lateNamespace("network-namespace"),
});
