import * as v from "valibot";
import { type DocumentSchema, documentSchema } from "../config/document.ts";
import { rowKeys } from "../departure/rows.ts";
import { certificates } from "./certificates/index.ts";
import { content } from "./content/index.ts";
import { copying } from "./copy/index.ts";
import { devices } from "./devices/index.ts";
import { fuseMounting } from "./fuse/index.ts";
import { kernel } from "./kernel/index.ts";
import { loadMountTypes, mounting } from "./mount/index.ts";
import { programs } from "./programs/index.ts";
import { sockets } from "./sockets/index.ts";
import type { Step } from "./step.ts";
import { treePolicies, trees } from "./trees/index.ts";
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

/** The schema of a file, of whose steps those that are loaded are known. */
export const document = documentSchema({ names: stepKinds, schemaOf: (kind) => get(kind).schema }, rowKeys);

/** What most files have is made when the engine is prepared; whatever else a file has, at its start. */
v.safeParse(document, { user: "app", setup: [{ own: "/data" }, { mkdir: "/data" }], capabilities: { keep: ["KILL"] } });

const loadedKeys = rowKeys.filter(({ load }) => load !== undefined);

/**
 * Loads what those of the words need that name a step or a key, and gives the schema of a document with them. `stepKinds` itself is for any document;
 * `values` are what the keys have, where that is known.
 */
export async function loadSteps(words: readonly string[], values: Readonly<Record<string, unknown>> = {}): Promise<DocumentSchema> {
	for (const { name, load } of loadedKeys) {
		if (words === stepKinds || words.includes(name)) {
			await load?.(values[name]);
		}
	}
	for (const [policy, load] of Object.entries(treePolicies)) {
		if (words === stepKinds || words.includes(policy)) {
			for (const [kind, step] of Object.entries(await load())) {
				keep(kind, step as never);
			}
		}
	}
	if (words.includes("mount")) {
		await loadMountTypes(words === stepKinds ? undefined : words);
	}
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

/** One that has been loaded. */
export function stepOf(kind: string): Step<unknown, unknown> {
	return get(kind).step;
}
