import type { CapabilitySet } from "../../capability/set.ts";
import type { Config } from "../../config/config.ts";
import type { Abi } from "../../confine/seccomp/calls.ts";
import { dockerDefault } from "../../confine/seccomp/docker-default.ts";
import { parseProfile } from "../../confine/seccomp/parse.ts";
import type { Profile } from "../../confine/seccomp/profile.ts";
import { abisFor } from "../../confine/seccomp/resolve.ts";
import type { SeccompSetting } from "../../confine/seccomp/setting.ts";
import { type Judge, judgeBy, type Machine, type Reader } from "./judge.ts";
import { keptBounding } from "./kept.ts";

/** The filter that a configuration asks for, understood as far as files alone say. */
export interface ConfiguredFilter {
	readonly setting: SeccompSetting;
	readonly profile: Profile;
	/** The path of the profile as it was read; undefined for the one that is built in. */
	readonly file: string | undefined;
	readonly reader: Reader;
	/** The ways of calling the kernel that it has rules for, the machine's own first: who calls it in another way is killed at the first call. */
	readonly abis: readonly Abi[];
	/** What becomes of a call of the workload's. */
	readonly judge: Judge;
}

/** `undefined` where no filter is configured. `read` throws a Failure. */
export function configuredFilter(
	config: Pick<Config, "rows" | "capabilities">,
	machine: Machine,
	read: (path: string) => { readonly file: string; readonly text: string },
): ConfiguredFilter | undefined {
	const setting = config.rows["seccomp"] as SeccompSetting | undefined;
	if (setting === undefined) {
		return undefined;
	}
	const kept: CapabilitySet = keptBounding(config.capabilities);
	const reader = { ...machine, kept };
	const { profile, file } = profileOf(setting, read);
	const abis = abisFor(profile, setting, machine.machine);
	return { setting, profile, file, reader, abis, judge: judgeBy(profile, setting, reader) };
}

function profileOf({ profile }: SeccompSetting, read: (path: string) => { readonly file: string; readonly text: string }) {
	if (profile === "docker-default") {
		return { profile: dockerDefault, file: undefined };
	}
	const { file, text } = read(profile.path);
	return { profile: parseProfile(text, file), file };
}
