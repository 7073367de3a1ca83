import { later } from "../../config/form.ts";
import { optional } from "../../config/mapping.ts";
import type { Label } from "../../confine/labels/label.ts";
import { row } from "../row.ts";
import { type LabelRow, loaded } from "../walls.ts";

export const apparmor = labelRow(
	"apparmor",
	"The AppArmor profile of the workload alone, which the machine has loaded, or `none` (default). A start that is confined stays under its own profile as well, where that lets it enter another at all. See apparmor(7).",
	later(async () => (await import("../label-settings.ts")).apparmorSetting),
);

export const selinux = labelRow(
	"selinux",
	"The SELinux context of the workload alone: a type, or `{user, role, type, level}`, where what is not written is that of the start; or `none` (default). See selinux(8).",
	later(async () => (await import("../label-settings.ts")).selinuxSetting),
);

/** How it is planned and done is loaded for who has it. */
function labelRow<Setting>(name: LabelRow, description: string, schema: ReturnType<typeof later<Setting>>) {
	return row<Label, Setting>({
		act: "walls",
		reason: "whatever is executed from here on has the label, so behind the last child, and while files can still be opened",
		after: {},
		key: { name, description, field: () => optional(schema), load: schema.load },
		plan: (ask) => (ask.setting === undefined ? undefined : loaded(ask.request.ofWorkload?.walls.labels).planLabel(name, ask)),
		shown: ({ label, besides }) => (besides === undefined ? label : `${label}, besides ${besides}`),
		apply: (journey, label) => loaded(journey.walls?.labels).applyLabel(name, label, journey),
	});
}
