import type { Log } from "../report/log.ts";
import type { Problem } from "../report/problem.ts";
import { joined, linesOf, onceEach, type Runtime } from "../report/ways.ts";
import { AT } from "./constants.ts";
import { givenIn } from "./environ.ts";
import type { Reads } from "./native.ts";
import { readProc } from "./proc.ts";

/** Where each keeps the files that it mounts over those of an image, /etc/resolv.conf and such: what nobody within can write. */
const places: readonly (readonly [Runtime, RegExp])[] = [
	["kubernetes", /\/kubelet\/|\/pods\/[0-9a-f-]{36}\//],
	["podman", /\/overlay-containers\/[0-9a-f]{64}\/userdata\//],
	["nerdctl", /\/nerdctl\//],
	["docker", /\/containers\/[0-9a-f]{64}\/(?:resolv\.conf|hosts|hostname) /],
];

/** By what it leaves in its surroundings; an environment may lie, which misleads nobody but who reads. */
export function observeRuntime(reads: Reads): Runtime | undefined {
	const has = (path: string) => typeof reads.statat(AT.FDCWD, path, 0) !== "number";
	const given = (name: string) => givenIn(reads.environ(), name);
	if (given("KUBERNETES_SERVICE_HOST") !== undefined || has("/var/run/secrets/kubernetes.io/serviceaccount")) {
		return "kubernetes";
	}
	const mounts = readProc(reads, "self/mountinfo");
	const [mounted] = places.find(([, place]) => typeof mounts === "string" && place.test(mounts)) ?? [];
	if (mounted !== undefined) {
		return mounted;
	}
	if (has("/run/.containerenv") || given("container") === "podman") {
		return "podman";
	}
	return has("/.dockerenv") ? "docker" : given("INVOCATION_ID") === undefined ? undefined : "systemd";
}

/** What is wrong, with what to do about it in the words of whoever has started this process. Loaded when something is. */
export function spokenHere<T extends Problem>(reads: Reads, diagnostics: readonly T[], format = "text"): readonly T[] {
	const isSeveral = diagnostics.some(({ remedy = [] }) => remedy.some((line) => line.includes("docker run ")));
	return spokenBy(diagnostics, isSeveral ? observeRuntime(reads) : undefined, format);
}

/** The same for who starts by this one; for everybody where that is not known. Of data each stands for itself. */
export function spokenBy<T extends Problem>(diagnostics: readonly T[], runtime: Runtime | undefined, format = "text"): readonly T[] {
	return (format === "json" ? diagnostics : joined(onceEach(diagnostics))).map((each) =>
		each.remedy === undefined ? each : { ...each, remedy: each.remedy.flatMap((line) => linesOf(line, runtime)) },
	);
}

/** What is told while a run goes on, in the same words. */
export function speakingHere(log: Log, reads: Reads): Log {
	return {
		...log,
		warn: (message, { remedy, ...about } = {}) =>
			log.warn(message, { ...about, remedy: spokenHere(reads, [{ message, remedy }])[0]?.remedy }),
	};
}
