import { capabilityName } from "../../capability/names.ts";
import { CapabilitySet } from "../../capability/set.ts";
import { parseConfig } from "../../config/parse.ts";
import { readTrustedFile } from "../../config/trust.ts";
import { expandNames } from "../../confine/seccomp/exceptions.ts";
import { loadSeccomp } from "../../confine/seccomp/index.ts";
import { parseEnvironment } from "../../plan/environment.ts";
import { Failure } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { loadSteps } from "../../steps/index.ts";
import { AT } from "../../sys/constants.ts";
import type { Host } from "../../sys/native.ts";
import { type ConfiguredFilter, configuredFilter } from "../seccomp/configured.ts";
import { judgeBy, machineOf } from "../seccomp/judge.ts";
import { readStoredBeside } from "../seccomp/stored-beside.ts";
import { decisionWords } from "../seccomp/words.ts";

/** What becomes of a call by the configuration of this place: of the file that was asked for, or the usual one where it exists. */
export async function callHere(host: Host, name: string, asked: string | undefined, usual: string): Promise<string | undefined> {
	const file = asked ?? (typeof host.statat(AT.FDCWD, usual, 0) === "number" ? undefined : usual);
	if (file === undefined) {
		return undefined;
	}
	try {
		const filter = await filterIn(host, file);
		return `${filter === undefined ? "allowed: no filter is configured" : wordsFor(filter, name)} (${quoted(file)})`;
	} catch (error) {
		if (asked === undefined && error instanceof Failure) {
			return `not known: ${error.message} (${quoted(file)})`;
		}
		throw error;
	}
}

async function filterIn(host: Host, file: string): Promise<ConfiguredFilter | undefined> {
	const privileged = host.getresuid()[1] === 0;
	const environment = parseEnvironment(host.environ());
	const text = readTrustedFile(host, file, privileged);
	const config = await parseConfig(text, file, { reads: host, environment, loadSteps, unasked: "all" });
	const readProfile = (path: string) => readTrustedFile(host, path, privileged);
	const filter = configuredFilter(config, machineOf(host), (path) => ({ file: path, text: readProfile(path) }));
	if (filter !== undefined) {
		// What a start would load is what is explained, or it is an error.
		const [, , release, , machine] = host.uname();
		await loadSeccomp(filter.setting, { machine, release, isReview: true, readProfile, readStored: () => readStoredBeside(host, file) });
	}
	return filter;
}

/** `refused with EPERM by seccomp.deny`, `allowed by docker-default, as SYS_ADMIN is kept` */
function wordsFor({ setting, profile, reader, judge }: ConfiguredFilter, name: string): string {
	const words = decisionWords(name, judge(name));
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
			return decisionWords(name, judgeBy(profile, setting, { ...reader, kept })(name)) !== words;
		});
	const because =
		opening.length === 0 ? "" : `, as ${opening.map(capabilityName).join(" and ")} ${opening.length === 1 ? "is" : "are"} kept`;
	return `${words} by ${setting.profile === "docker-default" ? "docker-default" : quoted(setting.profile.path)}${because}`;
}
