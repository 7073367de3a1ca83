import type { Identity } from "./identity.ts";

/** `auto`: the home of the account, or `/`. `keep`: what the environment has. Else a path. */
export type HomePolicy = "auto" | "keep" | { readonly path: string };

/** HOME, USER and LOGNAME of the workload, never those of the user the container was started as. environ(7) */
export function setAccountVariables(
	environment: Map<string, string>,
	home: HomePolicy,
	{ name, home: known }: Pick<Identity, "name" | "home">,
): void {
	if (home !== "keep") {
		environment.set("HOME", home === "auto" ? known : home.path);
	}
	for (const variable of ["USER", "LOGNAME"]) {
		if (name === undefined) {
			environment.delete(variable);
		} else {
			environment.set(variable, name);
		}
	}
}
