import { compileTemplate } from "./compile.ts";
import { dockerDefault } from "./docker-default.ts";
import { plain } from "./setting.ts";
import type { Template } from "./template.ts";

/**
 * docker-default for any process. Of the binary this is done when it is built, by scripts/bundle.mjs, which puts the result in the place
 * of this file.
 */
export function builtIn(machine: string): Template {
	const template = compileTemplate({ profile: dockerDefault, setting: plain, machine, file: "docker-default" });
	if (template === undefined) {
		throw new Error("docker-default: a capability does something else than to allow calls");
	}
	return template;
}
