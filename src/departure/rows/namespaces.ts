import { CapabilitySet } from "../../capability/set.ts";
import { later } from "../../config/form.ts";
import { optional } from "../../config/mapping.ts";
import type { NamespacesPart, NamespacesSetting } from "../../confine/namespaces.ts";
import { type Row, row } from "../row.ts";
import { loaded, type NamespaceRow } from "../walls.ts";

const schema = later(async () => (await import("../namespaces-setting.ts")).namespacesSetting);

/** What the rows have in common: the key is of the first. */
function unshares(name: NamespaceRow) {
	return {
		plan: (ask) => {
			const { ofWorkload } = ask.request;
			const setting = ofWorkload?.settings["namespaces"] as NamespacesSetting | undefined;
			const isForMounts = name === "namespaces" && ["paths", "devices", "cgroup-namespace"].some((each) => ask.later(each) !== undefined);
			return ofWorkload === undefined || (setting === undefined && !isForMounts)
				? undefined
				: loaded(ofWorkload.walls.namespaces).planNamespaces(name, setting ?? [], isForMounts, { ...ask, ofWorkload });
		},
		needs: () => CapabilitySet.of("SYS_ADMIN", "NET_ADMIN"),
		// Of whatever start it is taken for granted that it is a container's, with a network.
		asks: ({ names, lacking }, { now }) =>
			(now === undefined ? !names.includes("net") : lacking.length === 0)
				? []
				: [
						{ name: "SYS_ADMIN", purpose: "for namespaces of its own" },
						...(names.includes("net") ? [{ name: "NET_ADMIN", purpose: "to bring loopback up", isOptional: true } as const] : []),
					],
		apply: (journey, part) => loaded(journey.walls?.namespaces).applyNamespaces(part, journey),
		witnesses: [
			{
				name: name.replace("-", "_"),
				planned: (_, part) => part?.names.join(" "),
				observed: ({ reads, walls }, part) => loaded(walls?.namespaces).changedNamespaces(part as NamespacesPart, reads),
			},
		],
	} satisfies Partial<Row<NamespacesPart, NamespacesSetting>>;
}

/** Namespaces of its own for mounts, System V IPC and the host name. namespaces(7) */
export const namespaces = row<NamespacesPart, NamespacesSetting>({
	act: "arrive",
	reason: "steps and helpers are to lie inside: one that stayed outside would be a way around the walls",
	after: { normalise: "what is opened before it belongs to the mounts that are left" },
	key: {
		name: "namespaces",
		description:
			"Which namespaces the workload has for itself: `mount`, `ipc`, `uts` (the host name), `net` (loopback alone), `cgroup` (its own cgroup is the topmost). Not given: those of the start. See namespaces(7).",
		field: () => optional(schema),
		load: schema.load,
	},
	...unshares("namespaces"),
});

/** Its own cgroup as the topmost that the workload sees. cgroup_namespaces(7) */
export const cgroupNamespace = row<NamespacesPart, NamespacesSetting>({
	act: "confine",
	reason: "the topmost group is the one that the process is in, and it is to be the workload's",
	after: { cgroup: "the group of the start would be the topmost", namespaces: "what is mounted for it would be seen outside" },
	...unshares("cgroup-namespace"),
});

/** A network of its own, with nothing but loopback. network_namespaces(7) */
export const networkNamespace = row<NamespacesPart, NamespacesSetting>({
	act: "confine",
	reason: "after every step: the sockets of `listen` keep the network that they were made in",
	after: {},
	...unshares("network-namespace"),
});
