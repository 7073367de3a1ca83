import { CapabilitySet } from "../capability/set.ts";
import { observePrivilege } from "../identity/credentials.ts";
import { fail } from "../report/failure.ts";
import { errno, errnoName } from "../sys/errno.ts";
import type { Host, Reads } from "../sys/native.ts";
import type { Departure } from "./departure.ts";
import type { Value, View, Witness } from "./row.ts";
import { type RowName, table } from "./rows.ts";
import { compareStatus } from "./status.ts";
import type { WallsOnTheWay } from "./walls.ts";

/** Compares the kernel's view with the plan as one value, then tries to get the privilege back, which must fail. */
export function prove(host: Host, departure: Departure, walls?: WallsOnTheWay): void {
	const view = viewOf(host, walls);
	const told = compareCalls(departure, view);
	const differences = told.length > 0 ? told : compareStatus(departure, witnesses, host);
	if (differences.length > 0) {
		fail("VERIFY_FAILED", differences.join("; "), { where: "verification" });
	}
	for (const { witness } of witnesses) {
		const tried = witness.attempt?.(departure.expected, view);
		const result = tried?.attempt(host);
		if (tried !== undefined && result !== undefined && !isRefused(result)) {
			const { name } = tried;
			fail("VERIFY_FAILED", result < 0 ? `${name} was not refused: ${errnoName(result)}` : `${name} succeeded although it had to fail`, {
				where: "verification",
			});
		}
	}
}

export function viewOf(reads: Reads, walls?: WallsOnTheWay): View {
	const { credentials, last } = observePrivilege(reads);
	return { reads, credentials, all: CapabilitySet.upTo(last), walls };
}

/** One phrase for each part that differs; empty when the whole value is the same. */
export function compareCalls({ expected, rows: parts }: Pick<Departure, "expected" | "rows">, view: View): string[] {
	return witnesses.flatMap(({ row, witness: { name, planned, observed, shown = String } }) => {
		const part = parts[row];
		const want = planned(expected, part);
		const have = want === undefined ? undefined : observed(view, part);
		return want === have ? [] : [`${name}: planned ${shown(want as Value)}, the kernel says ${shown(have as Value)}`];
	});
}

/** The state, and what else the rows do, as text by its name: what `plan` prints. */
export function stateLines({
	expected,
	rows: parts,
}: Pick<Departure, "expected" | "rows">): readonly (readonly [name: string, value: string])[] {
	const ofState = witnesses.flatMap(({ row, witness: { name, planned, shown = String } }) => {
		const value = planned(expected, parts[row]);
		return value === undefined ? [] : [[name, shown(value)] as const];
	});
	const others = table.flatMap(({ name, shown }) => {
		const text = parts[name] === undefined ? undefined : shown?.(parts[name]);
		return text === undefined ? [] : [[name.replaceAll("-", "_"), text] as const];
	});
	return [...ofState, ...others];
}

interface Asked {
	readonly row: RowName;
	readonly witness: Witness;
}

/** In the order of /proc/self/status, so that it is gone through once; what is not named here follows. */
const reading: readonly string[] = [
	"uid",
	"gid",
	"groups",
	"inheritable",
	"permitted",
	"effective",
	"bounding",
	"ambient",
	"securebits",
	"no_new_privileges",
];
const rank = ({ witness }: Asked): number => (reading.includes(witness.name) ? reading.indexOf(witness.name) : reading.length);

const witnesses: readonly Asked[] = table
	.flatMap(({ name: row, witnesses: own = [] }) => own.map((witness): Asked => ({ row, witness })))
	.sort((left, right) => rank(left) - rank(right));

/** EINVAL stands for an id that the user namespace does not have. */
function isRefused(result: number): boolean {
	return result === -errno.EPERM || result === -errno.EINVAL;
}
