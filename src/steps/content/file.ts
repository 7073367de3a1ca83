import { choice, fileMode, nonEmptyText, oneOrMany, path, text, userSpec } from "../../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, required } from "../../config/mapping.ts";
import { absolutePath } from "../../files/path-text.ts";
import { type Viewer, viewerOf } from "../../files/permissions.ts";
import { wouldOpen } from "../../files/read.ts";
import { byteLength } from "../../report/bytes.ts";
import { fail } from "../../report/failure.ts";
import { matches } from "../../report/pattern.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { givenVariable, lackOfVariable, splitEntry } from "../../sys/environ.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead } from "../../sys/observe.ts";
import { refuseGiven } from "../common/believed.ts";
import { ownerText, resolveOwner } from "../common/owner.ts";
import { mayReach, toReach } from "../common/reach.ts";
import { contentLimit, readSource, sourceObstacles } from "../common/source.ts";
import { shapedSourceObstacles, takeFrom } from "../programs/believed-source.ts";
import type { PlanContext, Step } from "../step.ts";
import { contentMayNeed, contentNeeds, contentObstacles, reachContent } from "./content.ts";
import { type Content, type ContentGoal, type Found, filePath, modeText, plainMode } from "./goal.ts";

/** `content` and `environment` are members whose values a printed plan leaves out. */
type Source =
	| { readonly kind: "content" | "variable"; readonly content: string }
	| { readonly kind: "line"; readonly content: string; readonly readFor: Viewer }
	/** `readFor`: who gets no more than it could read itself, where it has a say in what lies at the path. */
	| { readonly kind: "file"; readonly path: string; readonly readFor: Viewer }
	/** `environment`: the declared variables, `NAME=value`. */
	| { readonly kind: "template"; readonly path: string; readonly readFor: Viewer; readonly environment: readonly string[] };

export interface FileAction extends ContentGoal {
	readonly source: Source;
}

const fields = {
	path: required(path),
	content: optional(text),
	template: optional(path),
	vars: list(() => oneOrMany(nonEmptyText())),
	from_env: optional(nonEmptyText),
	from: optional(path),
	append_line: optional(text),
	mode: optional(fileMode),
	owner: optional(userSpec),
	group: optional(userSpec),
	if: optional(() => choice("differs", "absent", "always"), "differs"),
};

type FileConfig = FieldsOutput<typeof fields>;

const sources = ["content", "template", "from_env", "from", "append_line"] as const;

export const file: Step<FileConfig, FileAction> = {
	summary: "Gives a file its content, from the configuration, a template, a variable or another file, in one atomic step.",
	schema: () => mapping(fields, { path: ["path", "content"] }),
	plan: (config, context) => {
		const workdir = mustRead("getcwd", context.reads.getcwd());
		const source = planSource(config, context, workdir);
		// A line is added to a file of somebody's: unless it is said, that stays theirs.
		const otherwise = source.kind === "line" ? "keep" : "target";
		const owner = resolveOwner(config.owner ?? otherwise, config.group ?? otherwise, context.target, context.accounts);
		const path = filePath(config.path, workdir);
		refuseGiven("file", path, owner, context.reads);
		return {
			...owner,
			path,
			mode: plainMode(config.mode ?? (source.kind === "line" ? undefined : 0o644)),
			rewrite: config.if,
			source,
		};
	},
	describe: (action) => `${action.path} ${sourceText(action.source)}${modeText(action.mode)} owner ${ownerText(action)}`,
	needs: (action, reads) => [
		...contentNeeds(action, contentOf(action), reads),
		...("path" in action.source ? [toReach(action.source.path)] : []),
	],
	mayNeed: (action) => [...contentMayNeed(action), ...("path" in action.source ? mayReach(action.source.path) : [])],
	gives: ({ path, uid, gid, mode, rewrite }) => [
		{
			...{ what: "owned", path, uid, gid, mode: (before) => mode ?? before ?? 0o644 },
			...(rewrite === "absent" && { ifAbsent: "whole" }),
		},
	],
	makes: ({ path, mode, uid, gid, rewrite, source }) => [
		{
			path,
			mode,
			...(mode !== undefined && rewrite !== "absent" && { file: { mode, uid, gid } }),
			...("path" in source && { source: source.path }),
		},
	],
	obstacles: (action, reads, isClose, beholder) => [
		...contentObstacles(action, contentOf(action), reads, isClose, beholder),
		...("path" in action.source ? sourceObstacles(reads, action.source.path, action.source.readFor, isClose) : []),
		...("path" in action.source && beholder !== undefined
			? shapedSourceObstacles({ kind: "file", path: action.path, source: action.source.path, target: beholder.target }, reads)
			: []),
	],
	takesVariables: ({ from_env: name }) => (name === undefined ? [] : [name]),
	asksFor: ({ source }) => ("path" in source ? [source.path] : []),
	apply: (action, context) => {
		if ("path" in action.source) {
			takeFrom({ kind: "file", path: action.path, source: action.source.path, target: context.target }, context.host);
		}
		return reachContent(action, contentOf(action), context, { isFixed: action.source.kind !== "line" });
	},
};

/** The one of several keys that is written. */
function planSource(config: FileConfig, context: PlanContext, workdir: string): Source {
	const written = sources.filter((key) => config[key] !== undefined);
	const [key] = written;
	if (key === undefined || written.length > 1) {
		fail(
			key === undefined ? "CONFIG_MISSING_KEY" : "CONFIG_CONFLICT",
			`file ${quoted(config.path)}: give exactly one of ${sources.join(", ")}`,
		);
	}
	if ((config.template === undefined) !== (config.vars.length === 0)) {
		fail("CONFIG_CONFLICT", `file ${quoted(config.path)}: template and vars belong together`, {
			remedy: ["vars: [NAME, PREFIX_*] lists the variables that the template may use"],
		});
	}
	const value = config[key] as string;
	switch (key) {
		case "content":
			return { kind: "content", content: limited(value, config.path) };
		case "append_line":
			return { kind: "line", content: oneLine(value, config.path), readFor: viewerOf(context.target) };
		case "from_env":
			return {
				kind: "variable",
				content: limited(givenVariable(context.environment, value) ?? failWithout(value, context, config.path), config.path),
			};
		case "from":
			return { kind: "file", path: absolutePath(value, workdir), readFor: viewerOf(context.target) };
		case "template":
			return {
				kind: "template",
				path: absolutePath(value, workdir),
				readFor: viewerOf(context.target),
				environment: declared(config.vars, context, config.path),
			};
	}
}

function limited(content: string, path: string): string {
	return byteLength(content) <= contentLimit
		? content
		: fail("CONFIG_INVALID_VALUE", `file ${quoted(path)}: the content is longer than ${contentLimit} bytes`);
}

function oneLine(line: string, path: string): string {
	return /^[^\n]+$/.test(line) ? line : fail("CONFIG_INVALID_VALUE", `file ${quoted(path)}: append_line is one line, not empty`);
}

function failWithout(name: string, { environment }: PlanContext, path: string): never {
	fail("ENVIRONMENT_INVALID", `file ${quoted(path)}: the variable ${name} ${lackOfVariable(environment, name)}`, {
		remedy: [`env: {default: {${yamlScalar(name)}: value}} gives it one`],
	});
}

/** A name must be set, and may be empty as in the text of the configuration; a pattern stands for those that are. */
function declared(vars: readonly string[], context: PlanContext, path: string): string[] {
	const names = vars.flatMap((each) =>
		/[*?]/.test(each) ? [...context.environment.keys()].filter((name) => matches(name, each)) : [each],
	);
	return [...new Set(names)].map((name) => `${name}=${context.environment.get(name) ?? failWithout(name, context, path)}`);
}

function sourceText(source: Source): string {
	switch (source.kind) {
		case "content":
			return "from the configuration";
		case "variable":
			return "from a variable";
		case "line":
			return "with a line";
		case "file":
			return `from ${source.path}`;
		case "template":
			return `from the template ${source.path}`;
	}
}

function contentOf(action: FileAction): Content {
	const { source, path } = action;
	switch (source.kind) {
		case "content":
		case "variable":
			return () => source.content;
		case "line":
			return (reads, found) => {
				if (found !== undefined) {
					refuseOpening(action, found, source.readFor, reads);
				}
				return withLine(found === undefined ? "" : (found.content ?? tooLong(path)), source.content);
			};
		case "file":
			return (reads) => readSource(reads, source.path, source.readFor);
		case "template":
			return (reads) => renderTemplate(readSource(reads, source.path, source.readFor), source.environment);
	}
}

/** What is kept of a file is as good as read from it. */
function refuseOpening(action: FileAction, { stat }: Found, viewer: Viewer, reads: Reads): void {
	const { path } = action;
	if (wouldOpen(reads, path, { stat, acl: "unknown", wanted: action }, viewer, 4)) {
		fail(
			"STEP_FAILED",
			`${quoted(path)} may not be read by uid ${viewer.uid}, who could have put it there, and would be with this owner or mode`,
			{
				remedy: ["keep it where only root can write, or write neither owner nor mode"],
			},
		);
	}
}

function tooLong(path: string): never {
	return fail("STEP_FAILED", `${quoted(path)} is longer than ${contentLimit} bytes`);
}

function withLine(text: string, line: string): string {
	return text.split("\n").includes(line) ? text : `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;
}

/** Replaces `$NAME` and `${NAME}` of the declared names and nothing else; values are not read again. */
export function renderTemplate(template: string, environment: readonly string[]): string {
	const values = new Map(environment.map(splitEntry));
	return template.replace(
		/\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g,
		(whole: string, braced: string | undefined, plain: string | undefined) => values.get(braced ?? plain ?? "") ?? whole,
	);
}
