import type { Account, Identity } from "./identity.ts";

/** `/` for who has no entry, or none with a home. passwd(5) */
export function homeOf(account: Account | undefined): string {
	return account?.home || "/";
}

/** `auto`: the home of the account, or `/`. `keep`: what the environment has. Else a path. */
export type HomePolicy = "auto" | "keep" | { readonly path: string };

/** HOME, USER and LOGNAME of the workload, never those of a user that it is not. environ(7) */
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
