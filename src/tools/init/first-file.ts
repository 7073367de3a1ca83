import { absolutePath } from "../../files/path-text.ts";
import { json } from "../../report/json.ts";
import { hasUnsafe, quoted } from "../../report/text.ts";
import type { HealthCheck } from "./health-check.ts";
import type { Image } from "./image.ts";
import { isNamedScript, type Place } from "./place.ts";
import { type Start, startOf } from "./start.ts";
import { isRootOr, userOf } from "./user.ts";
import { isOwnable, isPlainPath, value } from "./value.ts";

/** A first file, in form, each of its lines with the reason above it; and the lines of the Dockerfile that go with it. */
export function firstFile(image: Image, place: Place, source: string): string {
	const start = startOf(image, place);
	const user = userOf(image, start, place);
	const { steps = [], owned = [] } = start.script ?? {};
	const volumes = image.volumes.filter((each) => !owned.includes(each)).map(ownStep);
	const [setup, kept] = [
		setupLines(
			[...volumes, ...steps.map((each) => `- ${each}`)],
			steps.length === 0 ? "VOLUME: what is mounted there becomes the user's" : "VOLUME, and what the script does as root",
		),
		capabilityLines(image.ports, start.switching?.kept),
	];
	const needsRoot = !isRootOr(image.user) && [...setup, ...kept].some((line) => !line.startsWith("#"));
	return `${[
		comment(`A first file, from ${source}. Read it, then: abdicate check FILE, and plan FILE`),
		...commandLines(start, place),
		...user.why.map(comment),
		`user: ${user.spec}`,
		...setup,
		...kept,
		...keyLines(start),
		"",
		...dockerfile(image, start, needsRoot),
	].join("\n")}\n`;
}

function comment(text: string): string {
	return `# ${text}`;
}

/** What can be written so that a reader sees it. A script in a command has lines. */
function isShown(text: string): boolean {
	return !hasUnsafe(text.replace(/[\n\t]/g, ""));
}

function keyLines({ init, switching }: Start): string[] {
	const keys = new Map([...(init?.keys ?? []), ...(switching?.keys ?? [])]);
	const lost = [...(init === undefined || init.lost === "" ? [] : [`-${init.lost}`]), ...(switching?.lost ?? [])].join(" ");
	return [
		...(init === undefined ? [] : [comment(`${init.name}: an init, which here has no privilege`)]),
		...(lost === "" || !isShown(lost) ? [] : [comment(`no key does the same as its options ${lost}: left out`)]),
		...[...keys].map(([key, written]) => `${key}: ${written}`),
	];
}

function commandLines({ entrypoint, command, replaced, switcher, script: ran }: Start, { script: found }: Place): string[] {
	const words = [...entrypoint, ...command];
	const [first = ""] = words;
	const script = isNamedScript(first) ? first : words.length === 0 && replaced.length === 0 ? found?.path : undefined;
	const notes = [
		...(replaced.length === 0 ? [] : [`${replaced.join(", ")}: left out, a key below does the same`]),
		...(script === undefined
			? []
			: [`${quoted(script)} runs as the user; what it does as root becomes steps:`, "see docs/from-docker-entrypoint.md"]),
		...(ran?.left ?? []).filter(isShown).map((line) => `${line}: not taken over`),
		...(switcher === undefined ? [] : [`${switcher} would change the user once more, which is refused: write the command without it`]),
	].map(comment);
	if (first === "" || switcher !== undefined || !words.every(isShown)) {
		return [...notes, comment("The command is what follows -- in ENTRYPOINT, and CMD"), "# command: { default: [PROGRAM, ARGUMENT] }"];
	}
	const why = "ENTRYPOINT and CMD, for plan and for a start without a command";
	return [...notes, comment(why), "command:", `  default: [${words.map(value).join(", ")}]`];
}

function setupLines(steps: readonly string[], by: string): string[] {
	const own = [...new Set(steps)].filter((step) => step.startsWith("- ")).map((step) => `  ${step}`);
	return [...steps.filter((step) => !step.startsWith("- ")).map(comment), ...(own.length === 0 ? [] : [comment(by), "setup:", ...own])];
}

function ownStep(volume: string): string {
	const path = absolutePath(volume, "/");
	return isOwnable(path) && volume.startsWith("/")
		? `- own: ${value(path)}`
		: `VOLUME ${quoted(volume)} ${isPlainPath(volume) ? "is not the user's alone: name what the user writes to in it" : "is no plain path: left out"}`;
}

const firstFree = 1024;

function capabilityLines(ports: readonly string[], others: readonly string[] = []): string[] {
	const low = ports.filter((each) => /^\d{1,5}(?:\/\w+)?$/.test(each) && Number.parseInt(each, 10) < firstFree);
	const [first] = low;
	const kept = [...new Set([...(first === undefined ? [] : ["NET_BIND_SERVICE"]), ...others])];
	return [
		...(first === undefined
			? []
			: [
					comment(`EXPOSE ${low.join(", ")}: below ${firstFree} a user needs this, except in Docker's own networks. A program`),
					comment(`that takes open sockets does without: setup: [listen: { name: main, ${listening(first)} }]`),
				]),
		...(kept.length === 0 ? [] : ["capabilities:", `  keep_if_present: [${kept.join(", ")}]`]),
	];
}

function listening(port: string): string {
	return `${port.endsWith("/udp") ? "udp" : "tcp"}: ${Number.parseInt(port, 10)}`;
}

/** One that is written anew has none of the options of the image's own. */
function asWorkload({ options, words }: HealthCheck): string {
	return ["HEALTHCHECK", ...options, "CMD", json(["/abdicate", "enter", "--", ...words])].join(" ");
}

function dockerfile({ healthCheck }: Image, { entrypoint, command, switcher }: Start, needsRoot: boolean): string[] {
	const [first, second] = switcher === undefined ? [entrypoint, command] : [[], ["PROGRAM", "ARGUMENT"]];
	return [
		`The Dockerfile${needsRoot ? ", as root for what setup and capabilities take" : ""}:`,
		"  COPY --from=abdicate /abdicate /",
		"  COPY entrypoint.yaml /etc/",
		...(needsRoot ? ["  USER root"] : []),
		'  RUN ["/abdicate", "check"]',
		`  ENTRYPOINT ${json(["/abdicate", "--", ...first])}`,
		...(second.length === 0 ? [] : [`  CMD ${json(second)}`]),
		...(healthCheck === undefined ? [] : [`  ${asWorkload(healthCheck)}`]),
	].map(comment);
}
