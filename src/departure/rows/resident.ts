import { understood } from "../../config/fields.ts";
import { later } from "../../config/form.ts";
import { hasResident, type InitSetting, type Placement, type PlacementPart, type ResidentPart, usualInit } from "../resident.ts";
import { row } from "../row.ts";
import { loaded } from "../walls.ts";

/** The word alone is read without the rest. */
const schema = later<InitSetting | undefined>(async () => (await import("../init-setting.ts")).initSetting, {
	value: true,
	schema: understood("expected true", (value) => (value === true ? usualInit : undefined)),
});

interface Both extends ResidentPart {
	readonly placement: PlacementPart;
}

/** This process goes on as the init, and its child as the workload. How it is planned and done is loaded for who has it. */
export const resident = row<Both, InitSetting>({
	act: "part",
	reason: "one drop and one proof for both: there is never an init beside the workload that has more than that",
	after: {
		sets: "the init would have what the workload may not",
		"no-new-privileges": "the init would be without it, and nobody would have proved it",
	},
	key: {
		name: "init",
		description:
			"Whether an init stays as the workload's parent: one without privilege, which takes in every process that ends, passes signals on and ends with the workload's status. `true`, or `{signals, exit_codes, group, subreaper, grace, daemons}`. Not given: the workload is this process.",
		field: () => ({ schema, required: false, otherwise: undefined }),
		load: schema.load,
	},
	plan: (ask) => {
		if (!hasResident(ask.request)) {
			return undefined;
		}
		const placement = ask.later("placement") as PlacementPart;
		return { ...loaded(ask.request.ofWorkload?.walls.resident).planResident(ask, placement), placement };
	},
	shown: ({ summary }) => summary,
	apply: (journey, part) => loaded(journey.walls?.resident).part(part, part.placement, journey),
});

const placeNames = {
	session: "a session of its own",
	group: "a process group of its own",
	shared: "the process group of the init",
} as const satisfies Record<Placement, string>;

/** Of the workload, which is another process from here on. */
export const placement = row<PlacementPart>({
	act: "part",
	reason: "a session and a process group are led by who makes them, and the terminal goes along",
	after: { init: "the init would lead it" },
	shown: ({ place, terminal }) =>
		`${placeNames[place]}${terminal === undefined || place === "shared" ? "" : `, with the terminal of descriptor ${terminal}`}`,
	plan: (ask) => (hasResident(ask.request) ? loaded(ask.request.ofWorkload?.walls.resident).planPlacement(ask) : undefined),
	apply: (journey, part) => loaded(journey.walls?.resident).place(part, journey.host),
});

export const residentReady = row<true>({
	act: "walls",
	reason: "the workload does not run before the init has given up its part and says so; that it did meanwhile",
	after: { init: "there would be nobody to wait for" },
	plan: ({ request }) => hasResident(request) || undefined,
	apply: (journey) => loaded(journey.walls?.resident).awaitResident(journey),
});

export const defaultSignals = row<true>({
	act: "part",
	reason: "what a careless parent ignores or blocks would be so for the workload; while the init is at its own part",
	after: { init: "the init takes all of them in, and its child is on its own" },
	plan: ({ request }) => (hasResident(request) && request.ofWorkload?.resident?.resetsSignals !== false) || undefined,
	apply: (journey) => loaded(journey.walls?.resident).defaultSignals(journey),
});
