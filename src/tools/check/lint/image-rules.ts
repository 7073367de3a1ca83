import { effectiveFileCapabilities } from "../../../capability/file-capabilities.ts";
import type { Config } from "../../../config/config.ts";
import { dueSteps } from "../../../plan/due-steps.ts";
import { commandFault, workdirFault } from "../../../plan/foretell.ts";
import { shapedPrograms } from "../../../plan/shaped-programs.ts";
import { Failure } from "../../../report/failure.ts";
import type { Problem } from "../../../report/problem.ts";
import { operand } from "../../../report/shell.ts";
import { quoted } from "../../../report/text.ts";
import { type ChildPower, hasMore, shaperOf } from "../../../steps/programs/shapers.ts";
import { AT, O } from "../../../sys/constants.ts";
import type { Reads } from "../../../sys/native.ts";
import { withDescriptor } from "../../../sys/observe.ts";
import { type Found, type ImageFacts, type Rule, type Subject, wordsOfCommand } from "./rule.ts";

export const fileCapabilities: Rule = {
	severity: "error",
	summary: "The command's file has effective capabilities that the bounding set will lack: the kernel refuses to execute it.",
	find: ({ reads, image }) => {
		if (image === undefined) {
			return [];
		}
		const { command, departure } = image.plan;
		for (const candidate of command.candidates) {
			const fd = reads.openRead(AT.FDCWD, candidate, O.PATH, 0);
			if (fd < 0) {
				continue;
			}
			const missing = withDescriptor(reads, fd, () => effectiveFileCapabilities(reads, fd)?.minus(departure.expected.sets.bounding));
			return missing === undefined || missing.isEmpty
				? []
				: [
						{
							at: ["command"],
							message: `${candidate} has the file capabilities ${missing} marked effective and is not kept them: execve will fail with EPERM`,
							remedy: [`setcap -r ${operand(candidate)} in the image, or capabilities.keep_if_present: [${missing}]`],
						},
					];
		}
		return [];
	},
};

export const command: Rule = {
	severity: "error",
	summary: "The command cannot be executed by the user: its mode, a directory above it, its file system, its interpreter or its format.",
	find: (subject) => {
		const { image } = subject;
		// Without one there is nothing to look at; what its file has as capabilities is another rule's.
		const isKnown = image?.isCommandKnown !== false && wordsOfCommand(subject).length > 0;
		const fault = isKnown ? image?.outlook && commandFault(image.outlook, false) : undefined;
		return fault === undefined ? [] : [foundAt(subject.given === undefined ? ["command", "default"] : ["command"], fault)];
	},
};

export const workdir: Rule = {
	severity: "error",
	summary: "The working directory is not there and no step makes it, or the user may not enter it.",
	find: ({ image }) => {
		const fault = image?.outlook && workdirFault(image.outlook);
		return fault === undefined ? [] : [foundAt(["workdir"], fault)];
	},
};

export const idleStep: Rule = {
	severity: "note",
	summary: "A step would do nothing, because its directory is not in the image.",
	find: ({ config, image }) =>
		(image?.outlook?.idle ?? []).map(({ label, message }): Found => ({ at: stepPlace(config, label), message, remedy: [] })),
};

export const missingProgram: Rule = {
	severity: "error",
	summary: "The program of a step is not in the image, and no step before makes it.",
	find: (subject) => missingThere(subject, true, ["install it in the image, or write its whole path"]),
};

export const missingSource: Rule = {
	severity: "note",
	summary:
		"What a step reads or changes, or the directory that it writes to, is not in the image and no step before makes it: a volume has to bring it. Or a program whose step may fail.",
	find: (subject) => [...missingThere(subject, false, ["mount it there, or make it by a step before"]), ...obstaclesThere(subject, true)],
};

export const stepObstacle: Rule = {
	severity: "error",
	summary:
		"What a step uses is in the image and of no use to it: its program has no interpreter, line ends of DOS or no mode to be executed, or a file is where a directory has to be.",
	find: (subject) => obstaclesThere(subject, false),
};

function obstaclesThere({ config, image }: Subject, isAbsent: boolean): Found[] {
	return (image?.obstacles ?? [])
		.filter((each) => each.isAbsent === isAbsent)
		.map(({ label, message, remedy = [] }): Found => ({ at: stepPlace(config, label), message, remedy }));
}

function missingThere({ config, image }: Subject, isFatal: boolean, remedy: readonly string[]): Found[] {
	return (image?.missing ?? [])
		.filter((each) => each.isFatal === isFatal)
		.map(({ label, message }): Found => ({ at: stepPlace(config, label), message: `${message}, and no step before makes it`, remedy }));
}

function foundAt(at: Found["at"], { message, remedy = [] }: Problem): Found {
	return { at, message, remedy };
}

/** Its own key in the file. */
export function stepPlace({ setup }: Config, label: string): Found["at"] {
	const index = setup.findIndex(({ name }, at) => label === (name ?? `setup[${at}]`));
	const entry = setup[index];
	return entry === undefined ? ["setup"] : ["setup", index, entry.kind];
}

export const imageUser: Rule = {
	severity: "warning",
	summary: "The image starts as another user than root, and the setup has to do what only root can.",
	find: ({ image }) => {
		const ofOther = image?.ofOther;
		if (ofOther === undefined) {
			return [];
		}
		const remedy = ["USER 0 (or none) in the Dockerfile; user: here says whom the workload runs as"];
		if (ofOther instanceof Failure) {
			return ofOther.diagnostics.map(({ message }): Found => ({ at: [], message, remedy }));
		}
		const { planned, reads } = ofOther;
		return dueSteps(planned, reads, { outlook: "this-start", runtime: "docker" }).flatMap(({ label, needs: [need] }): Found[] =>
			need === undefined
				? []
				: [
						{
							at: ["setup"],
							message: `${label} may need ${need.anyOf.join(" or ")} ${need.purpose}, and a container that does not start as root holds nothing`,
							remedy,
						},
					],
		);
	},
};

export const writableProgram: Rule = {
	severity: "error",
	summary:
		"This program, or one that a step runs with more than the workload has, or what runs in its place, could be written by others than root.",
	find: ({ config, reads, image }) =>
		image === undefined
			? []
			: [
					...ownFinding(reads, image),
					...shapedPrograms(image.plan, reads).map(
						({ label, message, remedy = [] }): Found => ({ at: stepPlace(config, label), message, remedy }),
					),
				],
};

/** The next start runs what has been put in its place, as root. */
function ownFinding(reads: Reads, { plan }: ImageFacts): Found[] {
	const own = reads.readlinkat(AT.FDCWD, "/proc/self/exe");
	const child = { ...hasAsRoot, target: plan.identity };
	const shaper = typeof own === "string" && hasMore(child) ? shaperOf(reads, own, child) : undefined;
	return shaper === undefined
		? []
		: [
				{
					at: [],
					message: `${quoted(own as string)}, this program, is run as root by the next start: ${shaper}`,
					remedy: ["COPY it to a directory of root's, without --chown"],
				},
			];
}

const hasAsRoot: Omit<ChildPower, "target"> = { identity: { uid: 0, gid: 0, groups: [] } as never, capabilities: [] };
