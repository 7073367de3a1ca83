import { capability } from "../../capability/names.ts";
import { securebitNames } from "../../capability/securebits.ts";
import { noCapabilities } from "../../capability/set.ts";
import type { CgroupSetting } from "../../confine/cgroup/setting.ts";
import { namespaceKinds } from "../../confine/namespaces.ts";
import { baseName } from "../../files/path-text.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Planned } from "../../plan/surroundings.ts";
import { json } from "../../report/json.ts";
import { shellWord } from "../../report/shell.ts";
import type { Terminal } from "../../report/terminal.ts";
import type { StepAction } from "../../steps/index.ts";
import type { Reads } from "../../sys/native.ts";
import { readSmallFile } from "../../sys/observe.ts";
import { powerfulGroups } from "../guides/powerful-groups.ts";
import { type Exposure, isAsRoot, rateBeside, rateExposure, type Tenths } from "../inspect/exposure.ts";
import { observeDetails, type ProcessDetails } from "../inspect/process-details.ts";
import { observeProcess } from "../inspect/process-status.ts";
import { groupNamesIn, renderExposure } from "../inspect/rated.ts";
import { Unknown } from "../inspect/unknown.ts";
import { asWritten } from "./as-written.ts";
import { companionsOf } from "./beside.ts";
import { reachedSockets } from "./powerful-sockets.ts";
import { goalOf } from "./text/page.ts";

interface Shown {
	readonly format: "text" | "json";
	readonly terminal: Terminal;
	readonly threshold: number | undefined;
}

export function scoreText({ command }: Plan, exposure: Exposure, { format, terminal, threshold }: Shown): string {
	const argv = command.argv.map((word) => asWritten(word, /./));
	const limit = threshold === undefined ? {} : { threshold };
	return format === "json"
		? `${json({ command: argv, ...exposure, ...limit }, 2)}\n`
		: renderExposure(argv.map(shellWord).join(" "), exposure, terminal, threshold);
}

/** What the workload will hold, on the scale of `inspect --score`: as the plan has it, and what it leaves alone as the start has it. */
export function exposureOf(
	{ plan, config, start }: Planned,
	due: readonly StepAction[],
	reads: Reads,
	assumed: readonly string[] = [],
): Exposure {
	const { expected, rows } = plan.departure;
	const { uids, gids, groups, sets, securebits, noNewPrivileges } = expected;
	const around = detailsOf(plan, start.isImagined === true, reads);
	const text = readSmallFile(reads, "/etc/group", 1 << 20);
	const names = groupNamesIn(typeof text === "string" ? text : "");
	const isFiltered = rows.seccomp !== undefined || reads.getSeccomp() > 0;
	const apart = rows.namespaces?.names.map((name) => namespaceKinds[name].link) ?? [];
	const { pids, memory } = (config.rows["cgroup"] ?? {}) as Partial<CgroupSetting>;
	const workload: ProcessDetails = {
		...around,
		uids: Object.values(uids),
		gids: Object.values(gids),
		groups,
		sets,
		securebits: securebitNames(securebits),
		noNewPrivileges,
		seccomp: { mode: isFiltered ? "filter" : "off", filters: new Unknown("they are not counted before") },
		label: rows.apparmor?.label ?? rows.selinux?.label ?? around.label,
		namespaces: around.namespaces.map((each) => (apart.includes(each.kind) ? { ...each, initial: false, sharedWithInit: false } : each)),
		limits: { ...around.limits, ...(pids !== undefined && { pids }), ...(memory !== undefined && { memory }) },
		// It gets the descriptors that the plan names, and no step opens one of these.
		privilegedSockets: [],
	};
	return rateExposure(workload, (gid) => names.get(gid), [
		...rateSockets({ plan, config, start }, reads),
		...leftRunning(plan, due),
		...assumed.map(rateAssumed),
	]);
}

/** As the group docker is. */
function rateSockets(planned: Planned, reads: Reads): Tenths[] {
	const [tenths, reason] = powerfulGroups["docker"] as readonly [number, string];
	return reachedSockets(planned, reads).map(
		({ by = "reaches", path, isChanged }): Tenths => [tenths, isChanged ? `given away: ${path}` : `${by} ${path}`, reason],
	);
}

/** What has more than the workload, and is there to be attacked. */
function leftRunning({ identity, departure }: Plan, due: readonly StepAction[]): Tenths[] {
	const { permitted } = departure.expected.sets;
	return companionsOf(due, identity).flatMap(({ action, uid, capabilities }) =>
		rateBeside(goalOf(action), {
			isRoot: uid === 0 && identity.uid !== 0 && !isAsRoot(permitted),
			more: capabilities.minus(permitted),
			isTraced: permitted.has(capability("SYS_PTRACE")),
		}),
	);
}

function rateAssumed(name: string): Tenths {
	return [0, `\${${name}} assumed`, "nothing sets it here, and its value may be anything: --env NAME=VALUE gives one"];
}

/** Of this process, which becomes the workload; of a start elsewhere what is so in every container, in namespaces of its own. */
function detailsOf({ command }: Plan, isElsewhere: boolean, reads: Reads): ProcessDetails {
	const self = isElsewhere ? "" : observeProcess(reads, reads.getpid());
	if (typeof self !== "string") {
		return observeDetails(reads, self);
	}
	const nothing = new Unknown("the start is made elsewhere");
	const limit = new Unknown("it is the runtime's: docker run --memory, --pids-limit");
	return {
		pid: 1,
		name: baseName(command.argv[0]),
		state: "alive",
		parent: 0,
		...{ uids: nothing, gids: nothing, groups: nothing, securebits: nothing, noNewPrivileges: nothing, seccomp: nothing },
		sets: noCapabilities,
		label: new Unknown("which security module there is only the machine says"),
		namespaces: [],
		arguments: command.argv,
		limits: { pids: limit, memory: limit, cpu: limit },
		rlimits: nothing,
		privilegedSockets: nothing,
		landlock: nothing,
		environment: nothing,
	};
}
