import type { CapabilitySets } from "../../../capability/set.ts";
import { depart } from "../../../departure/depart.ts";
import { planDeparture } from "../../../departure/departure.ts";
import type { Exit } from "../../../departure/exit.ts";
import type { DepartureRequest, IdentityChange, PlanFilter } from "../../../departure/request.ts";
import { observeStart, type Start } from "../../../departure/start.ts";
import type { Walls } from "../../../departure/walls.ts";
import { type Gid, threeOf } from "../../../identity/ids.ts";
import { setsAfterUidChange } from "../../../identity/uid-change.ts";
import { observeUserNamespace, type UserNamespace, unmappedId } from "../../../identity/user-namespace.ts";
import { candidatesOf } from "../../../plan/command.ts";
import { Failure } from "../../../report/failure.ts";
import { openLog } from "../../../report/log.ts";
import { givenIn } from "../../../sys/environ.ts";
import type { Host } from "../../../sys/native.ts";
import { commandName, explained, requireSomewhere } from "./command.ts";

/** What a drop-in is to turn this process into. Whatever is not wished stays as it was found, and is handed on so. */
export interface Becoming {
	/** Of the drop-in, as its messages say it. */
	readonly name: string;
	readonly command: readonly [string, ...string[]];
	/** `NAME=value`, whole. */
	readonly environment?: readonly string[];
	/** One id stands for real, effective and saved; what is missing stays. */
	readonly identity?: IdentityChange;
	/** What they are to be right before the exec; the rest is what the kernel makes of the change of ids. */
	readonly sets?: Partial<CapabilitySets>;
	/** All of them: one that is not among them is cleared. */
	readonly securebits?: number;
	readonly noNewPrivileges?: boolean;
	/** A process that may trace the program; -1 for any, 0 for none. */
	readonly tracer?: number | undefined;
	/** What stands at the rows' own keys: `parent_death_signal`, `landlock`, `apparmor`, `selinux`. */
	readonly settings?: Readonly<Record<string, unknown>>;
	/** Loaded for the settings that want them. */
	readonly walls?: Walls;
	readonly planFilter?: PlanFilter;
}

/**
 * Over the one departure: a plan without a configuration, carried out and proved. Only ends in the program, or by throwing. The command is
 * looked for as who it will run as, by execve(2) alone.
 */
export async function become(host: Host, wish: Becoming, start: Start = observeStart(host)): Promise<never> {
	const { name, command, walls = {} } = wish;
	const environment = wish.environment ?? host.environ();
	const path = givenIn(environment, "PATH");
	const candidates = candidatesOf(commandName(command), path);
	requireSomewhere(host, command, candidates, path);
	const log = openLog(host, { level: 0 });
	const warn = (message: string) => log.warn(`${name}: ${message}`);
	const leavesFor = { command: { argv: command, candidates }, path, workdir: start.workdir, mayMake: () => false };
	const request = requestOf(wish, start, { walls, leavesFor, warn });
	const departure = planDeparture(request, start, host, []);
	const journey = { host, walls, mask: 0n, note: () => {}, warn };
	const exit: Exit = {
		argv: command,
		candidates,
		environment,
		descriptors: [],
		closesOthers: false,
		discardsOutput: false,
		keepsSignals: true,
	};
	try {
		return depart(journey, departure, {}, () => exit);
	} catch (error) {
		const told = await explained(host, error, { command, path, isWalled: departure.rows.landlock !== undefined });
		throw told instanceof Failure ? namingNamespace(told, request, host) : told;
	}
}

/** What the kernel refuses because this user namespace has not got it looks like any other refusal. */
function namingNamespace(failure: Failure, { change, identity }: DepartureRequest, host: Host): Failure {
	const namespace = failure.diagnostics[0].code === "DROP_FAILED" ? observeUserNamespace(host) : undefined;
	const message =
		namespace && (unmappedId({ ...identity, groups: change?.groups ?? [] }, namespace) ?? deniedGroups(namespace, change?.groups));
	const remedy = ["map a range of ids in the runtime (subuid, subgid)"];
	return message === undefined ? failure : new Failure({ code: "ID_UNMAPPED", message, where: "user", remedy });
}

function deniedGroups({ setgroupsDenied }: UserNamespace, groups: readonly Gid[] | undefined): string | undefined {
	return setgroupsDenied && groups !== undefined
		? "this user namespace forbids setgroups, so the groups of the start cannot be given up"
		: undefined;
}

type OfWorkload = NonNullable<DepartureRequest["ofWorkload"]>;

function requestOf(wish: Becoming, start: Start, known: Pick<OfWorkload, "walls" | "leavesFor" | "warn">): DepartureRequest {
	const { credentials: now } = start;
	const change = wish.identity ?? {};
	const uids = change.uids === undefined ? now.uids : threeOf(change.uids);
	const gids = change.gids === undefined ? now.gids : threeOf(change.gids);
	const leaves = wish.sets === undefined && wish.securebits === undefined;
	return {
		identity: { uid: uids.effective, gid: gids.effective, groups: change.groups ?? now.groups },
		changeIdentity: wish.identity !== undefined,
		change,
		sets: { ...setsAfterUidChange(now, uids), ...wish.sets },
		...(leaves && { leavesCapabilities: true }),
		securebits: wish.securebits ?? now.securebits,
		areSecurebitsExact: true,
		noNewPrivileges: wish.noNewPrivileges ?? false,
		workdir: undefined,
		whenUnprivileged: "fail",
		planFilter: wish.planFilter,
		ofWorkload: {
			pass: "all",
			ownsStdio: false,
			keepsSignals: true,
			tracer: wish.tracer,
			settings: wish.settings ?? {},
			setup: [],
			isEntering: false,
			...known,
		},
	};
}
