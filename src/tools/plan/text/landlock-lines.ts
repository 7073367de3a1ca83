import type { LandlockPart, PathRule } from "../../../confine/landlock/part.ts";
import { port, scope } from "../../../confine/landlock/rights.ts";
import { blanksQuoted } from "../../../report/text.ts";

const kinds = ["read", "execute", "write"] as const;

/** The wall as the text plan shows it, a line for each key, and what the base set opens. */
export function landlockLines(part: LandlockPart | undefined): string[] {
	if (part === undefined) {
		return [];
	}
	const of = (isBase: boolean) =>
		kinds.flatMap((as) => line(part.paths.filter((each) => each.as === as && (each.isBase ?? false) === isBase)));
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
	];
}

function line(rules: readonly PathRule[]): string[] {
	const [first] = rules;
	return first === undefined ? [] : [`${first.as} ${rules.map(({ path }) => blanksQuoted(path)).join(", ")}`];
}
