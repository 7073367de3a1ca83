import type { PlannedStep } from "../../plan/plan.ts";
import { settingsAsked } from "../../steps/facts.ts";
import type { Imagined } from "./imagine.ts";

/** Settings that a plan for another start was made with as they are here, which is said: they may be otherwise there. */
export function settingsOfMachine(setup: readonly Pick<PlannedStep, "action">[], { settings }: Pick<Imagined, "settings">): string[] {
	const asked = setup.flatMap(({ action }) => settingsAsked(action));
	const taken = new Set(asked.flatMap(({ key, path }) => (settings[path] === undefined ? [key] : [])));
	return taken.size === 0 ? [] : [`taken from this machine: ${[...taken].join(", ")}; sysctl=NAME=VALUE in --as gives another value`];
}
