import { Failure } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { programsOf } from "../steps/facts.ts";
import { refuseShapedProgram } from "../steps/programs/program.ts";
import type { Reads } from "../sys/native.ts";
import type { Plan } from "./plan.ts";

export interface ShapedProgram extends Problem {
	readonly label: string;
}

/** Programs of steps that would be refused as things are now, because somebody without what they have could write them. */
export function shapedPrograms({ setup, identity: target }: Pick<Plan, "setup" | "identity">, reads: Reads): ShapedProgram[] {
	return setup.flatMap(({ action, label }) =>
		programsOf(action, reads).flatMap(({ argv, path, workdir, identity, capabilities }): ShapedProgram[] => {
			try {
				refuseShapedProgram(argv, { reads, path, workdir }, { identity, capabilities, target });
				return [];
			} catch (error) {
				if (!(error instanceof Failure)) {
					throw error;
				}
				const [{ message, remedy }] = error.diagnostics;
				return [{ label, message, remedy }];
			}
		}),
	);
}
