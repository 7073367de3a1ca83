import * as v from "valibot";
import { choice, duration, flag, integer } from "../config/fields.ts";
import { formed } from "../config/form.ts";
import { isMapping, mapping, optional, readAt, record } from "../config/mapping.ts";
import { signalNumber } from "../config/signal-number.ts";
import { type InitSetting, usualInit as usual } from "./resident.ts";

const signalForm = /^(SIG)?([A-Z][A-Z0-9]*|RTMIN\+[0-9]+|RTMAX-[0-9]+)$/;
const expectedSignal = "expected the name of a signal, such as TERM or RTMIN+3";
/** What nobody can be told of, and what has its meaning for the init itself. signal(7) */
const notForwarded = ["KILL", "STOP", "CHLD"].map((name) => signalNumber(name));

const signal = (others: Readonly<Record<string, number>> = {}, expected = expectedSignal): v.GenericSchema<unknown, number> =>
	formed(
		v.pipe(
			v.string(expected),
			v.transform((name): number | undefined => (Object.hasOwn(others, name) ? others[name] : signalNumber(name))),
			v.number(expected),
		) as v.GenericSchema<unknown, number>,
		{ like: signalForm },
	);

const signals = () =>
	v.pipe(
		record(v.string(), signal({ none: 0 }, `${expectedSignal}, or none`), "expected NAME: NAME"),
		v.rawTransform<Record<string, number>, Record<number, number>>(({ dataset, addIssue, NEVER }) => {
			const numbers = Object.entries(dataset.value).map(([name, to]) => [signalNumber(name), to] as const);
			if (numbers.some(([number]) => number === undefined || notForwarded.includes(number))) {
				addIssue({ message: `${expectedSignal}; KILL and STOP reach nobody, and CHLD is the init's own` });
				return NEVER;
			}
			return Object.fromEntries(numbers);
		}),
	);

const status = integer(0, 255);
const exitCodes = () =>
	v.pipe(
		record(
			v.pipe(
				v.string(),
				v.regex(/^(0|[1-9][0-9]{0,2})$/, "expected an exit status of 0 to 255"),
				v.check((each) => Number(each) <= 255, "expected an exit status of 0 to 255"),
			) as v.GenericSchema<string, string>,
			status,
			"expected STATUS: STATUS",
		),
		v.transform((codes): Record<number, number> => codes),
	);

const subreaper = (): v.GenericSchema<unknown, InitSetting["subreaper"]> =>
	v.union([v.literal("auto"), flag()], "expected auto, true or false") as v.GenericSchema<unknown, InitSetting["subreaper"]>;

const full = () =>
	v.pipe(
		mapping({
			signals: optional(signals, usual.signals),
			exit_codes: optional(exitCodes, usual.exitCodes),
			group: optional(flag, usual.group),
			subreaper: optional(subreaper, usual.subreaper),
			grace: optional(duration),
			daemons: optional(() => choice("warn", "terminate"), usual.daemons),
		}),
		v.transform(({ exit_codes, grace, ...rest }): InitSetting => ({ ...rest, exitCodes: exit_codes, graceMs: grace })),
	);

/** `true`, `false` for no init, or what it does otherwise. */
export const initSetting = (): v.GenericSchema<unknown, InitSetting | undefined> => {
	const [whole, word] = [full(), flag()];
	const schema = v.pipe(
		v.unknown(),
		v.rawTransform<unknown, InitSetting | undefined>(({ dataset: { value }, addIssue, NEVER }) => {
			const isWord = v.safeParse(word, value);
			if (isWord.success) {
				return isWord.output ? usual : undefined;
			}
			if (!isMapping(value)) {
				addIssue({ message: "expected true, false, or a mapping" });
				return NEVER;
			}
			return readAt(whole, value, [], addIssue as never) as InitSetting;
		}),
	);
	return formed(schema, { anyOf: [word, whole] });
};
