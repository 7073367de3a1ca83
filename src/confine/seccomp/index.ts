import type { CapabilitySet } from "../../capability/set.ts";
import { nativeAbi } from "./abi.ts";
import type { Seccomp, SeccompSources } from "./filter.ts";
import { isBuiltIn, type SeccompSetting } from "./setting.ts";
import { filterOf, type KernelVersion, kernelVersion, type Template } from "./template.ts";

/**
 * The configured filter. docker-default as it is lies in this program; what `abdicate compile` stored is used when it was made of just
 * this, by just this program; all else is compiled. Throws a Failure for what is wrong with a profile or the setting.
 */
export async function loadSeccomp(setting: SeccompSetting, sources: SeccompSources): Promise<Seccomp> {
	const templateFor = await templates(setting, sources);
	const kernel = kernelVersion(sources.release);
	const name = typeof setting.profile === "string" ? setting.profile : setting.profile.path;
	return { filterFor: (bounding) => filterOf(templateFor(bounding, kernel), name, bounding, kernel) };
}

type Templates = (bounding: CapabilitySet, kernel: KernelVersion) => Template;

async function templates(setting: SeccompSetting, sources: SeccompSources): Promise<Templates> {
	const machine = nativeAbi(sources.machine);
	const { profile } = setting;
	if (isBuiltIn(setting)) {
		const { builtIn } = await import("./built-in.ts");
		const template = builtIn(machine);
		return () => template;
	}
	const text = typeof profile === "string" ? undefined : sources.readProfile(profile.path);
	return (
		(await storedTemplates({ setting, text, machine }, sources)) ?? (await import("./compiler.ts")).compiler({ setting, text, machine })
	);
}

async function storedTemplates(
	origin: { readonly setting: SeccompSetting; readonly text: string | undefined; readonly machine: string },
	sources: SeccompSources,
): Promise<Templates | undefined> {
	const text = sources.readStored();
	if (text === undefined) {
		return undefined;
	}
	const { readStored } = await import("./stored.ts");
	const stored = readStored(text, origin);
	if ("unusable" in stored) {
		sources.note?.(`the stored filter is not used: it ${stored.unusable}`);
		return undefined;
	}
	if (sources.isReview) {
		(await import("./review.ts")).requireGenuine(text, origin);
	}
	const { templateFor } = await import("./compiled.ts");
	return (bounding, kernel) => templateFor(stored, bounding, kernel) as Template;
}
