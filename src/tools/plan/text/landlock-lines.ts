import type { LandlockPart, PathRule } from "../../../confine/landlock/part.ts";
import { port, scope } from "../../../confine/landlock/rights.ts";
import { blanksQuoted } from "../../../report/text.ts";
import { AT } from "../../../sys/constants.ts";
import type { Reads } from "../../../sys/native.ts";

const kinds = ["read", "execute", "write"] as const;

/** The wall as the text plan shows it, a line for each key, and what the base set opens. */
export function landlockLines(part: LandlockPart | undefined, reads: Reads): string[] {
	if (part === undefined) {
		return [];
	}
	// What a step may make is a rule all the same.
	const isMissing = ({ isBase, path }: PathRule) => isBase === true && typeof reads.statat(AT.FDCWD, path, 0) === "number";
	const missing = new Set(part.paths.filter(isMissing).map(({ path }) => path)).size;
	const of = (isBase: boolean) =>
		kinds.flatMap((as) => line(part.paths.filter((each) => each.as === as && (each.isBase ?? false) === isBase && !isMissing(each))));
	const ports = (["connect", "bind"] as const).flatMap((as) => {
		const open = part.portRules.flatMap((each) => (each.as === as ? [`${each.port}`] : []));
		return (part.ports & port[as]) === 0 ? [] : [`${as} ${open.join(" ") || "nowhere"}`];
	});
	const scopes = Object.entries(scope).flatMap(([name, bit]) => ((part.scopes & bit) === 0 ? [] : [name]));
	return [
		`ABI ${part.abi}`,
		...(part.files === 0 ? [] : of(false)),
		...ports,
		...(part.guard === undefined ? [] : ["guarded by a filter: no MPTCP, SMC, MSG_FASTOPEN, TCP_ULP, io_uring"]),
		...(scopes.length === 0 ? [] : [`scope ${scopes.join(" ")}`]),
		...of(true).map((each) => `base: ${each}`),
		...(missing === 0 ? [] : [`base: ${missing} more that are not there, if the setup makes them`]),
	];
}

function line(rules: readonly PathRule[]): string[] {
	const [first] = rules;
	return first === undefined ? [] : [`${first.as} ${rules.map(({ path }) => blanksQuoted(path)).join(", ")}`];
}
