import { isOfFiles } from "../../capability/grant.ts";
import type { CapabilityName } from "../../capability/names.ts";
import { baseName } from "../../files/path-text.ts";
import type { Reads } from "../../sys/native.ts";
import { type ChildIdentity, changeNeeds, mayChange } from "../common/child-identity.ts";
import type { Given, Need, WithoutRoot } from "../step.ts";
import type { ChildPower } from "./shapers.ts";

/** What it takes to start a program as somebody, with these capabilities, and to end it. */
export function childNeeds(name: string, identity: ChildIdentity, capabilities: readonly CapabilityName[], reads: Reads): Need[] {
	return [
		...toUse(capabilities, name),
		...changeNeeds(identity, `to run ${name} as uid ${identity.uid}`, reads),
		...(identity.uid === reads.getresuid()[0] ? [] : [toEnd(name)]),
	];
}

/** As `childNeeds`, of a start as root. */
export function childMayNeed(name: string, identity: ChildIdentity, capabilities: readonly CapabilityName[]): Need[] {
	return [
		...toUse(capabilities, name),
		...mayChange(identity, `to run ${name} as uid ${identity.uid}`),
		...(identity.uid === 0 ? [] : [toEnd(name)]),
	];
}

function toUse(capabilities: readonly CapabilityName[], name: string): Need[] {
	return capabilities.map((each) => ({ anyOf: [each], certain: true, purpose: `by ${name}` }));
}

function toEnd(name: string): Need {
	return { anyOf: ["KILL"], certain: false, isSpare: true, purpose: `to end ${name} when its time is over` };
}

type Power = Pick<ChildPower, "identity" | "capabilities">;

/** As who this is already. */
export function canRun({ identity, capabilities }: Power, reads: Reads): boolean {
	return capabilities.length === 0 && identity.uid === reads.getresuid()[1] && identity.gid === reads.getresgid()[1];
}

/**
 * What root does about files the user of the start has to find done, as with any image; what it does with other capabilities, a filter
 * or a route, the workload would miss without a word, and a program of a third user is no preparation.
 */
export function passedOver(child: Power, reads: Reads): WithoutRoot | undefined {
	const { identity, capabilities } = child;
	const isSpared = identity.uid === 0 && capabilities.every((name) => isOfFiles(name));
	return isSpared
		? {
				isReached: false,
				why: `it would run as root, which uid ${reads.getresuid()[1]} cannot become; when: {held: SETUID} says that this is meant`,
			}
		: undefined;
}

/** Nothing mounts without SYS_ADMIN; what else is done with it only the program knows. */
export function mountsWith(capabilities: readonly CapabilityName[], name: string): Pick<Given, "mounts"> {
	return capabilities.includes("SYS_ADMIN") ? { mounts: mountPrograms.test(baseName(name)) ? "always" : "perhaps" } : {};
}

const mountPrograms = /^(?:mount(?:\.[\w-]+)?|fusermount3?)$/;
