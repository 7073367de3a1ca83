import { JsonFault, jsonLimits, positions, readJson } from "../../confine/seccomp/json.ts";
import { fail } from "../../report/failure.ts";
import { type JsonNode, keys, member, texts } from "./config-json.ts";
import { type HealthCheck, healthCheckOf } from "./health-check.ts";

/** What an image says of how it is started. */
export interface Image {
	readonly user: string;
	readonly volumes: readonly string[];
	/** `80/tcp` */
	readonly ports: readonly string[];
	readonly entrypoint: readonly string[];
	readonly command: readonly string[];
	readonly environment: readonly string[];
	readonly healthCheck?: HealthCheck | undefined;
}

export const silentImage: Image = { user: "", volumes: [], ports: [], entrypoint: [], command: [], environment: [] };

export const imageLimit = jsonLimits.size;

/** Of `docker inspect`, of `skopeo inspect --config`, or the config of an OCI layout or of `docker save`. IMAGE_UNKNOWN */
export function readImage(text: string, file: string): Image {
	const root = parse(text, file);
	const all = root.kind === "list" ? root.items : [root];
	const [first] = all;
	if (first === undefined || all.length > 1) {
		refuse(file, `${all.length} images: one is wanted`);
	}
	// The last one is what `docker inspect --format '{{json .Config}}'` prints.
	const config = [member(first, "Config"), member(first, "config"), first].find((each) =>
		startKeys.some((key) => member(each, key) !== undefined),
	);
	if (config === undefined) {
		refuse(file, "nothing of it says how an image is started");
	}
	return {
		user: texts(member(config, "User"))[0] ?? "",
		volumes: keys(member(config, "Volumes")),
		ports: keys(member(config, "ExposedPorts")),
		entrypoint: texts(member(config, "Entrypoint")),
		command: texts(member(config, "Cmd")),
		environment: texts(member(config, "Env")),
		healthCheck: healthCheckOf(member(config, "Healthcheck"), texts(member(config, "Shell"))),
	};
}

/** One of these is in every such object; Env alone would be in what `skopeo inspect` prints of a manifest as well. */
const startKeys = ["User", "Volumes", "ExposedPorts", "Entrypoint", "Cmd", "WorkingDir"];

/** Any other file is somebody's, perhaps over a link, and what a message shows of it may be a secret. */
const wordsOfImages = new RegExp(`"(?:[Cc]onfig|${startKeys.join("|")})"`);

function parse(text: string, file: string): JsonNode {
	try {
		return readJson(text);
	} catch (error) {
		if (!(error instanceof JsonFault)) {
			throw error;
		}
		const { line, column } = positions(text)(error.at);
		refuse(`${file}:${line}:${column}`, wordsOfImages.test(text) ? error.message : "this is no JSON");
	}
}

function refuse(where: string, message: string): never {
	fail("IMAGE_UNKNOWN", message, {
		where,
		remedy: ["docker inspect IMAGE | abdicate init -", "skopeo inspect --config docker://IMAGE | abdicate init -"],
	});
}
