import type { Config } from "../../../config/config.ts";
import type { Outlook } from "../../../plan/foretell.ts";
import type { Missing } from "../../../plan/missing.ts";
import type { ObstacleOfImage } from "../../../plan/obstacles-of-image.ts";
import type { Plan } from "../../../plan/plan.ts";
import type { StepWithoutChildren } from "../../../plan/setup.ts";
import type { Planned } from "../../../plan/surroundings.ts";
import type { Correction } from "../../../report/correction.ts";
import type { Diagnostic, Failure } from "../../../report/failure.ts";
import type { Problem } from "../../../report/problem.ts";
import type { Reads, YamlNode } from "../../../sys/native.ts";
import type { ConfiguredFilter } from "../../seccomp/configured.ts";

/** An error stops the workload or gives it root; a warning is a risk; a note is something to think about. */
export type Severity = "error" | "warning" | "note";

/** What a rule looks at. */
export interface Subject {
	readonly config: Config;
	readonly root: YamlNode;
	readonly reads: Reads;
	/** The file as it is written, comments and all. */
	readonly lines: readonly string[];
	/** The words of the workload's command that were given, completed by the file; undefined where none were. */
	readonly given?: readonly string[] | undefined;
	/** What would happen in the image that the file sits in; `undefined` when only the file is looked at. */
	readonly image: ImageFacts | undefined;
	/** The filter that it asks for; `undefined` for none, and for one that could not be read. */
	readonly seccomp?: ConfiguredFilter | undefined;
	/** The profile that a file names which lies alone, and that is not beside it either. */
	readonly unread?: string | undefined;
	/** The steps as they are planned on whatever machine; without those that cannot be. */
	readonly steps?: readonly StepWithoutChildren[];
	/** Of an image whose filter has to be compiled. */
	readonly stored?: StoredFacts | undefined;
}

/** What `compile` has left beside the configuration. */
export interface StoredFacts {
	readonly path: string;
	readonly isThere: boolean;
	/** That a start does not use it, and why. */
	readonly unused: string | undefined;
}

export interface ImageFacts {
	/** As if started as root with everything. */
	readonly plan: Plan;
	/** What that comes to, as far as it can be known before; not of a plan without a start. */
	readonly outlook?: Outlook;
	readonly missing?: readonly Missing[];
	/** What is there and keeps a step from its goal. */
	readonly obstacles?: readonly ObstacleOfImage[];
	/** False where another command stands for one that is told to be wrong. */
	readonly isCommandKnown?: boolean;
	/** Of a container that would be started as another user than root, without anything else being said: the plan of that start, or why there is none. */
	readonly ofOther?: { readonly planned: Planned; readonly reads: Reads } | Failure;
}

export interface Found extends Problem {
	/** Keys from the top of the document to what is meant. */
	readonly at: readonly (string | number)[];
	/** Where in another file that this one names; then `at` says nothing. */
	readonly inFile?: Pick<Diagnostic, "where" | "source"> & { readonly file: string };
	/** Where in the file, from 1, when it is at no key. */
	readonly position?: { readonly line: number; readonly column: number };
	readonly remedy: readonly string[];
	/** What the remedy says to write, where that is certain and nothing is read differently afterwards. */
	readonly correction?: Correction;
	/** The line holds what must not be printed. */
	readonly isSecret?: true;
}

export interface Rule {
	readonly severity: Severity;
	/** One sentence for `explain` and the reference. */
	readonly summary: string;
	find(subject: Subject): readonly Found[];
}

/** The words of the command as far as they are known; empty where the image's CMD alone has them. */
export function wordsOfCommand({ config, given }: Pick<Subject, "config" | "given">): readonly string[] {
	return given ?? config.command.default;
}

/** Where a word of the command stands; what was given stands in no file, so that it is told at the key that it is at odds with. */
export function placeOfWord({ given }: Pick<Subject, "given">, index: number, key: string): Found["at"] {
	return given === undefined ? ["command", "default", index] : [key];
}
