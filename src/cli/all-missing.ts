import { type CapabilityName, capability } from "../capability/names.ts";
import { isDenied } from "../capability/withheld.ts";
import { stdioPurpose } from "../departure/rows/stdio.ts";
import { observeStart, type Start } from "../departure/start.ts";
import { grantedStart, seenByRoot } from "../plan/granted-start.ts";
import { minimalGrants } from "../plan/grants.ts";
import type { Planned } from "../plan/surroundings.ts";
import { Failure } from "../report/failure.ts";
import type { Host, Reads } from "../sys/native.ts";

/** Plans as if the start were another one. */
export type MakePlan = (reads: Reads, suppose: (start: Start) => Start) => Promise<Planned>;

/**
 * A start that lacks one capability may lack others that only show when that one is there: nobody should have to find them out one run
 * at a time. Adds all that the configuration needs to what was said.
 */
export async function withAllMissing(failure: Failure, host: Host, makePlan: MakePlan): Promise<Failure> {
	const { credentials: held, withheld } = observeStart(host);
	const last = failure.diagnostics.findLastIndex(({ code }) => code === "CAPABILITY_MISSING");
	if (held.uids.effective !== 0 || last < 0) {
		return failure;
	}
	const purposes = await needed(host, makePlan);
	const lacking = [...purposes.keys()].filter((name) => !held.sets.permitted.has(capability(name)) && !isDenied(name, withheld));
	const missing = lacking.filter((name) => purposes.get(name) !== stdioPurpose);
	const spare = lacking
		.filter((name) => !missing.includes(name))
		.map((name) => `; and ${name} ${stdioPurpose}, without which it starts too`);
	const said = failure.diagnostics.map(({ message }) => message).join(" ");
	if (missing.every((name) => new Set(said.split(/\W+/)).has(name))) {
		return failure;
	}
	const words = `altogether ${missing.join(", ")} are missing: docker run ${missing.map((name) => `--cap-add ${name}`).join(" ")}${spare.join("")}`;
	const diagnostics = failure.diagnostics.map((each, index) =>
		index === last ? { ...each, remedy: [...(each.remedy ?? []), words] } : each,
	);
	return new Failure(...(diagnostics as [Failure["diagnostics"][number]]));
}

/** What cannot be found out now adds nothing: the failure that there is goes first. */
async function needed(host: Host, makePlan: MakePlan): Promise<ReadonlyMap<CapabilityName, string>> {
	try {
		const reads = seenByRoot(host);
		const planned = await makePlan(reads, grantedStart);
		const { capabilities, purposes } = minimalGrants(planned, reads, { outlook: "this-start", runtime: "docker" }).needed;
		return new Map(capabilities.map((name) => [name, purposes.get(name) ?? ""]));
	} catch {
		return new Map();
	}
}
