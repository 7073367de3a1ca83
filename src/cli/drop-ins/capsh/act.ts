import type { CapabilityState } from "../../../capability/libcap-text.ts";
import type { Capability } from "../../../capability/names.ts";
import type { ThreeSets } from "../../../departure/request.ts";
import type { Gid, Uid } from "../../../identity/ids.ts";
import type { ModeName } from "./mode.ts";

/** What one argument asks for, as plain data. A list is an act for each of its words, so that what stands before a wrong one is done. */
export type CapshAct = Change | Question | Output | Setting | Leave;

/** Changes this process. */
export type Change =
	| { readonly kind: "drop" | "raise ambient" | "lower ambient"; readonly capability: Capability }
	| { readonly kind: "clear ambient" | "no new privileges" }
	/** Clauses over what is effective and permitted, with nothing inheritable. */
	| { readonly kind: "inherit"; readonly clauses: string }
	| { readonly kind: "sets"; readonly sets: ThreeSets }
	| { readonly kind: "iab"; readonly iab: Required<Pick<CapabilityState, "inheritable" | "ambient" | "blocked">> }
	| { readonly kind: "keep"; readonly value: number }
	| { readonly kind: "uid" | "uid with capabilities"; readonly id: Uid }
	| { readonly kind: "gid"; readonly id: Gid }
	| { readonly kind: "groups"; readonly groups: readonly (Gid | string)[] }
	| { readonly kind: "user"; readonly name: string }
	| { readonly kind: "securebits"; readonly bits: number }
	| { readonly kind: "mode"; readonly mode: ModeName }
	| { readonly kind: "root directory"; readonly path: string };

/** Ends in status 1 when it is not so. */
export type Question =
	| { readonly kind: "has"; readonly which: Held; readonly capabilities: readonly Capability[] }
	| { readonly kind: "has ambient set" | "has no new privileges" }
	| { readonly kind: "is uid" | "is gid"; readonly id: number }
	| { readonly kind: "is mode"; readonly mode: string };

export type Held = "permitted" | "inheritable" | "ambient" | "bounding" | "dropped" | "supported";

export type Output =
	| { readonly kind: "print licence" | "print help" }
	| { readonly kind: "print" | "print current" | "print mode" | "print modes" }
	| { readonly kind: "decode"; readonly bits: bigint }
	| { readonly kind: "explain"; readonly capability: Capability }
	| { readonly kind: "suggest"; readonly text: string };

/** Of what comes after it. */
export type Setting =
	| { readonly kind: "strict" | "keep environment" }
	| { readonly kind: "shell"; readonly path: string }
	| { readonly kind: "fork"; readonly seconds: number }
	| { readonly kind: "kill"; readonly signal: number };

export interface Leave {
	readonly kind: "leave";
	readonly to: "shell" | "self";
	/** And waits for what it has left for. */
	readonly forks: boolean;
}
