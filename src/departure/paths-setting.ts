import * as v from "valibot";
import { oneOrMany, path } from "../config/fields.ts";
import { formed } from "../config/form.ts";
import { isMapping, list, mapping, optional } from "../config/mapping.ts";
import { defaultWords } from "../confine/paths/docker-default.ts";
import type { PathList, PathsSetting } from "../confine/paths/setting.ts";
import { absolutePath } from "../files/path-text.ts";
import { quoted } from "../report/text.ts";

type Refused = readonly (readonly [form: RegExp, why: string])[];

/** What would end every start, or cannot be had by a mount over it. */
const neverMasked: Refused = [
	[
		/^\/(?:proc(?:\/(?:self|thread-self|\d+))?)?$/,
		"is what every program goes by, and not masked as a whole: name what of it is to be closed",
	],
	[/^\/dev$/, "is not masked as a whole: devices: docker-default leaves there what every container has"],
];
const neverReadOnly: Refused = [
	[
		/^\/$/,
		"as a whole is made read-only by the runtime: docker run --read-only | compose: read_only: true | kubernetes: readOnlyRootFilesystem: true",
	],
];

/** A list adds to what Docker closes, unless it has `none` in it. */
function paths(never: Refused): v.GenericSchema<unknown, PathList> {
	const place = v.pipe(
		path(),
		v.check(
			(each) => refusal(never, each) === undefined,
			({ input }) => `${quoted(input)} ${refusal(never, input)}`,
		),
	);
	return v.pipe(
		oneOrMany(v.union([v.picklist(defaultWords), place], "expected docker-default, none or absolute paths")),
		v.check((each) => !defaultWords.every((word) => each.includes(word)), "docker-default and none exclude each other"),
		v.transform((each) => ({
			isDefault: !each.includes("none"),
			paths: each.filter((one) => !defaultWords.includes(one as never)),
		})),
	);
}

function refusal(never: Refused, written: string): string | undefined {
	return written.startsWith("/") ? never.find(([form]) => form.test(absolutePath(written, "/")))?.[1] : undefined;
}

const usual: PathList = { isDefault: true, paths: [] };

/** What stands at `paths`: a word for both lists, or the lists. */
export function pathsSetting(): v.GenericSchema<unknown, PathsSetting> {
	const full = mapping({
		masked: optional(() => paths(neverMasked), usual),
		read_only: optional(() => paths(neverReadOnly), usual),
		except: list(() => oneOrMany(path())),
	});
	const either = v.pipe(
		v.unknown(),
		v.check(
			(value) => isMapping(value) || defaultWords.includes(value as never),
			"expected docker-default, none, or a mapping of masked, read_only and except: paths stand in one of these, as in masked: [/srv]",
		),
		v.transform((value): unknown => (isMapping(value) ? value : { masked: value, read_only: value })),
		full,
	);
	return v.pipe(
		formed(either, { words: defaultWords, full }),
		v.transform(({ masked, read_only: readOnly, except }) => ({ masked, readOnly, except })),
	);
}
