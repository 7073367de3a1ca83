import type { StepSchemas } from "../config/entry.ts";
import type { Reads } from "../sys/native.ts";
import type { ApplyContext, Need, Outcome, PlanContext, SocketPromise, Step } from "./step.ts";

/** Every step there is. A new one is a file and a line here. A step is only loaded for a file that uses it. */
const loaders = {
	mkdir: async () => (await import("./mkdir.ts")).mkdir,
	own: async () => (await import("./own.ts")).own,
	listen: async () => (await import("./listen.ts")).listen,
	mount: async () => (await import("./mount.ts")).mount,
	fuse: async () => (await import("./fuse.ts")).fuse,
	run: async () => (await import("./run.ts")).run,
} as const;

export type StepKind = keyof typeof loaders;

type ActionOf<S> = S extends Step<infer _Config, infer Action> ? Action : never;

/** The resolved goal of one step, plain data. */
export type StepAction = { [Kind in StepKind]: { readonly kind: Kind } & ActionOf<Awaited<ReturnType<(typeof loaders)[Kind]>>> }[StepKind];

export const stepKinds = Object.keys(loaders) as readonly StepKind[];

const loaded = new Map<string, Step<unknown, unknown>>();

/** Loads those of the words that name a step, and gives their schemas to the configuration layer. */
export async function loadSteps(words: readonly string[]): Promise<StepSchemas> {
	for (const kind of stepKinds.filter((each) => words.includes(each) && !loaded.has(each))) {
		// The schema ties a configuration to its kind; the compiler cannot see through that, so it is told once, here.
		loaded.set(kind, (await loaders[kind]()) as Step<never, never> as Step<unknown, unknown>);
	}
	return { names: stepKinds, schemaOf: (kind) => stepOf(kind).schema() };
}

function stepOf(kind: string): Step<unknown, unknown> {
	const step = loaded.get(kind);
	if (step === undefined) {
		throw new Error(`the step ${kind} is not loaded`);
	}
	return step;
}

export function summaryOf(kind: StepKind): string {
	return stepOf(kind).summary;
}

export function planStep(kind: string, config: unknown, context: PlanContext): StepAction {
	return { ...(stepOf(kind).plan(config, context) as object), kind } as StepAction;
}

export function describeStep(action: StepAction): string {
	return stepOf(action.kind).describe(action);
}

export function needsOf(action: StepAction, reads: Reads): readonly Need[] {
	return stepOf(action.kind).needs(action, reads);
}

export function applyStep(action: StepAction, context: ApplyContext): Outcome {
	return stepOf(action.kind).apply(action, context);
}

export function socketsOf(action: StepAction): readonly SocketPromise[] {
	return stepOf(action.kind).sockets?.(action) ?? [];
}
