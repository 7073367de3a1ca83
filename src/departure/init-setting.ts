import * as v from "valibot";
import { choice, duration, flag, integer } from "../config/fields.ts";
import { formed } from "../config/form.ts";
import { isMapping, mapping, optional, pathOf, readAt, record } from "../config/mapping.ts";
import { signalNumber } from "../config/signal-number.ts";
import { signalNames } from "../config/signals.ts";
import { suggestion } from "../report/suggest.ts";
import { type InitSetting, usualInit as usual } from "./resident.ts";

const signalForm = /^((SIG)?([A-Z][A-Z0-9]*|RTMIN\+[0-9]+|RTMAX-[0-9]+)|[1-9]|[1-5][0-9]|6[0-4])$/;
const expectedSignal = "expected the name of a signal, such as TERM or RTMIN+3, or its number, 1 to 64";
/** What nobody can be told of, and what has its meaning for the init itself. signal(7) */
const notForwarded = ["KILL", "STOP", "CHLD"].map((name) => signalNumber(name));

const meant = (name: string) => suggestion(name.replace(/^SIG/, ""), signalNames);

/** What is sent; 0 for nothing. */
const sent = (): v.GenericSchema<unknown, number> =>
	formed(
		v.pipe(
			v.unknown(),
			v.rawTransform<unknown, number>(({ dataset: { value }, addIssue, NEVER }) => {
				const name = `${value}`;
				const number = name === "none" ? 0 : signalNumber(name);
				if (number === undefined) {
					addIssue({ message: `${expectedSignal}, or none${meant(name)}` });
					return NEVER;
				}
				return number;
			}),
		),
		{
			anyOf: [
				formed(v.string() as v.GenericSchema, { like: signalForm }),
				formed(v.string() as v.GenericSchema, { like: /^none$/ }),
				integer(1, 64),
			],
		},
	);

const signals = () =>
	v.pipe(
		record(v.string(), sent(), "expected NAME: NAME, such as {TERM: QUIT}"),
		v.rawTransform<Record<string, number>, Record<number, number>>(({ dataset, addIssue, NEVER }) => {
			const numbers = Object.entries(dataset.value).map(([name, to]) => [signalNumber(name), to, name] as const);
			const wrong = numbers.filter(([number]) => number === undefined || notForwarded.includes(number));
			for (const [number, , name] of wrong) {
				const message = number === undefined ? `${expectedSignal}${meant(name)}` : "KILL and STOP reach nobody, and CHLD is the init's own";
				addIssue({ message, path: pathOf([name]) });
			}
			return wrong.length > 0 ? NEVER : Object.fromEntries(numbers);
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
			"expected STATUS: STATUS, such as {143: 0}",
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
