import { CapabilitySet } from "../../capability/set.ts";
import { Attempts } from "../../report/attempts.ts";
import { compileFor, compileTemplate, type Source } from "./compile.ts";
import type { Compiled } from "./compiled.ts";
import { dockerDefault } from "./docker-default.ts";
import { parseProfile } from "./parse.ts";
import type { Profile } from "./profile.ts";
import type { SeccompSetting } from "./setting.ts";
import { refuseUnknownWords } from "./setting-words.ts";
import type { KernelVersion, Template } from "./template.ts";
import { casesOf } from "./variants.ts";

/** What a program is made of. `text` is that of the profile; undefined for docker-default. */
export interface Written {
	readonly setting: SeccompSetting;
	readonly text: string | undefined;
	readonly machine: string;
}

/** Programs for any process, each made when it is asked for. Throws a Failure for what is wrong with the profile or the setting. */
export function compiler(written: Written): (bounding: CapabilitySet, kernel: KernelVersion) => Template {
	const source = sourceOf(written);
	const template = compileTemplate(source);
	const known = new Map<string, Template>();
	return (bounding, kernel) => {
		const key = bounding.hex();
		const found = template ?? known.get(key) ?? compileFor(source, { capabilities: bounding, kernel });
		known.set(key, found);
		return found;
	};
}

/** All programs that any process may need; undefined when these are too many to be kept. */
export function compileAll(written: Written): Compiled | undefined {
	const source = sourceOf(written);
	const template = compileTemplate(source);
	if (template !== undefined) {
		return { capabilities: [], kernels: [], cases: [{ kept: [], reached: 0, template }] };
	}
	const { capabilities, kernels, situations } = casesOf(source.profile.rules) ?? {};
	if (capabilities === undefined || kernels === undefined || situations === undefined) {
		return undefined;
	}
	const cases = situations.map(({ kept, reached }) => ({
		kept,
		reached,
		template: compileFor(source, { capabilities: CapabilitySet.of(...kept), kernel: kernels[reached - 1] ?? [0, 0] }),
	}));
	return { capabilities, kernels, cases };
}

function sourceOf({ setting, text, machine }: Written): Source {
	const errors = new Attempts();
	errors.attempt(() => refuseUnknownWords(setting, machine));
	const file = typeof setting.profile === "string" ? setting.profile : setting.profile.path;
	const profile = file === setting.profile ? dockerDefault : errors.attempt(() => parseProfile(text ?? "", file));
	errors.end();
	return { profile: profile as Profile, setting, machine, file };
}
