import { absolutePath, isWithin } from "../../files/path-text.ts";
import { json } from "../../report/json.ts";
import { hasUnsafe, quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { isBelieved } from "../../steps/common/believed.ts";
import { isManys } from "../check/lint/tree-rules.ts";
import type { HealthCheck } from "./health-check.ts";
import type { Image } from "./image.ts";
import type { ImageInit } from "./image-init.ts";
import { isNamedScript, type Place } from "./place.ts";
import { type Start, startOf } from "./start.ts";
import { userOf } from "./user.ts";

/** A first file, in form, each of its lines with the reason above it; and the lines of the Dockerfile that go with it. */
export function firstFile(image: Image, place: Place, source: string): string {
	const start = startOf(image, place);
	const user = userOf(image, start, place);
	const steps = [
		...new Set([...image.volumes.map((each) => ownStep("VOLUME", each)), ...start.owned.map((each) => ownStep("chown", each))]),
	];
	return `${[
		comment(`A first file, from ${source}. Read it, then: abdicate check FILE, and plan FILE`),
		...commandLines(start, place),
		...user.why.map(comment),
		`user: ${user.spec}`,
		...setupLines(steps, start.owned.length > 0),
		...portLines(image.ports),
		...(start.init === undefined ? [] : initLines(start.init)),
		"",
		...dockerfile(image, start, user.isStartedAsUser && steps.some(isStep)),
	].join("\n")}\n`;
}

function comment(text: string): string {
	return `# ${text}`;
}

/** Text of the image as a value: nothing in it is completed. */
function value(text: string): string {
	return yamlScalar(text.replaceAll("$", "$$$$"));
}

/** What can be written so that a reader sees it. A script in a command has lines. */
function isShown(text: string): boolean {
	return !hasUnsafe(text.replace(/[\n\t]/g, ""));
}

function initLines({ name, lines, lost }: ImageInit): string[] {
	return [
		comment(`${name}: an init, which here has no privilege`),
		...(lost === "" || !isShown(lost) ? [] : [comment(`no key does the same as its options -${lost}: left out`)]),
		...lines,
	];
}

function commandLines({ entrypoint, command, replaced, switcher }: Start, { script: found }: Place): string[] {
	const words = [...entrypoint, ...command];
	const [first = ""] = words;
	const script = isNamedScript(first) ? first : words.length === 0 && replaced.length === 0 ? found?.path : undefined;
	const notes = [
		...(replaced.length === 0 ? [] : [`${replaced.join(", ")}: left out, a key below does the same`]),
		...(script === undefined
			? []
			: [`${quoted(script)} runs as the user; what it does as root becomes steps:`, "see docs/from-docker-entrypoint.md"]),
		...(switcher === undefined ? [] : [`${switcher} would change the user once more, which is refused: write the command without it`]),
	].map(comment);
	if (first === "" || switcher !== undefined || !words.every(isShown)) {
		return [...notes, comment("The command is what follows -- in ENTRYPOINT, and CMD"), "# command: { default: [PROGRAM, ARGUMENT] }"];
	}
	const why = "ENTRYPOINT and CMD, for plan and for a start without a command";
	return [...notes, comment(why), "command:", `  default: [${words.map(value).join(", ")}]`];
}

function isStep(line: string): boolean {
	return line.startsWith("- ");
}

function setupLines(steps: readonly string[], hasChown: boolean): string[] {
	const own = steps.filter(isStep).map((step) => `  ${step}`);
	return [
		...steps.filter((step) => !isStep(step)).map(comment),
		...(own.length === 0
			? []
			: [comment(`VOLUME${hasChown ? " and chown: what is" : ": what is mounted"} there becomes the user's`), "setup:", ...own]),
	];
}

const kernels = ["/proc", "/sys", "/dev", "/boot", "/lib/modules", "/usr/lib/modules"];

function ownStep(by: string, volume: string): string {
	const path = absolutePath(volume, "/");
	if (!volume.startsWith("/") || /[\s,*?[\]{}]/.test(path) || hasUnsafe(path)) {
		return `${by} ${quoted(volume)} cannot be written as a path of own`;
	}
	return kernels.some((each) => isWithin(path, each)) || isManys(path) || isBelieved(path, "/abdicate")
		? `${by} ${quoted(path)} is not the user's alone: name what the user writes to in it`
		: `- own: ${value(path)}`;
}

const firstFree = 1024;

function portLines(ports: readonly string[]): string[] {
	const low = ports.filter((each) => /^\d{1,5}(?:\/\w+)?$/.test(each) && Number.parseInt(each, 10) < firstFree);
	const [first = ""] = low;
	return low.length === 0
		? []
		: [
				comment(`EXPOSE ${low.join(", ")}: below ${firstFree} a user needs this, except in Docker's own networks. A program`),
				comment(`that takes open sockets does without: setup: [listen: { name: main, ${listening(first)} }]`),
				"capabilities:",
				"  keep_if_present: [NET_BIND_SERVICE]",
			];
}

function listening(port: string): string {
	return `${port.endsWith("/udp") ? "udp" : "tcp"}: ${Number.parseInt(port, 10)}`;
}

/** One that is written anew has none of the options of the image's own. */
function asWorkload({ options, words }: HealthCheck): string {
	return ["HEALTHCHECK", ...options, "CMD", json(["/abdicate", "enter", "--", ...words])].join(" ");
}

function dockerfile({ healthCheck }: Image, { entrypoint, command }: Start, needsRoot: boolean): string[] {
	return [
		"The Dockerfile:",
		"  COPY --from=abdicate /abdicate /",
		"  COPY entrypoint.yaml /etc/",
		...(needsRoot ? ["  USER root"] : []),
		'  RUN ["/abdicate", "check"]',
		`  ENTRYPOINT ${json(["/abdicate", "--", ...entrypoint])}`,
		...(command.length === 0 ? [] : [`  CMD ${json(command)}`]),
		...(healthCheck === undefined ? [] : [`  ${asWorkload(healthCheck)}`]),
	].map(comment);
}
