import { type CapabilityName, capability } from "../capability/names.ts";
import { isDenied } from "../capability/withheld.ts";
import { observeStart, type Start } from "../departure/start.ts";
import { grantedStart, seenByRoot } from "../plan/granted-start.ts";
import { minimalGrants } from "../plan/grants.ts";
import type { Planned } from "../plan/surroundings.ts";
import { Failure } from "../report/failure.ts";
import type { Host, Reads } from "../sys/native.ts";

type MakePlan = (reads: Reads, suppose: (start: Start) => Start) => Promise<Planned>;

/**
 * A start that lacks one capability may lack others that only show when that one is there: nobody should have to find them out one run
 * at a time. Adds all that the configuration needs to what was said.
 */
export async function withAllMissing(failure: Failure, host: Host, makePlan: MakePlan): Promise<Failure> {
	const { credentials: held, withheld } = observeStart(host);
	if (held.uids.effective !== 0) {
		return failure;
	}
	const capabilities = await needed(host, makePlan);
	const missing = capabilities.filter((name) => !held.sets.permitted.has(capability(name)) && !isDenied(name, withheld));
	const said = failure.diagnostics.map(({ message }) => message).join(" ");
	if (missing.every((name) => new Set(said.split(/\W+/)).has(name))) {
		return failure;
	}
	const words = `altogether ${missing.join(", ")} are missing: docker run ${missing.map((name) => `--cap-add ${name}`).join(" ")}`;
	const last = failure.diagnostics.findLastIndex(({ code }) => code === "CAPABILITY_MISSING");
	const diagnostics = failure.diagnostics.map((each, index) =>
		index === last ? { ...each, remedy: [...(each.remedy ?? []), words] } : each,
	);
	return new Failure(...(diagnostics as [Failure["diagnostics"][number]]));
}

/** What cannot be found out now adds nothing: the failure that there is goes first. */
async function needed(host: Host, makePlan: MakePlan): Promise<readonly CapabilityName[]> {
	try {
		const reads = seenByRoot(host);
		const planned = await makePlan(reads, grantedStart);
		return minimalGrants(planned, reads, { outlook: "this-start", runtime: "docker" }).needed.capabilities;
	} catch {
		return [];
	}
}
