import * as v from "valibot";
import { choice, nonEmptyText, oneOrMany, path } from "../config/fields.ts";
import { list, mapping, optional, orShort, required } from "../config/mapping.ts";
import type { SeccompSetting } from "../confine/seccomp/setting.ts";

const profile = (): v.GenericSchema<unknown, SeccompSetting["profile"] | "none"> =>
	v.union(
		[
			v.picklist(["none", "docker-default"]),
			v.pipe(
				path(),
				v.transform((written) => ({ path: written })),
			),
		],
		"expected none, docker-default or the path of a profile",
	);

const names = () => oneOrMany(nonEmptyText());

/** What stands at `seccomp`; undefined for none. */
export const seccompSetting = (): v.GenericSchema<unknown, SeccompSetting | undefined> =>
	v.pipe(
		orShort(
			"profile",
			mapping({
				profile: required(profile),
				allow: list(names),
				deny: list(names),
				architectures: optional(names),
				action: optional(() => choice("errno", "kill", "log", "trap")),
			}),
		),
		v.check(
			({ profile: written, allow, deny, architectures, action }) =>
				written !== "none" || (allow.length + deny.length === 0 && architectures === undefined && action === undefined),
			"without a profile nothing goes with none",
		),
		v.transform(({ profile: written, ...rest }) => (written === "none" ? undefined : { profile: written, ...rest })),
	);
