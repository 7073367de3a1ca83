import * as v from "valibot";
import { umask as mask } from "../../config/fields.ts";
import { optional } from "../../config/mapping.ts";
import { row } from "../row.ts";

interface Setting {
	readonly mask: number;
	readonly onlyIfDefault: boolean;
}

/** What everybody has who has not chosen. umask(2) */
const usual = 0o022;

const schema = (): v.GenericSchema<unknown, Setting> =>
	v.union(
		[
			v.pipe(
				v.strictObject({ if_default: mask() }),
				v.transform((value) => ({ mask: value.if_default, onlyIfDefault: true })),
			),
			v.pipe(
				mask(),
				v.transform((value) => ({ mask: value, onlyIfDefault: false })),
			),
		],
		'expected a mask in octal, such as "0027", or {if_default: "0077"}',
	);

export const umask = row<number, Setting>({
	act: "confine",
	reason: "setup makes its files with the mask of the start",
	after: {},
	key: {
		name: "umask",
		description: 'Octal, such as `"0027"`, or `{if_default: "0077"}`: only when the inherited one is 0022.',
		field: () => optional(schema),
	},
	plan: ({ setting, start }) => (setting === undefined || (setting.onlyIfDefault && start.umask !== usual) ? undefined : setting.mask),
	shown: (value) => value.toString(8).padStart(4, "0"),
	apply: ({ host }, value) => void host.umask(value),
});
