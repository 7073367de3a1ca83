import type { BasePath, observeStdio } from "./base.ts";
import type { Guard, LandlockPart, PathRule, PortRule } from "./part.ts";
import { filesOf, granted, ofFiles, pathKeys, port, portsOf, scope, scopesOf, wallsFiles } from "./rights.ts";
import type { LandlockSetting } from "./setting.ts";
import type { WrittenPath } from "./written.ts";

export interface Rules {
	readonly written: readonly WrittenPath[];
	readonly base: readonly Pick<BasePath, "as" | "path">[];
	readonly stdio: ReturnType<typeof observeStdio>;
	/** Whether a rule is for / itself, so that no directory is closed for certain. */
	readonly isAllOpen: boolean;
	/** For ports. */
	readonly guard: Guard;
}

const names = ["stdin", "stdout", "stderr"];

/** The wall in the numbers of this kernel; undefined where it has none of what is asked for. */
export function partOf(setting: LandlockSetting, abi: number, { written, base, stdio, isAllOpen, guard }: Rules): LandlockPart | undefined {
	const files = wallsFiles(setting) ? filesOf(abi) : 0;
	const portRules = portsOf(abi) === 0 ? [] : [...portRulesOf(setting, "connect"), ...portRulesOf(setting, "bind")];
	const ports = portsOf(abi) & (["connect", "bind"] as const).reduce((sum, key) => (setting[key] === undefined ? sum : sum | port[key]), 0);
	const scopes = scopesOf(abi) & (setting.scope ?? []).reduce((sum, each) => sum | scope[each], 0);
	if ((files | ports | scopes) === 0) {
		return undefined;
	}
	const rule = (as: PathRule["as"], path: string): PathRule => ({ as, path, rights: granted[as] & files });
	const paths: PathRule[] = [
		...pathKeys.flatMap((as) => written.filter((each) => each.as === as).map(({ path }) => rule(as, path))),
		...stdio.map(({ as, fd }): PathRule => ({ ...rule(as, `/dev/${names[fd]}`), fd, isBase: true })),
		...base.map(({ as, path }): PathRule => ({ ...rule(as, path), isBase: true })),
	];
	const closed = files === 0 || isAllOpen ? undefined : "/";
	const walled = { abi, files, ofFiles, ports, scopes, paths: files === 0 ? [] : paths, portRules };
	return { ...walled, ...(ports !== 0 && { guard }), closed };
}

function portRulesOf(setting: LandlockSetting, as: PortRule["as"]): PortRule[] {
	return (setting[as] ?? []).map((each) => ({ as, port: each, rights: port[as] }));
}
