import { capability } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { pointAt } from "../../cli/point-at.ts";
import type { Config } from "../../config/config.ts";
import { refuseFilterWithGain, refuseLandlockWithGain } from "../../confine/gain.ts";
import { requireOneModule } from "../../confine/labels/one-module.ts";
import type { Credentials } from "../../identity/credentials.ts";
import type { Accounts } from "../../identity/identity.ts";
import { toGid, toUid } from "../../identity/ids.ts";
import { tryToResolve } from "../../identity/resolve.ts";
import { parseUserSpec } from "../../identity/user-spec.ts";
import { planDescriptors } from "../../plan/descriptors.ts";
import { planSetup, type StepWithoutChildren } from "../../plan/setup.ts";
import { Attempts, Consequence } from "../../report/attempts.ts";
import { type Diagnostic, Failure } from "../../report/failure.ts";
import { variablesTaken } from "../../steps/facts.ts";
import { socketsOf } from "../../steps/index.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { SyscallError } from "../../sys/observe.ts";
import { keptBounding } from "../seccomp/kept.ts";

/**
 * What a plan refuses of a file wherever it is made: the steps are planned in several empty machines, and what each of them says is so
 * because of the file. A step's conditions do not count: it is wrong whether it is its turn or not.
 */

/** A machine without files. Who its accounts are, where it works and which variables it has is not known of the real one: two answers for each. */
interface Machine {
	readonly idOf: (name: string) => number;
	readonly workdir: string;
	readonly environment: Map<string, string>;
}

/** Nothing of the machine is in the reason for one of these, where every account is there. */
function isOfFile({ code }: Diagnostic): boolean {
	return code.startsWith("CONFIG_") || code === "USER_INVALID" || code === "USER_NO_GROUP";
}

/** In the order of the file, each where it is written. */
export function faultsOfFile(config: Config, file: string, text: string, reads: Reads): readonly Diagnostic[] {
	const found = [() => new Map<string, string>(), () => new EverySet()].flatMap((variables) => {
		const [one, other] = machines(config, variables);
		const inOther = faultsIn(config, other, reads);
		return faultsIn(config, one, reads).filter((each) => inOther.some((fault) => isSame(each, fault)));
	});
	const [first, ...others] = found.filter((each, index) => found.findIndex((other) => isSame(each, other)) === index);
	if (first === undefined) {
		return [];
	}
	const options = { values: new Map(), command: [] };
	return pointAt(new Failure(first, ...others), { file, path: file, text, options, stepsOfFile: config.setup.length, added: [] }, reads)
		.diagnostics;
}

function isSame(left: Diagnostic, right: Diagnostic): boolean {
	return left.code === right.code && left.where === right.where;
}

/** One in which each name is another's, and one in which all but root are the one that `user` means. */
function machines({ user }: Config, variables: () => Map<string, string>): [Machine, Machine] {
	const ids = new Map<string, number>();
	const idOf = (name: string): number => {
		ids.set(name, ids.get(name) ?? firstId + ids.size);
		return ids.get(name) ?? firstId;
	};
	const [, id = firstId] = /^([1-9]\d{0,8})(?::|$)/.exec(user ?? "") ?? [];
	return [
		{ idOf, workdir: "/", environment: variables() },
		{ idOf: () => Number(id), workdir: "/some/where", environment: variables() },
	];
}

const firstId = 3_000_000;

/** Whoever asks for a variable gets one. */
class EverySet extends Map<string, string> {
	override get(name: string): string {
		return super.get(name) ?? "value";
	}

	override has(): boolean {
		return true;
	}
}

/** What is only known of a machine with files in it is no fault of the file. */
class WithoutFiles extends Attempts {
	override attempt<T>(work: () => T): T | undefined {
		return super.attempt(() => {
			try {
				return work();
			} catch (error) {
				throw error instanceof SyscallError ? new Consequence() : error;
			}
		});
	}
}

const root = { real: toUid(0), effective: toUid(0), saved: toUid(0) };
const { empty: nothing } = CapabilitySet;

/** No step is refused for what is not held. */
const start: Credentials = {
	uids: root,
	gids: { real: toGid(0), effective: toGid(0), saved: toGid(0) },
	groups: [],
	sets: { bounding: nothing, permitted: nothing, effective: nothing, inheritable: nothing, ambient: nothing },
	securebits: 0,
	noNewPrivileges: false,
};

/** The steps, whatever their conditions, on a machine of nothing; without those that cannot be planned there. */
export function stepsAlone(config: Config, reads: Reads): readonly StepWithoutChildren[] {
	const [machine] = machines(config, () => new EverySet());
	return planAlone(config, machine, withoutFiles(reads, machine.workdir), new WithoutFiles());
}

function planAlone(
	{ user = "1000:1000", groups, setup }: Config,
	machine: Machine,
	empty: Reads,
	errors: WithoutFiles,
): readonly StepWithoutChildren[] {
	const accounts = accountsOf(machine);
	const spec = errors.attempt(() => parseUserSpec(user));
	const target = tryToResolve(spec, { ...groups, fromPath: [] }, { accounts, reads: empty, start }, errors);
	const { environment } = machine;
	return planSetup(
		setup.map((entry) => ({ ...entry, when: undefined })),
		{ target, accounts, reads: empty, environment, start },
		{ reads: empty, environment, command: "/", held: start.sets.permitted, viewer: target },
		{ notes: [], warnings: [], adapts: false, errors },
	);
}

/** Whatever steps take of it is there. */
function withVariables(reads: Reads, { setup }: Config): Reads {
	return Object.assign(Object.create(reads) as Reads, { environ: () => setup.flatMap(variablesTaken).map((name) => `${name}=value`) });
}

function faultsIn(config: Config, machine: Machine, reads: Reads): Diagnostic[] {
	const { fds, rows } = config;
	const errors = new WithoutFiles();
	const empty = withVariables(withoutFiles(reads, machine.workdir), config);
	const steps = planAlone(config, machine, empty, errors);
	const opened = steps.flatMap(({ action }) => socketsOf(action));
	errors.attempt(() => planDescriptors({ fds, opened, variables: new Map() }, machine.environment, empty, []));
	errors.attempt(() => requireOneModule(rows));
	errors.attempt(() => requireFilterWithoutGain(config));
	errors.attempt(() => requireLandlockWithoutGain(config));
	try {
		errors.end();
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.filter(isOfFile);
		}
		if (!(error instanceof Consequence)) {
			throw error;
		}
	}
	return [];
}

function requireFilterWithoutGain({ noNewPrivileges, rows }: Config): void {
	if (!noNewPrivileges && rows["seccomp"] !== undefined) {
		refuseFilterWithGain();
	}
}

function requireLandlockWithoutGain({ noNewPrivileges, rows, capabilities }: Config): void {
	if (!noNewPrivileges && rows["landlock"] !== undefined && !keptBounding(capabilities).has(capability("SYS_ADMIN"))) {
		refuseLandlockWithGain();
	}
}

function accountsOf({ idOf }: Machine): Accounts {
	const numberOf = (name: string) => (name === "root" ? 0 : idOf(name));
	const account = (name: string, id: number) => ({ name, uid: toUid(id), gid: toGid(id), home: "/", shell: "" });
	return {
		userByName: (name) => account(name, numberOf(name)),
		userById: (uid) => account(uid === 0 ? "root" : `of${uid}`, uid),
		groupByName: (name) => toGid(numberOf(name)),
		membershipsOf: () => [],
		membersOf: () => [],
		usersInGroup: () => [],
		namesIn: () => [],
	};
}

function withoutFiles(reads: Reads, workdir: string): Reads {
	const absent = () => -errno.ENOENT;
	const ids: [number, number, number] = [0, 0, 0];
	return Object.assign(Object.create(reads) as Reads, {
		getcwd: () => workdir,
		executedAs: () => "/abdicate",
		getresuid: () => ids,
		getresgid: () => ids,
		openRead: absent,
		statat: absent,
		readlinkat: absent,
		faccessat: absent,
	});
}
