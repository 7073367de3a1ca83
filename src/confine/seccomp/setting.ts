/** What stands at `seccomp` in a configuration. */
export interface SeccompSetting {
	readonly profile: "docker-default" | { readonly path: string };
	/** Names of calls, and of exceptions that public programs need, as `browser`. */
	readonly allow: readonly string[];
	/** Names of calls that are refused whatever the profile and the kept capabilities say. */
	readonly deny: readonly string[];
	/** In place of what the profile says: names as `native`, `x86`, `x32`. */
	readonly architectures: readonly string[] | undefined;
	/** What the default of the profile makes of a call, in its place. */
	readonly action: "errno" | "kill" | "log" | "trap" | undefined;
}

/** Nothing of the profile is changed. */
export const plain: Omit<SeccompSetting, "profile"> = { allow: [], deny: [], architectures: undefined, action: undefined };

/** Whether it is docker-default as it lies in this program, which is never stored and never compiled by a start. */
export function isBuiltIn({ profile, allow, deny, architectures, action }: SeccompSetting): boolean {
	return profile === "docker-default" && allow.length + deny.length === 0 && architectures === undefined && action === undefined;
}
