import * as v from "valibot";
import { suggestion } from "../report/suggest.ts";
import { quoted } from "../report/text.ts";
import type { LimitConfig } from "./config.ts";
import { asText, withCode } from "./fields.ts";
import { formed } from "./form.ts";
import { pathOf, record } from "./mapping.ts";

/** Names without RLIMIT_; index is the number on x86_64 and arm64. getrlimit(2) */
export const limitNames = [
	"cpu",
	"fsize",
	"data",
	"stack",
	"core",
	"rss",
	"nproc",
	"nofile",
	"memlock",
	"as",
	"locks",
	"sigpending",
	"msgqueue",
	"nice",
	"rtprio",
	"rttime",
] as const;

const expected = 'expected a number, unlimited, or soft:hard, such as "1024:4096"';

export const limits = (): v.GenericSchema<unknown, LimitConfig[]> =>
	formed(
		v.pipe(
			record(v.string(), v.unknown(), "expected limits by name, such as nofile: 65536"),
			v.rawTransform<Record<string, unknown>, LimitConfig[]>(({ dataset, addIssue }) =>
				Object.entries(dataset.value).flatMap(([name, written]) => {
					const resource = limitNames.indexOf(name as never);
					const parsed = parseLimit(written);
					if (resource < 0 || parsed === undefined) {
						const message = resource < 0 ? `${quoted(name)} is not a limit${suggestion(name, limitNames)}` : expected;
						addIssue({ ...(resource < 0 ? withCode("CONFIG_UNKNOWN_KEY", message) : { message }), path: pathOf([name]) });
						return [];
					}
					return [{ name, resource, ...parsed }];
				}),
			),
		),
		"limits",
	);

/** `undefined` inside stands for unlimited. */
function parseLimit(written: unknown): Pick<LimitConfig, "soft" | "hard"> | undefined {
	const [, soft, hard = soft] = /^([0-9]{1,19}|unlimited)(?::([0-9]{1,19}|unlimited))?$/.exec(asText(written) ?? "") ?? [];
	if (soft === undefined || hard === undefined) {
		return undefined;
	}
	const value = (word: string) => (word === "unlimited" ? undefined : BigInt(word));
	const [low, high] = [value(soft), value(hard)];
	const isOrdered = high === undefined || (low !== undefined && low <= high);
	return isOrdered ? { soft: low, hard: high } : undefined;
}
