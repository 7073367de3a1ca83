import * as v from "valibot";
import { type Capability, type CapabilityName, capabilityName as nameOf } from "../../capability/names.ts";
import { capabilityName, choice, duration, flag, path, text, userSpec } from "../../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, orShort, required } from "../../config/mapping.ts";
import { absolutePath } from "../../files/path-text.ts";
import { Failure, fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { durationText } from "../../report/units.ts";
import { AT } from "../../sys/constants.ts";
import { errno, saysAbsent } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { errnoOf, mustRead, SyscallError } from "../../sys/observe.ts";
import { statServed } from "../../sys/served.ts";
import { type ChildIdentity, resolveChild } from "../common/child-identity.ts";
import { howEnded } from "../common/how-ended.ts";
import { absent } from "../common/obstacle.ts";
import type { ReadyTarget } from "../common/ready.ts";
import { planTargets, readyFields, whyNoTargets } from "../common/ready-targets.ts";
import { refusal } from "../common/refusal.ts";
import { whileHoldingSignals } from "../common/stop-signals.ts";
import type { ApplyContext, Child, Made, Step } from "../step.ts";
import {
	type ChildEnvironment,
	environmentNotes,
	lateWithheld,
	leftOutOfPath,
	planChildEnvironment,
	settleChildEnvironment,
} from "./child-environment.ts";
import { canRun, childMayNeed, childNeeds, mountsWith, passedOver } from "./child-needs.ts";
import { closedDevices } from "./closed-device.ts";
import { program, variables } from "./fields.ts";
import { refuseShapedImage } from "./image-source.ts";
import { findProgram, foundProgram, type Lookup, placesOf, programObstacles, refuseShapedProgram } from "./program.ts";
import { type ChildPower, hasMore, shaperOf } from "./shapers.ts";
import { waitUntilReady } from "./until-ready.ts";

export interface RunAction extends ChildEnvironment {
	readonly command: readonly [string, ...string[]];
	readonly identity: ChildIdentity;
	readonly capabilities: readonly CapabilityName[];
	readonly timeoutMs: number;
	readonly workdir: string;
	readonly output: "inherit" | "discard";
	/** When this is there, for whom the program runs as, it has run before. */
	readonly creates: string | undefined;
	/** What it leaves when it ends well stays, with what it holds, for life. */
	readonly background: boolean;
	/** Where there are any, it may go on as soon as these answer; the time it may take is the time until then. */
	readonly ready: readonly ReadyTarget[];
}

/** Nobody can tell what a program makes, and where. */
export const anything: readonly Made[] = [{ path: "/", isTree: true }];

const expectedCommand = "expected the command as a list, such as [mycmd, --flag]";

const fields = {
	command: required(() => v.pipe(v.array(text(), expectedCommand), v.minLength(1, expectedCommand))),
	user: optional(userSpec, "root"),
	capabilities: list(() => v.array(capabilityName(), "expected a list of capabilities")),
	env: optional(variables, {}),
	timeout: optional(duration, 60_000),
	cwd: optional(path, "/"),
	output: optional(() => choice("inherit", "discard"), "inherit"),
	creates: optional(path),
	background: optional(flag, false),
	ready: optional(() => mapping(readyFields)),
};

export const run: Step<FieldsOutput<typeof fields>, RunAction> = {
	summary: "Runs one program, without a shell, as the user and with the capabilities named, and waits for it.",
	schema: () => orShort("command", mapping(fields)),
	plan: (config, context) => {
		const here = mustRead("getcwd", context.reads.getcwd());
		const ready = planReady(config.ready, config.background, here);
		const identity = resolveChild(config.user, context);
		const capabilities = config.capabilities.map(nameOf as (each: Capability) => CapabilityName);
		const workdir = absolutePath(config.cwd, here);
		const child = { identity, capabilities, target: context.target };
		const environment = planChildEnvironment(context, child, config.env, false);
		// `python -c`, `perl -I.` and the like take code from there. A program that works on the workload's files has to be there.
		const shaper = hasMore(child) ? shaperOf(context.reads, workdir, child) : undefined;
		return {
			command: config.command as [string, ...string[]],
			identity,
			capabilities,
			...environment,
			remarks: [
				...environment.remarks,
				...(shaper === undefined ? [] : [`works where others than root can change files: ${shaper}`]),
				...refusalNow(config.command as [string, ...string[]], { reads: context.reads, path: environment.path, workdir }, child),
			],
			timeoutMs: config.timeout,
			workdir,
			output: config.output,
			creates: config.creates === undefined ? undefined : absolutePath(config.creates, here),
			background: config.background,
			ready,
		};
	},
	describe: ({ command, identity, capabilities, background }) =>
		`${command[0]} as uid ${identity.uid} with ${capabilities.join(",") || "no capability"}${background ? ", stays for life" : ""}`,
	needs: ({ capabilities, command, identity }, reads) => childNeeds(command[0], identity, capabilities, reads),
	mayNeed: ({ capabilities, command, identity }) => childMayNeed(command[0], identity, capabilities),
	children: ({ identity, capabilities, workdir, background }) => ({
		[program]: { identity, capabilities, workdir, stays: background || undefined },
	}),
	withoutRoot: ({ creates, background, ...child }, reads) => {
		if (creates === undefined) {
			return background ? undefined : passedOver(child, reads);
		}
		// What it is for is known: it is there, or nobody else will make it.
		const isReached = !canRun(child, reads) && typeof reads.statat(AT.FDCWD, creates, 0) !== "number";
		return isReached ? { isReached, why: `${creates} is there` } : undefined;
	},
	makes: () => anything,
	notes: environmentNotes,
	preparesGround: true,
	grants: ({ capabilities, command }) => mountsWith(capabilities, command[0]),
	obstacles: ({ command, creates, workdir, ...action }, reads) =>
		creates !== undefined && typeof reads.statat(AT.FDCWD, creates, 0) !== "number"
			? []
			: [
					...programObstacles(command[0], { reads, path: action.path, workdir, leftOut: leftOutOfPath(action) }),
					...(workdir === "/" ? [] : absent(reads, workdir, "chdir", { byAnyLink: true })),
				],
	programPlaces: ({ command, creates, ...its }, reads) =>
		creates !== undefined && typeof reads.statat(AT.FDCWD, creates, 0) !== "number" ? [] : placesOf(command[0], its),
	programs: (action, reads) => foundProgram(action.command, action, reads),
	answers: ({ ready }) => ready.flatMap(({ kind, text }) => (kind === "file" ? [] : [text])),
	leavesKeys: ({ user }) => user === "root",
	leavesRunning: ({ user, background }) => (background ? user : undefined),
	apply: (action, context) => {
		const { host, target, spawn } = context;
		const { command, identity, capabilities, workdir, output, creates, background } = action;
		if (creates !== undefined && isMade(creates, capabilities, context)) {
			return { state: "ok", detail: `${creates} is there` };
		}
		const [name, ...rest] = command;
		const settled = settleChildEnvironment(host, action, { identity, capabilities, target });
		const { environment, path } = settled;
		const argv = [findProgram(name, { reads: host, path, workdir, leftOut: leftOutOfPath(settled) }), ...rest] as const;
		const power = { identity, capabilities, target };
		refuseShapedProgram(argv, { reads: host, path, workdir }, power);
		// Nothing else can mount. One with the workload's own user serves it what is the workload's anyway.
		if (capabilities.includes("SYS_ADMIN") && identity.uid !== target.uid) {
			refuseShapedImage(host, rest, power);
		}
		const late = lateWithheld(settled);
		const hints = () => hintsFor(host, power, settled, background && action.ready.length === 0);
		return whileHoldingSignals(host, () => {
			const child = spawn({ child: program, argv, environment, output, background });
			if (action.ready.length > 0) {
				return { state: "changed", detail: `${waitUntilReady(child, action, context, hints)}${late}` };
			}
			requireSuccess(child, name, action.timeoutMs, context, hints, action);
			return { state: "changed", detail: `${background ? "exited 0; what it left stays" : "exited 0"}${late}` };
		});
	},
};

/** As whom it runs as. That it cannot be told must not make it run once more. */
function isMade(path: string, capabilities: readonly CapabilityName[], { host, tryAs }: ApplyContext): boolean {
	const look = (reads: Reads) => errnoOf(statServed(reads, AT.FDCWD, path));
	const seen = tryAs(program, look);
	// The look has no capabilities; what the program has of them is in effect here.
	const isLetIn = capabilities.includes("DAC_OVERRIDE") || capabilities.includes("DAC_READ_SEARCH");
	const code = seen === errno.EACCES && isLetIn ? look(host) : seen;
	if (code === errno.EACCES) {
		fail("STEP_FAILED", `${quoted(path)} cannot be seen by who runs it, so that it cannot be told whether it has run before`, {
			remedy: ["user: whose directory it is in, or capabilities: [DAC_OVERRIDE] (a FUSE mount: allow_other)"],
		});
	}
	if (code !== 0 && code !== errno.EINTR && !saysAbsent(code)) {
		throw refusal(new SyscallError("statx", code), { reads: host, path });
	}
	return code === 0;
}

/** A step before it may still put it right, so that it is only told. */
function refusalNow([name, ...rest]: readonly [string, ...string[]], lookup: Lookup, child: ChildPower): string[] {
	try {
		refuseShapedProgram([findProgram(name, lookup), ...rest], lookup, child);
		return [];
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ message }) => `would be refused as things are now: ${message}`);
		}
		throw error;
	}
}

/** A program that goes on has to be one that may. */
function planReady(written: FieldsOutput<typeof readyFields> | undefined, background: boolean, workdir: string): readonly ReadyTarget[] {
	const problem = written === undefined ? undefined : whyNoTargets(written);
	if (problem !== undefined) {
		fail("CONFIG_INVALID_VALUE", `ready: ${problem}`);
	}
	const targets = written === undefined ? [] : planTargets(written, workdir);
	if (targets.length > 0 && !background) {
		fail("CONFIG_CONFLICT", "ready is for a program that goes on", { remedy: ["background: true"] });
	}
	return targets;
}

/** What a program that failed may have missed, and does not say itself. */
export function hintsFor(reads: Reads, power: ChildPower, { withheld }: ChildEnvironment, background = false): readonly string[] {
	const { identity, capabilities, target } = power;
	const isPowerless = !background && identity.uid === 0 && target.uid !== 0 && capabilities.length === 0;
	return [
		...closedDevices(reads, power),
		...(isPowerless ? ["root of a step holds no capability: capabilities: [CHOWN, DAC_OVERRIDE], say, if it was refused something"] : []),
		...(withheld.length === 0 ? [] : ["-v says what of the environment it was not given, and why; its own env gives it what it needs"]),
	];
}

const goesByItself =
	"background: true waits until the program has left what is to stay and exits 0, as daemons do (crond, redis-server --daemonize yes); one that stays itself: with ready: {unix: PATH}, say, too";

/** Waits for a program; a status other than 0 and the end of its time are failures. What it leaves against its word is told. */
export function requireSuccess(
	child: Child,
	name: string,
	timeoutMs: number,
	{ host, warn }: Pick<ApplyContext, "host" | "warn">,
	hints: () => readonly string[] = () => [],
	{ background = false, output = "inherit" }: Partial<Pick<RunAction, "background" | "output">> = {},
): void {
	const instead = background ? ", instead of going to the background by itself and exiting 0" : "";
	const status = child.wait(timeoutMs);
	if (status === undefined) {
		child.stop();
		fail("STEP_FAILED", `${quoted(name)} was stopped after ${durationText(timeoutMs)}${instead}`, {
			remedy: [
				"timeout: 5m, say, if it may take longer",
				"background: true and ready: {unix: PATH}, say, if it is to stay and does not fork by itself",
			],
		});
	}
	if (status !== 0) {
		const { message, remedy = [], isByItself } = howEnded(host, status, output);
		fail("STEP_FAILED", `${quoted(name)} ${message}${instead}`, {
			remedy: [...remedy, ...(background ? [goesByItself] : []), ...(isByItself ? hints() : [])],
		});
	}
	child.letGo();
	if (child.left.length > 0) {
		warn(`${quoted(name)} left running what was ended: ${child.left.join(", ")}; run with background: true lets it stay`);
	}
}
