import type { Config } from "../../config/config.ts";
import { abisOf } from "../../confine/seccomp/calls.ts";
import type { Compiled } from "../../confine/seccomp/compiled.ts";
import { compileAll, type Written } from "../../confine/seccomp/compiler.ts";
import { instructionDigits } from "../../confine/seccomp/instruction.ts";
import { abisFor } from "../../confine/seccomp/resolve.ts";
import { isBuiltIn, type SeccompSetting } from "../../confine/seccomp/setting.ts";
import { readStored, writeStored } from "../../confine/seccomp/stored.ts";
import { readProfile, storedBeside } from "../../plan/seccomp.ts";
import { fail } from "../../report/failure.ts";
import { jsonForm } from "../../report/json-line.ts";
import { type LogOptions, openLog } from "../../report/log.ts";
import { printable, quoted } from "../../report/text.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { type ConfiguredFilter, configuredFilter } from "../seccomp/configured.ts";
import { readConfiguration, trustedReader } from "../seccomp/files.ts";
import { machineOf } from "../seccomp/judge.ts";
import { isPossible } from "../seccomp/words.ts";
import { removeStored, store } from "./store.ts";

/** Stores what a start would else compile, beside the configuration; prints one line. */
export async function compile(host: Host, file: string, speech: LogOptions): Promise<void> {
	const { path, text, words } = await compiled(host, file);
	if (text === undefined) {
		const removed = removeStored(host, path) ? `; ${path} is removed` : "";
		host.write(1, `${printable(`${file}: ${words}${removed}`)}\n`);
		return;
	}
	store(host, path, text);
	host.write(1, `${printable(`${path}: ${words}`)}\n`);
	const uid = host.getresuid()[1];
	if (uid !== 0) {
		openLog(host, speech, speech.format === "json" ? jsonForm(host) : undefined).warn(
			`${path} belongs to uid ${uid}: a start as root takes only what is root's, so that in a Dockerfile USER comes after RUN ["/abdicate", "compile"]`,
		);
	}
}

interface ToStore {
	readonly path: string;
	/** `undefined` where nothing has to be stored. */
	readonly text: string | undefined;
	readonly words: string;
}

/** What is to be stored; changes nothing. Throws a Failure. */
export async function compiled(reads: Reads, file: string): Promise<ToStore> {
	const config = await readConfiguration(reads, file);
	const setting = settingOf(config, file);
	const path = storedBeside(file);
	const { profile } = setting;
	if (isBuiltIn(setting)) {
		return { path, text: undefined, words: "docker-default is compiled already, and needs nothing stored" };
	}
	const { machine } = machineOf(reads);
	const profileText = profile === "docker-default" ? undefined : readProfile(profile.path, trustedReader(reads));
	const made = programs({ setting, text: profileText, machine: abisOf(machine).native });
	if (made === undefined) {
		return {
			path,
			text: undefined,
			words: "what the profile asks of capabilities makes too many programs to be stored: each start compiles its own",
		};
	}
	const filter = configuredFilter(config, machineOf(reads), (where) => ({ file: where, text: profileText ?? "" })) as ConfiguredFilter;
	requireExec(filter, file);
	return { path, text: made.text, words: `${wordsOf(filter, machine, made.compiled)}, ${made.text.length} bytes` };
}

/** As a start would read them; `undefined` when it could not. */
function programs(written: Written): { readonly text: string; readonly compiled: Compiled } | undefined {
	const compiled = compileAll(written);
	const text = compiled && writeStored(written, compiled);
	return text === undefined || "unusable" in readStored(text, written) ? undefined : { text, compiled: compiled as Compiled };
}

/** `"/etc/app.json" for x86_64, x86 and x32: 113 instructions` */
function wordsOf({ profile, setting }: ConfiguredFilter, machine: string, { cases }: Compiled): string {
	const abis = abisFor(profile, setting, machine);
	const counts = cases.map(({ template }) => template.program.length / instructionDigits);
	const [least, most] = [Math.min(...counts), Math.max(...counts)];
	const name = setting.profile === "docker-default" ? "docker-default, changed," : quoted(setting.profile.path);
	const programCount = counts.length === 1 ? "" : `${counts.length} programs of `;
	return `${name} for ${allOf(abis)}: ${programCount}${least === most ? most : `${least} to ${most}`} instructions`;
}

function allOf(words: readonly string[]): string {
	return words.join(", ").replace(/, (?=[^,]*$)/, " and ");
}

/** A start would be refused. */
function requireExec({ judge }: ConfiguredFilter, file: string): void {
	if (!isPossible(judge("execve"))) {
		fail("CONFIG_CONFLICT", "the filter refuses execve, by which the command itself is started behind it", {
			where: `${file} seccomp`,
			remedy: ["allow execve in the profile, or in `seccomp: {allow: [execve]}`"],
		});
	}
}

function settingOf({ rows, lacks = [] }: Config, file: string): SeccompSetting {
	const lack = lacks.find(({ at }) => /^seccomp\b/.test(at));
	if (lack !== undefined) {
		fail(lack.code, lack.message, {
			where: `${file} ${lack.at}`,
			remedy: ["what a variable brings to a start cannot be compiled before it: write it in the file"],
		});
	}
	const setting = rows["seccomp"] as SeccompSetting | undefined;
	return (
		setting ??
		fail("CONFIG_MISSING_KEY", "no filter is configured, so that there is nothing to compile", {
			where: file,
			remedy: ["seccomp: /etc/app.json, say; docker-default is compiled already"],
		})
	);
}
