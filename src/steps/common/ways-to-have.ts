import { mountAt } from "../../files/mountinfo.ts";
import { splitPath } from "../../files/path-text.ts";
import { shellWord } from "../../report/shell.ts";
import { yamlQuoted, yamlScalar } from "../../report/yaml.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { deviceRemedy } from "./device-access.ts";
import { toMakeFirst } from "./refusal.ts";

/** What hardly is the name of a directory. */
const ofFile = /\.(?:conf|cfg|cnf|ini|ya?ml|json|toml|xml|env|key|pem|crt|txt|log|pid|sh|php|sql|db|sqlite\d?)$/;
/** Where no volume is expected. */
const passing = /^\/(?:var\/)?(?:run|tmp)\//;
const toWrite = 2;

/** How a place comes to be there that a step was to change, whatever it is: a directory that nobody has made is one way of several. */
export function waysToHave(reads: Reads, path: string): string[] {
	if (path.startsWith("/dev/")) {
		return deviceRemedy(path);
	}
	if (/\.sock(?:et)?$/.test(path)) {
		return [`if this container makes it: - wait_for: {unix: ${yamlScalar(path)}}, before this step`, `else ${fromMachine(path, path)}`];
	}
	if (ofFile.test(path)) {
		return ["put it into the image (COPY), or write it by a file step before", `or ${fromMachine("./FILE", path)}`];
	}
	const isOnVolume = (mountAt(reads, path)?.point ?? "/") !== "/";
	return passing.test(path) || isOnVolume
		? [wayToMake(reads, path)]
		: [`mount the volume that belongs there: ${volumeAt(path)}`, `or, without one, ${wayToMake(reads, path)}`];
}

/** A directory, by a step before where that can make one. */
export function wayToMake(reads: Reads, path: string): string {
	const [, uid] = reads.getresuid();
	return uid === 0 || reads.faccessat(AT.FDCWD, nearestAbove(reads, path), toWrite) === 0
		? toMakeFirst(path)
		: `have it in the image: RUN mkdir -p ${shellWord(path)} && chown ${uid} ${shellWord(path)}`;
}

export function volumeAt(path: string): string {
	const volume = `NAME:${path}`;
	return `docker run --volume ${shellWord(volume)} ... | compose: volumes: [${yamlQuoted(volume)}] | kubernetes: volumeMounts: [{name: NAME, mountPath: ${yamlQuoted(path)}}]`;
}

function fromMachine(source: string, path: string): string {
	const bind = `${source}:${path}`;
	return `mount it: docker run --volume ${shellWord(bind)} ... | compose: volumes: [${yamlQuoted(bind)}] | kubernetes: volumeMounts: [{name: NAME, mountPath: ${yamlQuoted(path)}}]`;
}

function nearestAbove(reads: Reads, path: string): string {
	const { parent } = splitPath(path);
	return parent === "/" || typeof reads.statat(AT.FDCWD, parent, 0) !== "number" ? parent : nearestAbove(reads, parent);
}
