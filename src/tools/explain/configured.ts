import { capabilityName } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import type { Config } from "../../config/config.ts";
import type { LandlockSetting } from "../../confine/landlock/setting.ts";
import { type Abi, abisOf, callNumber } from "../../confine/seccomp/calls.ts";
import { expandNames } from "../../confine/seccomp/exceptions.ts";
import { loadSeccomp } from "../../confine/seccomp/index.ts";
import { readProfile, readStoredBeside } from "../../plan/seccomp.ts";
import { Failure } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { AT } from "../../sys/constants.ts";
import type { Host } from "../../sys/native.ts";
import { guardedCall } from "../guides/guarded-calls.ts";
import { type ConfiguredFilter, configuredFilter } from "../seccomp/configured.ts";
import { readConfiguration, trustedReader } from "../seccomp/files.ts";
import { judgeBy, machineOf } from "../seccomp/judge.ts";
import { decisionWords } from "../seccomp/words.ts";

/** What becomes of a call by the configuration of this place: of the file that was asked for, or the usual one where it exists. */
export async function callHere(host: Host, name: string, asked: string | undefined, usual: string): Promise<string | undefined> {
	const file = asked ?? (typeof host.statat(AT.FDCWD, usual, 0) === "number" ? undefined : usual);
	if (file === undefined) {
		return undefined;
	}
	try {
		const config = await readConfiguration(host, file);
		const filter = await filterOf(host, file, config);
		const words = filter === undefined ? "allowed: no filter is configured" : wordsFor(filter, name);
		const guarded = guardsPorts(config) ? guardedCall(name) : undefined;
		return `${words}${guarded === undefined ? "" : `; for the ports of landlock: ${guarded}`} (${quoted(file)})`;
	} catch (error) {
		if (asked === undefined && error instanceof Failure) {
			return `not known: ${error.message} (${quoted(file)})`;
		}
		throw error;
	}
}

async function filterOf(host: Host, file: string, config: Config): Promise<ConfiguredFilter | undefined> {
	const readTrusted = trustedReader(host);
	const read = (path: string) => readProfile(path, readTrusted);
	const filter = configuredFilter(config, machineOf(host), (path) => ({ file: path, text: read(path) }));
	if (filter !== undefined) {
		// What a start would load is what is explained, or it is an error.
		const [, , release, , machine] = host.uname();
		const readStored = () => readStoredBeside(file, readTrusted);
		await loadSeccomp(filter.setting, { machine, release, isReview: true, readProfile: read, readStored });
	}
	return filter;
}

/** For each way of calling the kernel that this machine has, where it is not the same for all. */
function wordsFor(filter: ConfiguredFilter, name: string): string {
	const { native, others } = abisOf(filter.reader.machine);
	const having = [native, ...others].filter((abi) => callNumber(abi, name) !== undefined);
	const passing = having.filter((abi) => filter.abis.includes(abi));
	const killed = having.filter((abi) => !passing.includes(abi));
	const words = new Map(passing.map((abi) => [abi, wordsOn(filter, name, abi)]));
	const said = new Set(words.values()).size > 1 ? [...words].map(([abi, each]) => `${abi}: ${each}`) : [...words.values()].slice(0, 1);
	const dies = killed.length === 0 ? [] : [`a program of ${killed.join(" or ")} is killed at its first call, whichever that is`];
	return having.length === 0 ? "no program of this machine has it" : [...said, ...dies].join("; ");
}

function guardsPorts({ rows }: Config): boolean {
	const landlock = rows["landlock"] as LandlockSetting | undefined;
	return (landlock?.connect ?? landlock?.bind) !== undefined;
}

/** `refused with EPERM by seccomp.deny`, `allowed by docker-default, as SYS_ADMIN is kept` */
function wordsOn({ setting, profile, reader, judge }: ConfiguredFilter, name: string, abi: Abi): string {
	const words = decisionWords(name, judge(name, abi));
	if (expandNames(setting.deny).includes(name)) {
		return `${words} by seccomp.deny`;
	}
	if (expandNames(setting.allow).includes(name)) {
		return `${words} by seccomp.allow`;
	}
	const asked = profile.rules.flatMap(({ names, includes, excludes }) =>
		names.includes(name) ? [...includes.capabilities, ...excludes.capabilities] : [],
	);
	const opening = reader.kept
		.intersection(CapabilitySet.of(...asked))
		.list()
		.filter((each) => {
			const kept = reader.kept.minus(CapabilitySet.from([each]));
			return decisionWords(name, judgeBy(profile, setting, { ...reader, kept })(name, abi)) !== words;
		});
	const because =
		opening.length === 0 ? "" : `, as ${opening.map(capabilityName).join(" and ")} ${opening.length === 1 ? "is" : "are"} kept`;
	return `${words} by ${setting.profile === "docker-default" ? "docker-default" : quoted(setting.profile.path)}${because}`;
}
