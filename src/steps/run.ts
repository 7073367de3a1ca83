import * as v from "valibot";
import { type Capability, type CapabilityName, capabilityName as nameOf } from "../capability/names.ts";
import { capabilityName, choice, duration, environmentName, path, text, userSpec } from "../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, orShort, record, required } from "../config/mapping.ts";
import { absolutePath } from "../files/path-text.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { AT } from "../sys/constants.ts";
import type { Errno, Reads, Stat } from "../sys/native.ts";
import { mustRead } from "../sys/observe.ts";
import { describeStatus } from "../sys/wait-status.ts";
import { type ChildEnvironment, lateWithheld, planChildEnvironment, settleChildEnvironment } from "./child-environment.ts";
import { type ChildIdentity, changeNeeds, resolveChild } from "./child-identity.ts";
import { explainExec } from "./explain-exec.ts";
import { findProgram, refuseShapedProgram } from "./program.ts";
import { hasMore, shaperOf } from "./shapers.ts";
import type { Child, Need, Step } from "./step.ts";

export interface RunAction extends ChildEnvironment {
	readonly command: readonly [string, ...string[]];
	readonly identity: ChildIdentity;
	readonly capabilities: readonly CapabilityName[];
	readonly timeoutMs: number;
	readonly workdir: string;
	readonly output: "inherit" | "discard";
	/** When this is there, for whom the program runs as, it has run before. */
	readonly creates: string | undefined;
}

/** Of a program of a step: on top of the environment that it gets. */
export const variables = () => record(environmentName(), text(), "expected NAME: value");

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
};

export const run: Step<FieldsOutput<typeof fields>, RunAction> = {
	summary: "Runs one program, without a shell, as the user and with the capabilities named, and waits for it.",
	schema: () => orShort("command", mapping(fields)),
	plan: (config, context) => {
		const identity = resolveChild(config.user, context);
		const capabilities = config.capabilities.map(nameOf as (each: Capability) => CapabilityName);
		const workdir = absolutePath(config.cwd, mustRead("getcwd", context.reads.getcwd()));
		const child = { identity, capabilities, target: context.target };
		const environment = planChildEnvironment(context, child, config.env, false);
		// `python -c`, `perl -I.` and the like take code from there. A program that works on the workload's files has to be there.
		const shaper = hasMore(child) ? shaperOf(context.reads, workdir, child) : undefined;
		return {
			command: config.command as [string, ...string[]],
			identity,
			capabilities,
			...environment,
			remarks: [...environment.remarks, ...(shaper === undefined ? [] : [`works where others than root can change files: ${shaper}`])],
			timeoutMs: config.timeout,
			workdir,
			output: config.output,
			creates: config.creates === undefined ? undefined : absolutePath(config.creates, mustRead("getcwd", context.reads.getcwd())),
		};
	},
	describe: ({ command, identity, capabilities }) =>
		`${command[0]} as uid ${identity.uid} with ${capabilities.join(",") || "no capability"}`,
	needs: ({ capabilities, command, identity }, reads) => childNeeds(command[0], identity, capabilities, reads),
	apply: (action, { host, target, spawn, tryAs }) => {
		const { command, identity, capabilities, timeoutMs, workdir, output, creates } = action;
		if (creates !== undefined && tryAs(identity, (child) => errnoOf(child.statat(AT.FDCWD, creates, 0))) === 0) {
			return { state: "ok", detail: `${creates} is there` };
		}
		const [name, ...rest] = command;
		const settled = settleChildEnvironment(host, action, { identity, capabilities, target });
		const { environment, path } = settled;
		const argv = [findProgram(name, { reads: host, path, workdir }), ...rest] as const;
		refuseShapedProgram(argv, { reads: host, path, workdir }, { identity, capabilities, target });
		const child = spawn({ argv, environment, identity, capabilities, workdir, output, explain: explainExec });
		requireSuccess(child, name, timeoutMs);
		return { state: "changed", detail: `exited 0${settled === action ? "" : lateWithheld(settled)}` };
	},
};

function errnoOf(result: Stat | Errno): number {
	return typeof result === "number" ? -result : 0;
}

/** What it takes to start a program as somebody, with these capabilities, and to end it. */
export function childNeeds(name: string, identity: ChildIdentity, capabilities: readonly CapabilityName[], reads: Reads): Need[] {
	return [
		...capabilities.map((each): Need => ({ anyOf: [each], certain: true, purpose: `by ${name}` })),
		...changeNeeds(identity, `to run ${name} as uid ${identity.uid}`, reads),
		...(identity.uid === reads.getresuid()[0]
			? []
			: [{ anyOf: ["KILL"], certain: false, isSpare: true, purpose: `to end ${name} when its time is over` } as const]),
	];
}

/** Waits for a program; a status other than 0 and the end of its time are failures. */
export function requireSuccess(child: Child, name: string, timeoutMs: number): void {
	const status = child.wait(timeoutMs);
	if (status === undefined) {
		child.stop();
		fail("STEP_FAILED", `${quoted(name)} was stopped after ${timeoutMs} ms`, { remedy: ["timeout: 5m, say, if it may take longer"] });
	}
	if (status !== 0) {
		fail("STEP_FAILED", `${quoted(name)} ${describeStatus(status)}`);
	}
}
