import { grantRemedy } from "../../capability/grant.ts";
import { capability } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import type { LimitConfig } from "../../config/config.ts";
import { limits as schema } from "../../config/limits.ts";
import { optional } from "../../config/mapping.ts";
import { isRoot } from "../../identity/credentials.ts";
import { Attempts } from "../../report/attempts.ts";
import { fail } from "../../report/failure.ts";
import { must } from "../../sys/act.ts";
import { RLIM_INFINITY } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { readProc } from "../../sys/proc.ts";
import { type Ask, row } from "../row.ts";

interface Limit {
	readonly name: string;
	readonly resource: number;
	readonly soft: bigint;
	readonly hard: bigint;
}

type Setting = readonly LimitConfig[];

export const limits = row<readonly Limit[], Setting>({
	act: "confine",
	reason: "a limit is raised with SYS_RESOURCE, which is given up with the rest",
	after: {},
	key: {
		name: "limits",
		description: "Resource limits by name without RLIMIT_: a number, `unlimited`, or `soft:hard`. See getrlimit(2).",
		field: () => optional(schema as never, [] as Setting),
	},
	plan: (ask) => {
		const errors = new Attempts();
		const planned = (ask.setting ?? []).flatMap((each) => errors.attempt(() => planLimit(each, ask)) ?? []);
		errors.end();
		return planned.length === 0 ? undefined : planned;
	},
	needs: () => CapabilitySet.of("SYS_RESOURCE"),
	asks: (wanted, { now, whenUnprivileged }) => {
		const isAbove = ({ resource, hard }: Limit) => now === undefined || hard > mustRead("prlimit64", now.getrlimit(resource))[1];
		const above = wanted.filter(isAbove).map(({ name }) => name);
		const asked = { name: "SYS_RESOURCE", purpose: `for a limit above the hard one of the start: ${above.join(" ")}` } as const;
		return above.length === 0 ? [] : [whenUnprivileged === "fail" ? asked : { ...asked, isOptional: true }];
	},
	apply: ({ host }, wanted) => {
		for (const { resource, soft, hard } of wanted) {
			must(host, "setrlimit", resource, soft, hard);
		}
	},
	witnesses: [
		{
			name: "limits",
			planned: (_, wanted) => wanted?.map(limitText).join(" "),
			observed: ({ reads }, wanted = []) =>
				wanted
					.map((each) => {
						const [soft, hard] = mustRead("prlimit64", reads.getrlimit(each.resource));
						return limitText({ ...each, soft, hard });
					})
					.join(" "),
		},
	],
});

/**
 * A hard limit above the present one needs SYS_RESOURCE; without it the highest allowed value is taken, or refused. What lowers the soft one too is
 * told at every start: the workload meets it later, and does not say what it is. getrlimit(2)
 */
function planLimit(limit: LimitConfig, { request, reads, start, note }: Ask<Setting>): Limit {
	const { name, resource } = limit;
	const soft: bigint = limit.soft ?? RLIM_INFINITY;
	const hard: bigint = limit.hard ?? RLIM_INFINITY;
	const [, ceiling] = mustRead("prlimit64", reads.getrlimit(resource));
	const lowered = (most: bigint, message: string, remedy: string[]): Limit => {
		if (request.whenUnprivileged === "fail") {
			fail("LIMIT_REFUSED", message, { where: `limits.${name}`, remedy });
		}
		const tell = soft > most ? (request.ofWorkload?.warn ?? note) : note;
		tell(`${message}: ${words(most)} is used`, remedy);
		return { name, resource, soft: soft < most ? soft : most, hard: most };
	};
	const most = hard > ceiling ? mostFor(name, reads) : undefined;
	if (most !== undefined && hard > most) {
		const message = `${name} ${words(hard)} is above fs.nr_open of the machine, ${most}, and nobody goes beyond`;
		const own = most < ceiling || start.credentials.sets.permitted.has(capability("SYS_RESOURCE")) ? most : ceiling;
		return lowered(own, message, [`limits: {${name}: ${own}}, or sysctl -w fs.nr_open=N on the machine`]);
	}
	if (hard <= ceiling || start.credentials.sets.permitted.has(capability("SYS_RESOURCE"))) {
		return { name, resource, soft, hard };
	}
	const message = `${name} ${words(hard)} is above the hard limit ${words(ceiling)}, and SYS_RESOURCE is not held`;
	return lowered(ceiling, message, waysToRaise(name, hard, start));
}

/** Docker knows no `as`. Who is not root is given no capability. */
function waysToRaise(name: string, hard: bigint, { credentials }: Ask["start"]): string[] {
	return [
		...(name === "as" ? [] : [`docker run --ulimit ${name}=${forDocker(hard)}`]),
		...(isRoot(credentials) ? [`or to raise it here: ${grantRemedy(["SYS_RESOURCE"])}`] : []),
	];
}

/** What even SYS_RESOURCE does not exceed. getrlimit(2), proc_sys_fs(5) */
function mostFor(name: string, reads: Reads): bigint | undefined {
	const text = name === "nofile" ? readProc(reads, "sys/fs/nr_open") : undefined;
	return typeof text === "string" && /^[0-9]+\s*$/.test(text) ? BigInt(text.trim()) : undefined;
}

function limitText({ name, soft, hard }: Limit): string {
	return `${name}=${words(soft)}:${words(hard)}`;
}

function words(value: bigint): string {
	return value === RLIM_INFINITY ? "unlimited" : value.toString();
}

/** Docker takes numbers alone. */
function forDocker(value: bigint): string {
	return value === RLIM_INFINITY ? "-1" : value.toString();
}
