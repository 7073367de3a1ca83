import { effectiveFileCapabilities } from "../../../capability/file-capabilities.ts";
import { isReal } from "../../../plan/due-steps.ts";
import { seenByRoot } from "../../../plan/granted-start.ts";
import { Failure } from "../../../report/failure.ts";
import { operand } from "../../../report/shell.ts";
import { quoted } from "../../../report/text.ts";
import { programsOf } from "../../../steps/facts.ts";
import { needsOf } from "../../../steps/index.ts";
import { refuseShapedProgram } from "../../../steps/programs/program.ts";
import { type ChildPower, hasMore, shaperOf } from "../../../steps/programs/shapers.ts";
import { AT, O } from "../../../sys/constants.ts";
import type { Reads } from "../../../sys/native.ts";
import { withDescriptor } from "../../../sys/observe.ts";
import type { Found, ImageFacts, Rule } from "./rule.ts";

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

export const imageUser: Rule = {
	severity: "warning",
	summary: "The image starts as another user than root, and the setup has to do what only root can.",
	find: ({ reads, image }) => {
		if (image === undefined || image.startsAsRoot) {
			return [];
		}
		const asRoot = seenByRoot(reads);
		return image.plan.setup.flatMap(({ action, label }): Found[] => {
			const [need] = needsOf(action, asRoot).filter((each) => isReal(each, asRoot));
			return need === undefined
				? []
				: [
						{
							at: ["setup"],
							message: `${label} may need ${need.anyOf.join(" or ")} ${need.purpose}, and a container that does not start as root holds nothing`,
							remedy: ["USER 0 (or none) in the Dockerfile; user: here says whom the workload runs as"],
						},
					];
		});
	},
};

export const writableProgram: Rule = {
	severity: "error",
	summary:
		"This program, or one that a step runs with more than the workload has, or what runs in its place, could be written by others than root.",
	find: ({ reads, image }) =>
		image === undefined
			? []
			: [
					...ownFinding(reads, image),
					...image.plan.setup.flatMap(({ action }, index): Found[] =>
						programsOf(action, reads).flatMap(({ argv, path, workdir, identity, capabilities }) => {
							try {
								refuseShapedProgram(argv, { reads, path, workdir }, { identity, capabilities, target: image.plan.identity });
								return [];
							} catch (error) {
								if (!(error instanceof Failure)) {
									throw error;
								}
								const [{ message, remedy = [] }] = error.diagnostics as [Failure["diagnostics"][number]];
								return [{ at: ["setup", index, action.kind], message, remedy }];
							}
						}),
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
