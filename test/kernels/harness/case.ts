import { renderDiagnostic } from "../../../src/report/tell.ts";
import type { ProbeAct } from "../../e2e/harness/probe.ts";
import type { Release } from "./kernel.ts";

/** One start in the emulated machine, and all that is expected of it. */
export interface Case {
	readonly name: string;
	/** Content of the configuration; an object is written as JSON, which is YAML too. */
	readonly config: string | object;
	/** Shell script, which ends in `exec` of the binary; `ABDICATE_CONFIG` is set. Usually made by `start`. */
	readonly script: string;
	readonly expected: Expected;
	/** Where it is tried; on every kernel unless given. */
	readonly on?: readonly Release[];
}

export interface Expected {
	readonly status: number;
	/** Of messages without a change, empty unless given. */
	readonly stderr?: readonly string[];
	/** Lines; empty unless given, or one of the following is. */
	readonly stdout?: readonly string[];
	/** The whole report of the probe, but for its limits, which come from the size of the machine. */
	readonly probe?: object;
	readonly acts?: readonly ProbeAct[];
	/** The ways out that lead somewhere, of all that `probe confinement` tries. */
	readonly gets?: readonly string[];
	/** The name of a case in which every way out is answered so, and paths and devices are such. */
	readonly like?: string;
}

interface Start {
	/** Shell script, before. */
	readonly prepare?: string | undefined;
	/** The AppArmor profile, from the exec of the binary on. */
	readonly profile?: string;
	/** The SELinux type, and perhaps the level, of the same. */
	readonly type?: string;
	/** As on a kernel that has mount(2) alone. */
	readonly oldMount?: boolean;
}

/** What stands below an error of the configuration: the line, which is all of it, and where in it. */
export function lineOf(config: object, column: number): string[] {
	const [, excerpt, caret] = renderDiagnostic({ code: "", message: "", source: { line: JSON.stringify(config), column } }).split("\n");
	return [excerpt ?? "", caret ?? ""];
}

/** The script of a start: options of the binary and a command, as a shell reads them. */
export function start(words: string, { prepare = "", profile, type, oldMount = false }: Start = {}): string {
	const context = type && `printf %s system_u:system_r:${type.includes(":") ? type : `${type}:s0`} > /proc/self/attr/exec`;
	const confine = profile === undefined ? (context ?? "") : `echo "exec ${profile}" > /proc/self/attr/apparmor/exec`;
	return `${prepare}\n${confine}\nexec ${oldMount ? "/bin/old-mount " : ""}/abdicate ${words}\n`;
}
