import { choice } from "../config/fields.ts";
import { optional } from "../config/mapping.ts";
import type { AnyRow } from "./row.ts";

/** No row's own: before anything is planned it is taken for the keys that it stands for, in config/confine.ts. */
export const confineKey: NonNullable<AnyRow["key"]> = {
	name: "confine",
	description:
		"`docker-default`: as tight as an ordinary container, wherever the start was given more: the same word at `seccomp`, `paths` and `devices`, where these are not written themselves. `none` (default).",
	field: () => optional(() => choice("docker-default", "none")),
};
