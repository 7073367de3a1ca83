import { CapabilitySet } from "../capability/set.ts";
import { askedFor, programPlaces } from "../steps/facts.ts";
import type { Obstacle } from "../steps/step.ts";
import { AT } from "../sys/constants.ts";
import { saysAbsent } from "../sys/errno.ts";
import { errnoOf } from "../sys/observe.ts";
import { beforeOf } from "./as-left.ts";
import { closedByThen } from "./closed-by-then.ts";
import { firstLook } from "./first-look.ts";
import type { Outlook } from "./foretell.ts";
import type { PlannedStep } from "./plan.ts";
import { readsAsLeft } from "./reads-as-left.ts";
import { programFaults } from "./step-programs.ts";
import { circumstancesNow } from "./when.ts";

/** What keeps a step from its goal wherever the image is started, or until a volume brings what is not there. */
export interface ObstacleOfImage extends Obstacle {
	readonly label: string;
	/** Nothing is there yet. */
	readonly isAbsent: boolean;
}

/** What a machine has, and no image. */
const ofMachine = /^\/(?:dev|proc|sys)(?:\/|$)/;

/** By the look that a start has before its first step, without what depends on that start; what `missingIn` tells is left out. */
export function obstaclesIn({ plan, start, reads }: Outlook): ObstacleOfImage[] {
	const circumstances = circumstancesNow(plan, start, reads);
	const isThere = (path: string) => !saysAbsent(errnoOf(reads.statat(AT.FDCWD, path, 0)));
	const looks = firstLook(
		{
			reads,
			permitted: CapabilitySet.upTo(start.last),
			withheld: undefined,
			closedByThen,
			readsAsLeft,
			circumstancesOf: () => circumstances,
			with: (_, work) => work(),
		},
		plan,
		true,
	);
	const ofStep = ({ action, label }: PlannedStep, obstacles: readonly Obstacle[]): ObstacleOfImage[] => {
		const told = [...askedFor(action), ...programPlaces(action, reads)];
		return obstacles.flatMap((each) => {
			const { at = [], code, isLasting } = each;
			const isAbsent = !at.some(isThere);
			const isOfImage = at.length > 0 && code === undefined && isLasting !== true && !at.some((path) => ofMachine.test(path));
			return isOfImage && !(isAbsent && at.some((path) => told.includes(path))) ? [{ ...each, label, isAbsent }] : [];
		});
	};
	const steps = [...looks.keys()];
	return [...looks].flatMap(([step, { obstacles }], index) => {
		const faults =
			obstacles.length > 0
				? []
				: programFaults(
						step,
						readsAsLeft(beforeOf(steps.slice(0, index)), { reads, permitted: CapabilitySet.upTo(start.last) }),
						plan.identity,
					);
		return ofStep(step, [...obstacles, ...faults]);
	});
}
