import * as v from "valibot";
import { choice, commaSeparated, duration, flag, nonEmptyText, path, text, userSpec } from "../../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, required } from "../../config/mapping.ts";
import { absolutePath, baseName } from "../../files/path-text.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { mustRead } from "../../sys/observe.ts";
import { changeNeeds, mayChange, resolveChild } from "../common/child-identity.ts";
import { missingPoint, mountMayNeed, mountMeanings, mountNeeds, mountObstacles } from "../common/mount-refusal.ts";
import { absent } from "../common/obstacle.ts";
import { refusal } from "../common/refusal.ts";
import { whileHoldingSignals } from "../common/stop-signals.ts";
import { environmentNotes, leftOutOfPath, planChildEnvironment, settleChildEnvironment } from "../programs/child-environment.ts";
import { variables } from "../programs/fields.ts";
import { refuseShapedImage } from "../programs/image-source.ts";
import { findProgram, foundProgram, placesOf, programObstacles, refuseShapedProgram } from "../programs/program.ts";
import type { Need, Step } from "../step.ts";
import { childNames, type FuseAction } from "./action.ts";
import { helperObstacle, placeholder, serve } from "./daemon.ts";
import { deviceObstacle } from "./device.ts";
import { answers, detach, typeAt } from "./mounted.ts";
import { standInOf } from "./stand-in.ts";

const command = () =>
	v.pipe(
		v.array(text(), "expected the command as a list"),
		v.check(
			(words) => words.some((word) => word.includes(placeholder)),
			`expected a command with ${placeholder} where the mount point goes`,
		),
	);
const options = () => commaSeparated(nonEmptyText);

const fields = {
	target: required(path),
	command: required(command),
	source: optional(nonEmptyText),
	options: list(options),
	allow_other: optional(flag, false),
	hand_over: optional(() => choice("mountpoint", "fusermount"), "mountpoint"),
	ready_timeout: optional(duration, 10_000),
	user: optional(userSpec, "target"),
	env: optional(variables, {}),
};

/** What this step decides itself, and what every mount of it is. */
const reserved: readonly string[] = ["fd", "rootmode", "user_id", "group_id", "subtype", "allow_other"];
const always: readonly string[] = ["nosuid", "nodev"];

const ending: Need = { anyOf: ["KILL"], certain: false, isSpare: true, purpose: "to end a daemon that does not serve" };
const toTry = "to try the mount as the user";

export const fuse: Step<FieldsOutput<typeof fields>, FuseAction> = {
	summary: "Mounts a FUSE file system for the user; its daemon runs without any capability.",
	schema: () => mapping(fields, { path: ["target", "command"] }),
	plan: (config, context) => {
		const taken = config.options.find((option) => reserved.includes(option.split("=")[0] ?? ""));
		if (taken !== undefined) {
			fail("CONFIG_INVALID_VALUE", `fuse: the option ${quoted(taken)} is set by the step itself`, {
				remedy: taken === "allow_other" ? ["allow_other: true"] : [],
			});
		}
		const { uid, gid, groups } = context.target;
		const daemon = resolveChild(config.user, context);
		return {
			target: absolutePath(config.target, mustRead("getcwd", context.reads.getcwd())),
			command: config.command as [string, ...string[]],
			source: config.source ?? baseName(config.command[0] ?? ""),
			options: config.options.filter((option) => !always.includes(option)),
			allowOther: config.allow_other,
			handOver: config.hand_over,
			...(config.hand_over === "fusermount" ? standInOf(context.reads) : {}),
			readyTimeoutMs: config.ready_timeout,
			identity: { uid, gid, groups },
			daemon,
			...planChildEnvironment(context, { identity: daemon, capabilities: [] }, config.env, true),
		};
	},
	describe: ({ target, command, daemon, identity }) =>
		`${command[0]} at ${target}${daemon.uid === identity.uid ? "" : ` as uid ${daemon.uid}`}`,
	needs: ({ target, command, daemon, identity }, reads) => {
		const isThere = typeAt(reads, target) !== undefined;
		// What is there may still answer; only the workload's user can tell.
		const mounting = mountNeeds(target).map((need): Need => ({ ...need, certain: need.certain && !isThere }));
		const starting = [...changeNeeds(daemon, `to run ${command[0]} as uid ${daemon.uid}`, reads), ...changeNeeds(identity, toTry, reads)];
		return isThere ? [...mounting, ending] : [...mounting, ending, ...starting];
	},
	gives: ({ target }) => [{ what: "mounted", path: target }],
	mayNeed: ({ target, command, daemon, identity }) => [
		...mountMayNeed(target),
		ending,
		...mayChange(daemon, `to run ${command[0]} as uid ${daemon.uid}`),
		...mayChange(identity, toTry),
	],
	obstacles: (action, reads) =>
		typeAt(reads, action.target) === undefined
			? [
					...mountObstacles(reads),
					...deviceObstacle(reads),
					...helperObstacle(action, reads),
					...programObstacles(action.command[0], { reads, path: action.path, workdir: "/" }),
					...absent(reads, action.target, "open", { meanings: mountMeanings("fuse", missingPoint(action.target)) }),
				]
			: [],
	children: ({ daemon, identity }) => ({
		[childNames.daemon]: { identity: daemon, capabilities: [], stays: true },
		[childNames.user]: { identity, capabilities: [] },
	}),
	makes: ({ target }) => [{ path: target, isTree: true }],
	notes: environmentNotes,
	preparesGround: true,
	grants: () => ({ devices: [{ path: "/dev/fuse", access: "rw", numbers: "c 10:229" }], mounts: "always" }),
	programPlaces: ({ command, path }) => placesOf(command[0], { path, workdir: "/" }),
	programs: (action, reads) => foundProgram(action.command, { ...action, identity: action.daemon, capabilities: [], workdir: "/" }, reads),
	leavesKeys: ({ user }) => user === "root",
	leavesRunning: ({ user }) => user,
	constraints: { command: { contains: { type: "string", pattern: "\\{mountpoint\\}|\\$\\{" } } },
	apply: (action, context) => {
		const { host, target: workload } = context;
		try {
			if (typeAt(host, action.target) !== undefined) {
				if (answers(action, context)) {
					return { state: "ok", detail: "already mounted" };
				}
				detach(host, action.target);
			}
			const child = { identity: action.daemon, capabilities: [], target: workload };
			const settled = { ...action, ...settleChildEnvironment(host, action, child) };
			const lookup = { reads: host, path: settled.path, workdir: "/", leftOut: leftOutOfPath(settled) };
			const program = findProgram(action.command[0], lookup);
			refuseShapedProgram([program, ...action.command.slice(1)], lookup, child);
			refuseShapedImage(host, action.command.slice(1), child);
			whileHoldingSignals(host, () => serve(settled, program, context));
			return { state: "changed", detail: `served by ${program}` };
		} catch (error) {
			throw refusal(error, {
				reads: host,
				path: action.target,
				readsOnly: true,
				meanings: mountMeanings("fuse", missingPoint(action.target)),
			});
		}
	},
};
