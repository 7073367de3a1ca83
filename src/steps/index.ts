import type * as v from "valibot";
import { type DocumentSchema, documentSchema } from "../config/document.ts";
import { blanksQuoted } from "../report/text.ts";
import type { Reads } from "../sys/native.ts";
import { mkdir } from "./mkdir.ts";
import { own } from "./own.ts";
import type { ApplyContext, Need, Obstacle, Outcome, PlanContext, SocketPromise, Step } from "./step.ts";

/**
 * Every step there is. A new one is a file and a line here. The two that most files use are part of the prepared engine; any other
 * is loaded for a file that uses it, which costs that file some tenths of a millisecond and spares the binary its memory.
 */
const loaders = {
	mkdir: async () => mkdir,
	own: async () => own,
	chmod: async () => (await import("./chmod.ts")).chmod,
	file: async () => (await import("./file.ts")).file,
	secret: async () => (await import("./secret.ts")).secret,
	copy: async () => (await import("./copy.ts")).copy,
	link: async () => (await import("./link.ts")).link,
	remove: async () => (await import("./remove.ts")).remove,
	listen: async () => (await import("./listen.ts")).listen,
	mount: async () => (await import("./mount.ts")).mount,
	fuse: async () => (await import("./fuse.ts")).fuse,
	run: async () => (await import("./run.ts")).run,
	require: async () => (await import("./require.ts")).require,
	hostname: async () => (await import("./hostname.ts")).hostname,
	sysctl: async () => (await import("./sysctl.ts")).sysctl,
	device: async () => (await import("./device.ts")).device,
	hooks: async () => (await import("./hooks.ts")).hooks,
	ca_certificates: async () => (await import("./ca-certificates.ts")).caCertificates,
	wait_for: async () => (await import("./wait-for.ts")).waitFor,
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

/** Whether a step may start a program, or look at something as the user. The two that most files use never do, and spare the loading. */
export function usesProcesses({ kind }: StepAction): boolean {
	return kind !== "mkdir" && kind !== "own";
}

export function obstaclesOf(action: StepAction, reads: Reads): readonly Obstacle[] {
	return stepOf(action.kind).obstacles?.(action, reads) ?? [];
}

export function applyStep(action: StepAction, context: ApplyContext): Outcome {
	return stepOf(action.kind).apply(action, context);
}

export function socketsOf(action: StepAction): readonly SocketPromise[] {
	return stepOf(action.kind).sockets?.(action) ?? [];
}
