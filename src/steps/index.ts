import type * as v from "valibot";
import { type DocumentSchema, documentSchema } from "../config/document.ts";
import type { Problem } from "../report/problem.ts";
import { blanksQuoted } from "../report/text.ts";
import type { Reads } from "../sys/native.ts";
import { certificates } from "./certificates/index.ts";
import { content } from "./content/index.ts";
import { copying } from "./copy/index.ts";
import { devices } from "./devices/index.ts";
import { fuseMounting } from "./fuse/index.ts";
import { kernel } from "./kernel/index.ts";
import { mounting } from "./mount/index.ts";
import { programs } from "./programs/index.ts";
import { sockets } from "./sockets/index.ts";
import type { ApplyContext, Need, Outcome, PlanContext, SocketPromise, Step } from "./step.ts";
import { trees } from "./trees/index.ts";
import { mkdir } from "./trees/mkdir.ts";
import { own } from "./trees/own.ts";
import { waiting } from "./waiting/index.ts";

/**
 * Every step there is, by family. A new one is a file and a line in the face of its family. The two that most files use are part of the
 * prepared engine; any other is loaded for a file that uses it, which costs that file some tenths of a millisecond and spares the
 * binary its memory.
 */
const loaders = {
	...trees,
	...content,
	...copying,
	...sockets,
	...mounting,
	...fuseMounting,
	...programs,
	...devices,
	...kernel,
	...certificates,
	...waiting,
} as const;

export type StepKind = keyof typeof loaders;

type ActionOf<S> = S extends Step<infer _Config, infer Action> ? Action : never;

/** The resolved goal of one step, plain data. */
export type StepAction = { [Kind in StepKind]: { readonly kind: Kind } & ActionOf<Awaited<ReturnType<(typeof loaders)[Kind]>>> }[StepKind];

export const stepKinds = Object.keys(loaders) as readonly StepKind[];

interface Loaded {
	readonly step: Step<unknown, unknown>;
	readonly schema: v.GenericSchema<unknown, unknown>;
}

const loaded = new Map<string, Loaded>();
for (const [kind, step] of Object.entries({ mkdir, own })) {
	keep(kind, step as never);
}

/** The schema ties a configuration to its kind; the compiler cannot see through that, so it is told once, here. */
function keep(kind: string, step: Step<never, never>): void {
	loaded.set(kind, { step: step as Step<unknown, unknown>, schema: step.schema() });
}

const document = documentSchema({ names: stepKinds, schemaOf: (kind) => get(kind).schema });

/** Loads those of the words that name a step, and gives the schema of a document that uses them. */
export async function loadSteps(words: readonly string[]): Promise<DocumentSchema> {
	for (const kind of stepKinds.filter((each) => words.includes(each) && !loaded.has(each))) {
		keep(kind, (await loaders[kind]()) as never);
	}
	return document;
}

function get(kind: string): Loaded {
	const found = loaded.get(kind);
	if (found === undefined) {
		throw new Error(`the step ${kind} is not loaded`);
	}
	return found;
}

function stepOf(kind: string): Step<unknown, unknown> {
	return get(kind).step;
}

export function summaryOf(kind: StepKind): string {
	return stepOf(kind).summary;
}

export function planStep(kind: string, config: unknown, context: PlanContext): StepAction {
	return { ...(stepOf(kind).plan(config, context) as object), kind } as StepAction;
}

/** In one line, where a value with blanks is quoted: it could be read as more of what the step does. `shown` is what is shown of a value. */
export function describeStep(action: StepAction, shown: (value: string) => string = (value) => value): string {
	return stepOf(action.kind).describe(withBlanksQuoted(action, shown));
}

function withBlanksQuoted(value: unknown, shown: (value: string) => string): unknown {
	if (typeof value === "string") {
		const [, name = "", rest = ""] = value.length > longestShown ? [] : (/^(\w+=)?(.* .*)$/s.exec(value) ?? []);
		return rest === "" ? value : `${name}${blanksQuoted(shown(rest))}`;
	}
	if (Array.isArray(value)) {
		return value.map((each) => withBlanksQuoted(each, shown));
	}
	return value?.constructor === Object
		? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, key === sentence ? each : withBlanksQuoted(each, shown)]))
		: value;
}

/** Put together by the step, of values that are quoted already. */
const sentence = "text";

/** PATH_MAX; contents are not shown. limits.h(0p) */
const longestShown = 4096;

export function needsOf(action: StepAction, reads: Reads): readonly Need[] {
	return stepOf(action.kind).needs(action, reads);
}

/** Steps after which others may find what is missing now: what stands in their way is only told when it is their turn. */
export function preparesGround({ kind }: StepAction): boolean {
	return kind === "run" || kind === "hooks" || kind === "mount" || kind === "fuse" || kind === "device";
}

/** Steps whose action can have a `variableChange`. */
export function mayChangeVariables(kind: string): boolean {
	return kind === "secret" || kind === "ca_certificates";
}

/** Whether a step may start a program, or look at something as the user. The two that most files use never do, and spare the loading. */
export function usesProcesses({ kind }: StepAction): boolean {
	return kind !== "mkdir" && kind !== "own";
}

export function obstaclesOf(action: StepAction, reads: Reads): readonly Problem[] {
	return stepOf(action.kind).obstacles?.(action, reads) ?? [];
}

export function applyStep(action: StepAction, context: ApplyContext): Outcome {
	return stepOf(action.kind).apply(action, context);
}

export function socketsOf(action: StepAction): readonly SocketPromise[] {
	return stepOf(action.kind).sockets?.(action) ?? [];
}
