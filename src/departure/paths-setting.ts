import * as v from "valibot";
import { oneOrMany, path } from "../config/fields.ts";
import { list, mapping, optional, orShort } from "../config/mapping.ts";
import type { PathList, PathsSetting } from "../confine/paths/setting.ts";

const words = ["docker-default", "none"] as const;

const paths = (): v.GenericSchema<unknown, PathList> =>
	v.pipe(
		oneOrMany(v.union([v.picklist(words), path()], "expected docker-default, none or absolute paths")),
		v.check((each) => each.length === 1 || !each.includes("none"), "none stands alone"),
		v.transform((each) => ({
			isDefault: each.includes("docker-default"),
			paths: each.filter((one) => !words.includes(one as never)),
		})),
	);

const usual: PathList = { isDefault: true, paths: [] };
const none: PathList = { isDefault: false, paths: [] };

/** What stands at `paths`. */
export const pathsSetting = (): v.GenericSchema<unknown, PathsSetting> =>
	v.pipe(
		orShort(
			"masked",
			mapping({
				masked: optional(paths, usual),
				read_only: optional(paths),
				except: list(() => oneOrMany(path())),
			}),
		),
		v.transform(({ masked, read_only: readOnly, except }) => {
			const isNone = !masked.isDefault && masked.paths.length === 0;
			return { masked, readOnly: readOnly ?? (isNone ? none : usual), except };
		}),
	);
