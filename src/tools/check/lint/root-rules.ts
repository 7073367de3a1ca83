import { capability } from "../../../capability/names.ts";
import { securebits } from "../../../capability/securebits.ts";
import { CapabilitySet } from "../../../capability/set.ts";
import type { CapabilityConfig, Config } from "../../../config/config.ts";
import { leavesKeys } from "../../../steps/facts.ts";
import type { Rule } from "./rule.ts";

/** Nobody else is uid 0: that has to be written, as `root` or as `0`. */
export function isRoot({ user = "" }: Config): boolean {
	return /^(?:root|0)(?::|$)/.test(user);
}

/** What the configuration lets the workload hold, as far as the file alone says. */
export function keptBy(config: CapabilityConfig): { readonly permitted: CapabilitySet; readonly ambient: CapabilitySet } {
	switch (config.form) {
		case "keep": {
			const kept = CapabilitySet.from([...config.keep, ...config.keepIfPresent]);
			return { permitted: kept, ambient: kept };
		}
		case "drop": {
			const kept = CapabilitySet.of("SETUID", "SETPCAP").minus(CapabilitySet.from(config.drop));
			return { permitted: kept, ambient: kept };
		}
		case "sets":
			return config.sets;
	}
}

export const fixupOff: Rule = {
	severity: "warning",
	summary: "With no_setuid_fixup, a daemon of root that changes to a user of its own keeps every capability.",
	find: ({ config }) =>
		isRoot(config) &&
		(config.securebits & securebits.no_setuid_fixup) !== 0 &&
		keptBy(config.capabilities).permitted.has(capability("SETUID"))
			? [
					{
						at: ["securebits"],
						message: "no_setuid_fixup is on and root keeps SETUID: setuid(2) to a user takes nothing away from it any more",
						remedy: ["leave no_setuid_fixup out; securebits: locked does not have it"],
					},
				]
			: [],
};

/** Under noroot an exec gives root what is ambient, whoever executes: two ways to drop that count on root's own rule do not reach it. */
export const ambientRoot: Rule = {
	severity: "note",
	summary:
		"What root keeps is ambient: seteuid(2) alone, or the bounding set alone, does not take it from programs that the daemon executes.",
	find: ({ config }) => {
		const { ambient } = keptBy(config.capabilities);
		const ways = [
			...(ambient.has(capability("SETUID")) ? ["seteuid(2), or a saved uid 0,"] : []),
			...(ambient.has(capability("SETPCAP")) ? ["an empty bounding set"] : []),
		];
		return isRoot(config) && (config.securebits & securebits.noroot) !== 0 && ways.length > 0
			? [
					{
						at: ["capabilities"],
						message: `a daemon of root that drops by ${ways.join(" or ")} and executes a program gives it all that is kept; one that changes all three uids does not`,
						remedy: [
							"where it has to: capabilities.sets with bounding, permitted and effective alone, and securebits: none, is what a runtime gives root",
						],
					},
				]
			: [];
	},
};

export const sharedKeyring: Rule = {
	severity: "note",
	summary: "The session keyring of root's setup, with the keys that its programs and mounts put there, reaches the workload.",
	find: ({ config }) => {
		const { setup, rows } = config;
		const index = setup.findIndex(leavesKeys);
		return index < 0 || rows["session_keyring"] === "new" || isRoot(config)
			? []
			: [
					{
						at: ["setup", index],
						message: "keys that this step leaves in the session keyring are the workload's to use",
						remedy: ["session_keyring: new, where the runtime allows keyctl(2): Docker's filter does not"],
					},
				];
	},
};

export const confinedRoot: Rule = {
	severity: "warning",
	summary:
		"A workload of root behind `confine` writes to the image, and what it writes runs with everything at the next start of the container.",
	find: ({ config }) =>
		isRoot(config) && config.rows["paths"] !== undefined && config.rows["devices"] !== undefined && config.setup.length > 0
			? [
					{
						at: ["user"],
						message:
							"root owns the image: what the workload writes there runs in the setup, with every capability, when the same container is started again",
						remedy: [
							"name a user of its own",
							"or let the image be read-only: docker run --read-only ... | compose: read_only: true | kubernetes: securityContext.readOnlyRootFilesystem: true",
						],
					},
				]
			: [],
};
