import type { Outcome } from "../e2e/harness/process.ts";
import type { ContainerOptions } from "../e2e/harness/run.ts";

/** What a start comes to: its exit status, and what is wrong, each by its code and its place. */
export interface Verdict {
	readonly status: number;
	readonly found: readonly string[];
}

/** A start, whose arguments are made of those of this program. */
export type Started = Omit<ContainerOptions, "args" | "image"> & { readonly image: string; readonly through?: readonly string[] };

interface Told {
	readonly code: string;
	readonly where?: string | null | undefined;
}

const places = (told: readonly Told[]) => told.map(({ code, where }) => `${code} ${where ?? ""}`);

/** What `plan` says that a run comes to, and what a run comes to. They are to be the same. */
export async function bothOf(
	run: (options: ContainerOptions) => Promise<Outcome>,
	{ through = [], ...options }: Started,
	command: readonly string[] = ["/bin/true"],
): Promise<{ readonly plan: Verdict; readonly run: Verdict; readonly said: string }> {
	const start = (args: readonly string[]) => run({ ...options, args: [...through, ...args, "--", ...command] });
	const [planned, ran] = [await start(["plan", "--format", "json"]), await start([])];
	const said = `${planned.stderr}\n${ran.stderr}`;
	return { plan: ofPlan(planned), run: { status: ran.status, found: places(errorsIn(ran.stderr)) }, said };
}

/** One that could not be made says so as a run would; its own status tells no more than that. */
function ofPlan({ status, stdout, stderr }: Outcome): Verdict {
	if (!stdout.startsWith("{")) {
		return { status: Number.NaN, found: places(errorsIn(stderr)) };
	}
	const { problems, exit_status: exitStatus } = JSON.parse(stdout) as { problems: readonly Told[]; exit_status: number };
	if ((problems.length === 0) !== (status === 0) || (problems.length === 0) !== (exitStatus === 0)) {
		throw new Error(`plan ended with ${status}, has ${problems.length} problems and foretells ${exitStatus}`);
	}
	return { status: exitStatus, found: places(problems) };
}

function errorsIn(stderr: string): Told[] {
	const lines = [...stderr.matchAll(/^abdicate: error\[(\w+)\](?: (.*?))?: /gm)];
	return lines.map(([, code = "", where]) => ({ code, where }));
}

/** Of a plan that could not be made the status is not known: it is that of a run that has not gone on. */
export function disagreement({ plan, run }: { readonly plan: Verdict; readonly run: Verdict }): string | undefined {
	const isSameStatus = Number.isNaN(plan.status) ? run.status !== 0 : plan.status === run.status;
	return isSameStatus && [...plan.found].sort().join("\n") === [...run.found].sort().join("\n")
		? undefined
		: `plan ${plan.status} [${plan.found.join(" | ")}], run ${run.status} [${run.found.join(" | ")}]`;
}
