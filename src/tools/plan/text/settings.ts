import { stateLines } from "../../../departure/prove.ts";
import { RLIM_INFINITY } from "../../../sys/constants.ts";
import { resourceLimitText } from "../../inspect/rlimits.ts";
import { landlockLines } from "./landlock-lines.ts";
import { type Page, type Row, shown } from "./page.ts";

/** Told in words of their own elsewhere. */
const saidElsewhere: readonly string[] = [
	...["uid", "gid", "groups", "bounding", "permitted", "effective", "inheritable", "ambient", "securebits", "no_new_privileges"],
	...["workdir", "limits"],
];

/** What else is made of the process, in the order in which it is done: limits, walls, labels, and the like. */
export function settingRows({ plan: { departure }, reads }: Page): Row[] {
	const landlock = landlockLines(departure.rows.landlock, reads);
	return [
		...(departure.rows.limits === undefined ? [] : [["limits", departure.rows.limits.map(limitText).join(", ")] as const]),
		...stateLines(departure)
			.filter(([name]) => !saidElsewhere.includes(name))
			.map(([name, value]): Row => [name, shown(value)]),
		...(landlock.length === 0 ? [] : [["landlock", ...landlock.map(shown)] as const]),
	];
}

function limitText({ name, soft, hard }: { readonly name: string; readonly soft: bigint; readonly hard: bigint }): string {
	const value = (limit: bigint) => (limit === RLIM_INFINITY ? "unlimited" : limit);
	return resourceLimitText(name, { soft: value(soft), hard: value(hard) });
}
