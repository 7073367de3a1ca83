import * as v from "valibot";
import { textLike } from "../config/fields.ts";
import { mapping, optional, orShort } from "../config/mapping.ts";
import type { SelinuxParts } from "../confine/labels/label.ts";

const expectedProfile = "expected the name of an AppArmor profile, or none; unconfined would be no wall";

/** What stands at `apparmor`; undefined for none. */
export const apparmorSetting = (): v.GenericSchema<unknown, string | undefined> =>
	v.pipe(
		textLike(/^(?!unconfined$|runtime\/default$|localhost\/|RuntimeDefault$)[!-~](?:[ -~]*[!-~])?$/, expectedProfile),
		v.transform((name) => (name === "none" ? undefined : name)),
	);

const part = () => textLike(/^[!-9;-~]+$/, "expected one part of a context, without a colon: {user, role, type, level}");

const type = () =>
	textLike(
		/^(?!(?:spc_t|unconfined_t|disabled?|permissive)$)[!-9;-~]+$/,
		"expected a type, without a colon, or none: {user, role, type, level}; spc_t and unconfined_t would be no wall",
	);

/** What stands at `selinux`; undefined for none. As Docker and Kubernetes have it: what a context is made of, each by its name. */
export const selinuxSetting = (): v.GenericSchema<unknown, SelinuxParts | undefined> =>
	v.pipe(
		orShort(
			"type",
			mapping({
				user: optional(part),
				role: optional(part),
				type: optional(type),
				level: optional(() => textLike(/^[!-~]+$/, "expected a level or a range, such as s0:c1,c2")),
			}),
		),
		v.transform((parts) => (parts.type === "none" ? undefined : parts)),
	);
