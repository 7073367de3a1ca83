import type { GenericSchema } from "valibot";
import { choice, environmentName, fileMode, path } from "../../config/fields.ts";
import { type FieldsOutput, mapping, optional, required } from "../../config/mapping.ts";
import { mustOpenTrusted } from "../../files/open.ts";
import { absolutePath, directoriesTo, splitPath } from "../../files/path-text.ts";
import { type Viewer, viewerOf } from "../../files/permissions.ts";
import { byteLength } from "../../report/bytes.ts";
import { fail } from "../../report/failure.ts";
import type { Problem } from "../../report/problem.ts";
import { shellWord } from "../../report/shell.ts";
import { quoted, withoutNewline } from "../../report/text.ts";
import { yamlQuoted } from "../../report/yaml.ts";
import { AT, O } from "../../sys/constants.ts";
import { givenIn } from "../../sys/environ.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead, withDescriptor } from "../../sys/observe.ts";
import { refuseGiven } from "../common/believed.ts";
import { groupField, ownerField, ownerText, resolveOwner } from "../common/owner.ts";
import { mayReach, toReach } from "../common/reach.ts";
import { contentLimit, readSource, sourceObstacles } from "../common/source.ts";
import { shapedSourceObstacles, takeFrom } from "../programs/believed-source.ts";
import type { ApplyContext, Obstacle, Step, VariableChange } from "../step.ts";
import { contentMayNeed, contentNeeds, contentObstacles, reachContent } from "./content.ts";
import { type Content, type ContentGoal, filePath, modeText, plainMode } from "./goal.ts";

/** The value itself is never part of a plan: it is read from here when it is needed. */
type Source =
	| { readonly kind: "variable"; readonly name: string }
	| { readonly kind: "file"; readonly path: string; readonly readFor: Viewer };

export interface SecretAction extends ContentGoal {
	readonly source: Source;
	readonly variableChange: VariableChange;
	readonly onDisk: "warn" | "refuse" | "allow";
	/** What becomes of the newline at the end of a file; a variable is taken as it is. */
	readonly newline: "strip" | "keep";
}

const variableName = () => environmentName() as GenericSchema<unknown, string>;

const from = () =>
	mapping({
		env: optional(variableName),
		file: optional(path),
	});

const fields = {
	from: required(from),
	path: required(path),
	mode: optional(fileMode, 0o400),
	owner: ownerField,
	group: groupField,
	env: optional(variableName),
	on_disk: optional(() => choice("warn", "refuse", "allow"), "warn"),
	newline: optional(() => choice("strip", "keep"), "strip"),
};

export const secret: Step<FieldsOutput<typeof fields>, SecretAction> = {
	summary: "Moves a secret from the environment or a file of root's into a file for the workload alone.",
	schema: () => mapping(fields, { path: ["from.file", "path"], name: ["from.env", "path"] }),
	plan: (config, { target, accounts, reads }) => {
		const workdir = mustRead("getcwd", reads.getcwd());
		const { env: name, file } = config.from;
		if ((name === undefined) === (file === undefined)) {
			fail("CONFIG_CONFLICT", `secret ${quoted(config.path)}: from is either env: NAME or file: PATH`);
		}
		const goal = filePath(config.path, workdir);
		const owner = resolveOwner(config.owner, config.group, target, accounts);
		refuseGiven("secret", goal, owner, reads);
		return {
			...owner,
			path: goal,
			mode: plainMode(config.mode),
			rewrite: "differs",
			source:
				name === undefined
					? { kind: "file", path: absolutePath(file as string, workdir), readFor: viewerOf(target) }
					: sourceOf(name, workdir, reads, viewerOf(target)),
			variableChange: {
				unset: name === undefined ? [] : [name, `${name}_FILE`],
				set: config.env === undefined ? {} : { [config.env]: goal },
			},
			onDisk: config.on_disk,
			newline: config.newline,
		};
	},
	describe: (action) => `${action.path} from ${sourceText(action.source)}${modeText(action.mode)} owner ${ownerText(action)}`,
	needs: (action, reads) => [
		...contentNeeds(action, contentOf(action), reads),
		...(action.source.kind === "file" ? [toReach(action.source.path)] : []),
	],
	mayNeed: (action) => [...contentMayNeed(action), ...(action.source.kind === "file" ? mayReach(action.source.path) : [])],
	gives: ({ path, uid, gid, mode }) => [{ what: "hidden", path, uid, gid, mode: () => mode }],
	makes: ({ path, mode, source }) => [{ path, mode, ...(source.kind === "file" && { source: source.path }) }],
	obstacles: (action, reads, isClose, beholder) => [
		...contentObstacles(action, contentOf(action), reads, isClose, beholder),
		...(action.source.kind === "file" ? sourceObstacles(reads, action.source.path, action.source.readFor, isClose) : []),
		...(action.source.kind === "file" && beholder !== undefined
			? shapedSourceObstacles({ kind: "secret", path: action.path, source: action.source.path, target: beholder.target }, reads)
			: []),
		...diskObstacles(action, reads, isClose),
	],
	warnings: (action, reads) => {
		const problem = action.onDisk === "warn" ? diskAhead(action, reads) : undefined;
		return problem === undefined ? [] : [{ message: problem.message, at: action.path, isOfMount: true }];
	},
	asksFor: ({ source }) => (source.kind === "file" ? [source.path] : []),
	variables: ({ variableChange }) => variableChange,
	takesVariables: ({ from: { env: name } }) => (name === undefined ? [] : [name]),
	isForEnter: true,
	apply: (action, context) => {
		if (action.source.kind === "file") {
			takeFrom({ kind: "secret", path: action.path, source: action.source.path, target: context.target }, context.host);
		}
		checkPlace(action, context);
		return reachContent(action, contentOf(action), context, { isFixed: true, isSecret: true });
	},
};

function sourceText(source: Source): string {
	return source.kind === "variable" ? source.name : source.path;
}

/** As the container was started, whatever `env` makes of it for the workload. */
function startVariable(reads: Reads, name: string): string | undefined {
	return givenIn(reads.environ(), name);
}

function sourceOf(name: string, workdir: string, reads: Reads, readFor: Viewer): Source {
	const file = startVariable(reads, `${name}_FILE`);
	const isSet = startVariable(reads, name) !== undefined;
	if (isSet && file !== undefined) {
		fail("ENVIRONMENT_INVALID", `secret: both ${name} and ${name}_FILE are set`, { remedy: ["set only one of them"] });
	}
	if (!isSet && file === undefined) {
		const empty = [name, `${name}_FILE`].find((each) => reads.environ().includes(`${each}=`));
		const isEmpty = empty === undefined ? "" : `: ${empty} is empty, which counts as not given`;
		fail("ENVIRONMENT_INVALID", `secret: neither ${name} nor ${name}_FILE is set${isEmpty}`, {
			remedy: [
				`set ${name}_FILE to the path of its file, or ${name} to the secret`,
				...(empty === undefined
					? []
					: [`of compose, a variable is empty that neither .env nor the shell of compose sets: docker compose config`]),
			],
		});
	}
	return file === undefined ? { kind: "variable", name } : { kind: "file", path: absolutePath(file, workdir), readFor };
}

function contentOf({ source, newline }: SecretAction): Content {
	return (reads) => {
		const whole = source.kind === "variable" ? startVariable(reads, source.name) : readSource(reads, source.path, source.readFor);
		const value = source.kind === "file" && newline === "strip" ? withoutNewline(whole ?? "") : whole;
		if (value === undefined || value === "") {
			const isNewline = whole === "" ? "" : " but for a newline";
			return fail("STEP_FAILED", `the secret in ${quoted(sourceText(source))} is empty${isNewline}`, {
				remedy: ["write it there where it is mounted from (kubectl get secret NAME -o yaml shows which key is empty)"],
			});
		}
		return byteLength(value) <= contentLimit ? value : fail("STEP_FAILED", `the secret is longer than ${contentLimit} bytes`);
	};
}

/** tmpfs and ramfs, statfs(2) */
const inMemory: readonly number[] = [0x01021994, 0x858458f6];

/** A secret that has been on a disk is in its backups and layers. */
function diskProblem({ path, onDisk }: SecretAction, reads: Reads, directory = splitPath(path).parent): Problem | undefined {
	const { parent } = splitPath(path);
	const system = onDisk === "allow" ? undefined : fileSystemOf(reads, directory);
	return system === undefined || inMemory.includes(system)
		? undefined
		: {
				message: `${quoted(parent)} is not in memory: the secret stays on a disk`,
				remedy: [
					`docker run --tmpfs ${shellWord(parent)} ... | compose: tmpfs: [${yamlQuoted(parent)}] | kubernetes: emptyDir: {medium: Memory} | or on_disk: allow`,
				],
			};
}

function checkPlace(action: SecretAction, { host, warn }: ApplyContext): void {
	const problem = diskProblem(action, host);
	if (problem !== undefined && action.onDisk === "refuse") {
		fail("STEP_FAILED", problem.message, { remedy: problem.remedy });
	}
	if (problem !== undefined) {
		warn([problem.message, ...(problem.remedy ?? [])].join("; "));
	}
}

/** What a directory that is still to be made will lie on is what the deepest one lies on that is there. */
function diskAhead(action: SecretAction, reads: Reads): Problem | undefined {
	const directory = directoriesTo(action.path).findLast((each) => typeof reads.statat(AT.FDCWD, each, 0) !== "number") ?? "/";
	return diskProblem(action, reads, directory);
}

function diskObstacles(action: SecretAction, reads: Reads, isClose: boolean): Obstacle[] {
	const problem = isClose && action.onDisk === "refuse" ? diskAhead(action, reads) : undefined;
	return problem === undefined ? [] : [{ ...problem, at: [action.path] }];
}

/** `undefined` when it cannot be opened, which is reported with the file itself. */
function fileSystemOf(reads: Reads, directory: string): number | undefined {
	try {
		return withDescriptor(
			reads,
			mustOpenTrusted(reads, directory, O.PATH | O.DIRECTORY),
			(fd) => mustRead("fstatfs", reads.fstatfs(fd))[0],
		);
	} catch {
		return undefined;
	}
}
