import type { GenericSchema } from "valibot";
import type { CapabilityName } from "../capability/names.ts";
import type { CapabilitySet } from "../capability/set.ts";
import type { Passed } from "../departure/exit.ts";
import type { Credentials } from "../identity/credentials.ts";
import type { Accounts, Identity } from "../identity/identity.ts";
import type { Diagnostic } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import type { Host, Reads, Stat } from "../sys/native.ts";

/** As it is written, and its file. */
export interface AskedSetting {
	readonly key: string;
	readonly path: string;
}

/**
 * A setup step: one kind of goal. Its file holds the schema of its configuration, how the configuration becomes an action
 * (plain data, every name resolved), what differs from the goal now, and how the difference is removed.
 */
export interface Step<Config, Action> {
	/** One sentence for `explain` and the reference. */
	readonly summary: string;
	/** Accepts the short form too, where there is one, and returns the full form. Built only for a step that is written. */
	readonly schema: () => GenericSchema<unknown, Config>;
	/**
	 * Decides. Throws a Failure for what can be known to be wrong before anything changes. What the action's members `environment` and
	 * `content` hold is not printed with a plan.
	 */
	plan(config: Config, context: PlanContext): Action;
	/** The goal in one line, without the kind: `/data to 999:999`. */
	describe(action: Action): string;
	/** What apply would need now. Changes nothing. An empty list when the goal is already reached and no call needs privilege. */
	needs(action: Action, reads: Reads): readonly Need[];
	/**
	 * What apply may need whatever it finds, by the action alone: as root, among files of anybody and with any mode. What a grant is made
	 * of that shall hold for every volume; nothing where it is all done after the drop.
	 */
	mayNeed(action: Action): readonly Need[];
	/**
	 * What stands in the way whatever is held, as far as a look can tell. Changes nothing. A start looks no closer than at what is cheap: `isClose` is for
	 * who only asks. With a beholder, at what would be refused of what is there as well.
	 */
	obstacles?(action: Action, reads: Reads, isClose: boolean, beholder?: Beholder): readonly Obstacle[];
	/** What it would warn of, with what is there now. Asked by who tells of a start, not by the start. */
	warnings?(action: Action, reads: Reads): readonly Warning[];
	/** Reaches the goal with exactly `needs` effective. Throws SyscallError or Failure. */
	apply(action: Action, context: ApplyContext): Outcome;

	/** What will be there when it has been done: a command that a step makes is not missing before. */
	makes?(action: Action): readonly Made[];
	/** What the workload has of it in the end, for a reader of the plan. */
	gives?(action: Action, reads: Reads): readonly Gift[];
	/** What of that which is there it may give another mode or owner. */
	alters?(action: Action): readonly Made[];
	/** The processes that it may start or look from, by names of its own. Decided with the plan, which shows how each of them departs. */
	children?(action: Action, target: Identity): Readonly<Record<string, ChildRequest>>;
	/** What it changes in the workload's environment, decided in the plan. */
	variables?(action: Action): VariableChange;
	/** The addresses of the internet that it takes. */
	binds?(action: Action): readonly BoundAddress[];
	/** What the step hands to the workload, known before it is opened. */
	sockets?(action: Action): readonly SocketPromise[];
	/** What `-v` tells of the plan, as the rest of a sentence that begins with the step's name. */
	notes?(action: Action): readonly string[];
	/** Whether it is done after the drop: as the workload's user, with what the workload will hold, before no_new_privs. Its `needs` are not asked for. */
	isAfterDrop?(action: Action): boolean;
	/** What becomes of it in a start that cannot become root and is told to adapt; undefined, and by default, when it cannot be done without. */
	withoutRoot?(action: Action, reads: Reads): WithoutRoot | undefined;
	/** Others may find after it what is missing now: what stands in their way is only told when it is their turn. */
	readonly preparesGround?: true;
	/** It starts no program and looks at nothing as somebody else, so that what does is not loaded for it. */
	readonly usesProcesses?: false;
	/** A second program, by `enter`, gets the environment that this step makes of its own; the step itself is not done again. */
	readonly isForEnter?: true;

	/** Paths that have to be there when it is its turn. */
	asksFor?(action: Action): readonly string[];
	/** Settings of the kernel that it sets, or compares. */
	settings?(action: Action): readonly AskedSetting[];
	/** Where its program may be, one of which has to be there; none where it would not run. */
	programPlaces?(action: Action, reads: Reads): readonly string[];
	/** Where nothing is at one of these paths, it does nothing and is no failure. */
	idleWithout?(action: Action): readonly string[];
	/** The trees that it would walk now. Only whoever grants as little as possible for one start looks into them. */
	trees?(action: Action, reads: Reads): readonly WalkedTree[];
	/** What a runtime gives for it beside the capabilities of `needs`. */
	grants?(action: Action, reads: Reads): Given;
	/** The programs that it would run now. Changes nothing. */
	programs?(action: Action, reads: Reads): readonly StepProgram[];
	/** The trees that become the workload's with all that is in them, as they are written. */
	givesAway?(config: Config): readonly string[];
	/** What it changes the mode of, as it is written. */
	changesMode?(config: Config): readonly string[];
	/** The variables that it takes by their names and cannot do without, as they are written. */
	takesVariables?(config: Config): readonly string[];
	/** What it refuses where the workload can write to it, as it is written. */
	refusesShaped?(config: Config): readonly string[];
	/** Whether its programs or mounts may put keys into the session keyring that the workload goes on with. */
	leavesKeys?(config: Config): boolean;
	/** Whom it leaves running beside the workload, as it is written; undefined where it leaves nobody. */
	leavesRunning?(config: Config): string | undefined;
	/** Where what it leaves running is asked whether it is there. */
	answers?(action: Action): readonly string[];
	/** Whether what the workload makes by means of it is root's. */
	makesRootsFiles?(config: Config): boolean;
	/** Which fields go together, as far as a JSON Schema can say it. */
	readonly constraints?: SchemaConstraints;
}

/** On whose behalf what is there is looked at. */
export interface Beholder {
	/** Whom the workload runs as: what does for it as it is need not be changed. */
	readonly target: Identity;
	/** What steps may use. */
	readonly permitted: CapabilitySet;
}

/** What would keep a step from its goal. */
export interface Obstacle extends Problem {
	/** What a call would be refused, for who looks closer. */
	readonly refused?: Diagnostic["refused"];
	/** Where it is no failure of the step's own. */
	readonly code?: Diagnostic["code"] | undefined;
	/** The paths that it is about: where a step before makes one, or changes it, it is only told when it is this step's turn. */
	readonly at?: readonly string[] | undefined;
	/** A mount there or above alone puts it right. */
	readonly under?: string;
	/** No step before can put it right. */
	readonly isLasting?: true;
}

/** What is told of a step that goes on all the same. */
export interface Warning {
	readonly message: string;
	/** Where a step before mounts something there, nothing is known of it. */
	readonly at: string;
	/** Programs that mount nothing change nothing about it. */
	readonly isOfMount?: true;
}

/** What a step changes with all that is below, or one entry where it goes no deeper. */
export interface WalkedTree {
	readonly path: string;
	readonly top: Stat;
	/** Names that it passes over. */
	readonly exclude: readonly string[];
	readonly crossMounts: boolean;
	readonly maxDepth: number;
	/** What an entry takes, beside reading the directory it is in, which is that above; the top has none. */
	needsAt(stat: Stat, above: Stat | undefined): readonly Need[];
	/** Only what it has to change is changed. */
	readonly isChoosy?: boolean;
	/** What it makes of an entry, which is what the steps that follow find. */
	becomes(stat: Stat): Stat;
}

/** A path that will be there. */
export interface Made {
	readonly path: string;
	/** What is below it, or what it leads to, may be anything. */
	readonly isTree?: true;
	/** Of a file, where it is known. */
	readonly mode?: number | undefined;
	/** Of a directory: who will be able to pass it. */
	readonly directory?: Owned;
	/** Of a file that is there in any case. */
	readonly file?: Owned;
	/** Of a copy: of what, and whose it becomes. */
	readonly from?: Omit<Owned, "mode"> & { readonly path: string };
	/** Of a file: what its content comes from. */
	readonly source?: string;
	/** Nothing there; an empty directory; what is there, as `trees` tells; what is at `from`. By default anything. */
	readonly leaves?: "nothing" | "emptiness" | "content" | "another";
	/** Nothing can be made there any more. */
	readonly isReadOnly?: true;
}

export interface Owned {
	readonly mode: number;
	readonly uid: number | undefined;
	readonly gid: number | undefined;
}

export interface Gift {
	readonly what: "owned" | "mounted" | "hidden";
	/** A path, or a pattern. */
	readonly path: string;
	/** Whose it is then; undefined for whoever has it now. */
	readonly uid?: number | undefined;
	readonly gid?: number | undefined;
	/** Its mode then, by that of what is there, or of nothing; undefined where that is not known. */
	mode?(before: number | undefined): number | undefined;
	/** What is there stays as it is; a directory may get what it lacks. */
	readonly ifAbsent?: "whole" | "content";
}

export interface Given {
	/** Required as they are, whether the step uses them or not. */
	readonly capabilities?: readonly CapabilityName[];
	/** Paths of devices, and what is done with them of r, w and m; `none` asks for nothing. */
	readonly devices?: readonly GivenDevice[];
	/** Kernel settings by their names with dots: those that a container may have of its own, and those of the whole machine. */
	readonly sysctls?: Readonly<Record<string, string>>;
	readonly machineSettings?: Readonly<Record<string, string>>;
	readonly hostname?: string;
	/** With these there is nothing left for the step to do, so that it needs no capability. */
	readonly isEnough?: true;
	/** Whether it mounts, which the usual AppArmor profiles of runtimes refuse whatever is held: `perhaps` when only its program knows. */
	readonly mounts?: "always" | "perhaps";
}

export interface GivenDevice {
	readonly path: string;
	readonly access: string;
	/** `c 10:229`, where the step knows it whether the device is there or not. */
	readonly numbers?: string | undefined;
	/** All of these numbers, whose nodes it makes or finds: what the device cgroup has to allow, and no path of a node. */
	readonly isRule?: true;
}

export interface WithoutRoot {
	/** Its goal is there already; else it is passed over, which is told at a normal start too. */
	readonly isReached: boolean;
	/** `it would run as root` */
	readonly why: string;
}

export interface StepProgram {
	readonly argv: readonly [string, ...string[]];
	readonly identity: ChildRequest["identity"];
	readonly capabilities: readonly CapabilityName[];
	/** Where it looks for programs, with colons between. */
	readonly path: string | undefined;
	readonly workdir: string;
}

/** Parts of a JSON Schema by the name of the field; that of the whole step has the empty one. */
export type SchemaConstraints = Readonly<Record<string, { readonly [key: string]: unknown }>>;

/** A part of the action of a step that is done after the drop, or may be. */
export interface Phased {
	readonly afterDrop: boolean;
}

/** A capability, or the first held of several that serve. `certain` is false when only a look deeper in the tree could tell. */
export interface Need {
	readonly anyOf: readonly CapabilityName[];
	readonly certain: boolean;
	/** `to change the owner of /data` */
	readonly purpose: string;
	/** Root without capabilities may be allowed to search or write here all the same: whoever asks for as little as possible looks. */
	readonly unlessOpen?: { readonly path: string; readonly for: "search" | "write" };
	/** An entry that was seen, which the step takes away: of somebody else, in a sticky directory of somebody else. */
	readonly takes?: string;
	/** Who may not do it reaches the goal all the same, by a lesser way. */
	readonly hasOtherWay?: true;
	/** For a case that a run does not meet when it goes well. */
	readonly isSpare?: true;
	/** Spare, and what is done with it would be better: told all the same. */
	readonly isBetter?: true;
	/** Docker's own networks let everybody do it; that of the machine and other runtimes need not. */
	readonly isFreeInDocker?: true;
	/** What would do instead of granting it, one line each. */
	readonly instead?: readonly string[];
}

export interface PlanContext {
	readonly target: Identity;
	readonly accounts: Accounts;
	readonly reads: Reads;
	/** The credentials this program was started with. */
	readonly start: Credentials;
	/** The environment the workload will have, by name. */
	readonly environment: ReadonlyMap<string, string>;
}

export interface ApplyContext {
	readonly host: Host;
	readonly target: Identity;
	/** Starts a program as one of the step's children, by the same acts as the workload's. */
	spawn(request: SpawnRequest): Child;
	/** Starts a look at the path as one of the step's children, without any capability; the exit status is 0 or the errno. */
	lookAs(child: string, path: string): Probe;
	/**
	 * Tries something as one of the step's children, without any capability: 0, or the positive errno that it returns; ETIMEDOUT when its time,
	 * ten seconds unless given, is over, and EINTR when the start was told to stop.
	 */
	tryAs(child: string, attempt: (host: Host) => number, patienceMs?: number): number;
	/** Does work as the workload's user, in a process that has given up what the workload will not have. Throws a Failure. */
	asWorkload(work: (host: Host) => Outcome): Outcome;
	/** Gives an open socket to the workload, in the order of `sockets`. */
	handOver(fd: number): void;
	/** For a step that takes longer than two seconds; printed at most once a second. */
	progress(message: string): void;
	/** For what was done, but not as well as it should be. */
	warn(message: string): void;
}

export interface BoundAddress {
	readonly type: "tcp" | "udp";
	/** `[4, 6]` for a socket that takes both. */
	readonly families: readonly (4 | 6)[];
	/** All of these families, without one. */
	readonly ip: string | undefined;
	readonly port: number;
	readonly text: string;
	/** Others may have it beside this one. */
	readonly isShared: boolean;
}

export interface SocketPromise {
	/** The name in LISTEN_FDNAMES. sd_listen_fds(3) */
	readonly name: string;
	/** Variables for servers with a way of their own; `{fd}` is the number the workload will see. */
	readonly env: Readonly<Record<string, string>>;
}

export interface VariableChange {
	readonly unset: readonly string[];
	readonly set: Readonly<Record<string, string>>;
}

/** A process that a step may start, or look from: its departure is planned with the step. */
export interface ChildRequest {
	readonly identity: Pick<Identity, "uid" | "gid" | "groups">;
	readonly capabilities: readonly CapabilityName[];
	readonly workdir?: string | undefined;
	/** It is still there beside the workload, and has a filter of its own where that has one. */
	readonly stays?: true | undefined;
}

export interface SpawnRequest {
	/** Which of the step's children. */
	readonly child: string;
	/** The program by its absolute path, then its arguments. */
	readonly argv: readonly [string, ...string[]];
	/** `NAME=value` entries: the whole environment, or what comes on top of the workload's when `inherits`. */
	readonly environment: readonly string[];
	readonly inherits?: boolean | undefined;
	/** `discard` sends what the program prints to /dev/null. */
	readonly output?: "inherit" | "discard" | undefined;
	readonly descriptors?: readonly Passed[] | undefined;
	/** What it leaves when it ends well may stay. */
	readonly background?: boolean | undefined;
	/** Done by the child while it still holds what the step does, before it drops everything. */
	readonly beforeDrop?: ((host: Host) => void) | undefined;
}

/** A look in another process, which holds no capability and nothing open. */
export interface Probe {
	/** Waits for the end; undefined when time was over first. The number is the wait status. waitpid(2) */
	wait(timeoutMs: number): number | undefined;
	/** Killed and reaped. */
	stop(): void;
}

/** A program, with all that it has started. Every failure ends the start, whatever `on_error` says, that leaves any of them behind. */
export interface Child {
	/**
	 * As of a probe; whatever the program leaves has been ended by then, unless it runs in the background and went well. Throws when
	 * the program could not be started, and when the start was told to stop.
	 */
	wait(timeoutMs: number): number | undefined;
	/** What had to be ended although the program went well: `redis-server (12)`. */
	readonly left: readonly string[];
	/** SIGTERM for the program, and SIGKILL for everything that is left after a second. */
	stop(): void;
	/** What runs goes on, for good. */
	letGo(): void;
}

export interface Outcome {
	readonly state: "ok" | "changed" | "skipped";
	/** What was found or done, for `-v`: `3 of 120 entries re-owned`. */
	readonly detail: string;
}
