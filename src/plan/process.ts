import { capability } from "../capability/names.ts";
import type { Config, LimitConfig } from "../config/config.ts";
import type { Start } from "../departure/start.ts";
import { Attempts } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";
import type { Reads } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import type { ProcessPlan } from "./plan.ts";

const unlimited = (1n << 64n) - 1n;
const defaultUmask = 0o022;

/** Umask, limits and the like: what belongs to the process and is neither identity nor capability. */
export function planProcess(config: Config, start: Start, reads: Reads, stdioOwner: number | undefined, notes: string[]): ProcessPlan {
	const { umask } = config;
	const errors = new Attempts();
	const limits = config.limits.flatMap(
		(limit) => errors.attempt(() => planLimit(limit, config.whenUnprivileged, start, reads, notes)) ?? [],
	);
	errors.end();
	return {
		umask: umask === undefined || (umask.onlyIfDefault && start.umask !== defaultUmask) ? undefined : umask.mask,
		limits,
		nice: config.nice,
		oomScoreAdj: config.oomScoreAdj,
		stdioOwner: config.stdio === "auto" ? stdioOwner : undefined,
	};
}

/** A hard limit above the present one needs SYS_RESOURCE; without it the highest allowed value is taken and said, or refused. getrlimit(2) */
function planLimit(
	limit: LimitConfig,
	whenUnprivileged: "adapt" | "fail",
	start: Start,
	reads: Reads,
	notes: string[],
): ProcessPlan["limits"][number] {
	const { name, resource } = limit;
	const soft = limit.soft ?? unlimited;
	const hard = limit.hard ?? unlimited;
	const [, ceiling] = mustRead("prlimit64", reads.getrlimit(resource));
	if (hard <= ceiling || start.credentials.sets.permitted.has(capability("SYS_RESOURCE"))) {
		return { name, resource, soft, hard };
	}
	const message = `${name} ${words(hard)} is above the hard limit ${words(ceiling)}, and SYS_RESOURCE is not held`;
	if (whenUnprivileged === "fail") {
		fail("LIMIT_REFUSED", message, {
			where: `limits.${name}`,
			remedy: [`docker run --ulimit ${name}=${words(hard)} ... | compose: ulimits`],
		});
	}
	notes.push(`${message}: ${words(ceiling)} is used; docker run --ulimit ${name}=${words(hard)} raises it`);
	return { name, resource, soft: soft < ceiling ? soft : ceiling, hard: ceiling };
}

function words(value: bigint): string {
	return value === unlimited ? "unlimited" : value.toString();
}
