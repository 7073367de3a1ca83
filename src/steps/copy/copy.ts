import { choice, duration, nonEmptyText, oneOrMany, path } from "../../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, required } from "../../config/mapping.ts";
import { isPattern } from "../../files/glob.ts";
import { isDirectory } from "../../files/kind.ts";
import { absolutePath, splitPath } from "../../files/path-text.ts";
import { viewerOf } from "../../files/permissions.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { AT } from "../../sys/constants.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead, SyscallError } from "../../sys/observe.ts";
import { announcer } from "../common/announce.ts";
import { orAsUser } from "../common/as-user.ts";
import { refuseGiven } from "../common/believed.ts";
import { absent, toldBy } from "../common/obstacle.ts";
import { groupField, hasOtherOwner, ownerField, ownerText, resolveOwner } from "../common/owner.ts";
import { isClosed, mayReach, toReach, toWriteBeside } from "../common/reach.ts";
import { noted } from "../common/reached.ts";
import { makeFirst, readOnlyObstacle, refusal } from "../common/refusal.ts";
import { withBytes } from "../common/with-bytes.ts";
import { shapedSourceObstacles, takeFrom } from "../programs/believed-source.ts";
import type { ApplyContext, Need, Obstacle, Step } from "../step.ts";
import { type CopyAction, isComplete } from "./copy-action.ts";
import { bytesToCopy } from "./copy-size.ts";
import { notContent, stageName } from "./copy-stage.ts";
import { type Job, keepable, statEntry, survey } from "./copy-tree.ts";
import { Looked } from "./looked.ts";
import { seed, withSource } from "./seed.ts";

const fields = {
	from: required(path),
	to: required(path),
	if: optional(() => choice("absent", "entry-absent"), "absent"),
	owner: ownerField,
	group: groupField,
	exclude: list(() => oneOrMany(nonEmptyText())),
	ignore: list(() => oneOrMany(nonEmptyText())),
	keep: list(() => oneOrMany(choice(...keepable))),
	lock_timeout: optional(duration, 300_000),
};

export const copy: Step<FieldsOutput<typeof fields>, CopyAction> = {
	summary: "Seeds a volume: copies a tree or a file to where nothing is yet, links as links, complete or not at all.",
	schema: () => mapping(fields, { path: ["from", "to"] }),
	plan: (config, { target, accounts, reads }) => {
		const workdir = mustRead("getcwd", reads.getcwd());
		const [from, to] = [absolutePath(config.from, workdir), absolutePath(config.to, workdir)];
		if (to === "/" || from === "/" || `${to}/`.startsWith(`${from}/`)) {
			fail("CONFIG_CONFLICT", `copy ${quoted(from)} to ${quoted(to)}: neither is /, and the one does not lie in the other`);
		}
		const owner = resolveOwner(config.owner, config.group, target, accounts);
		refuseGiven("copy", to, owner, reads);
		return {
			...owner,
			from,
			to,
			unless: config.if,
			// What a copy or a file in the making is called.
			exclude: [...config.exclude, stageName, ".abdicate-new-*"],
			ignore: [...notContent, ...config.ignore],
			keep: keepable.filter((each) => config.keep.includes(each)),
			lockTimeoutMs: config.lock_timeout,
			readFor: viewerOf(target),
		};
	},
	describe: (action) => `${action.from} to ${action.to} owner ${ownerText(action)} (if ${action.unless})`,
	needs: (action, reads) => {
		const reach = [toReach(action.from), toReach(action.to)];
		return isComplete(action, reads) ? reach : [...needsToCopy(action, reads), ...reach];
	},
	mayNeed: (action) => [toGiveOwner(action, false), toWrite(action), ...mayReach(action.from, action.to)],
	gives: ({ from, to, uid }, reads) => {
		const source = reads.statat(AT.FDCWD, from, 0);
		return [{ what: "owned", path: to, uid, ifAbsent: typeof source === "number" || isDirectory(source) ? "content" : "whole" }];
	},
	makes: ({ from, to, uid, gid }) => [{ path: to, isTree: true, from: { path: from, uid, gid } }],
	obstacles: (action, reads, isClose, beholder) => {
		const { from, to } = action;
		const { parent } = splitPath(to);
		const found = [
			...absent(reads, from, "open", { meanings: sourceMeanings(from) }),
			...(isClose ? absent(reads, parent, "open", { meanings: directoryMeanings(parent) }) : []),
		];
		if (!isClose || found.length > 0) {
			return found;
		}
		const shaped =
			beholder === undefined ? [] : shapedSourceObstacles({ kind: "copy", path: to, source: from, target: beholder.target }, reads);
		return [...shaped, ...notCopied(action, reads)];
	},
	asksFor: ({ from }) => [from],
	apply: (action, anyone) =>
		orAsUser(action, anyone, (context) => {
			takeFrom({ kind: "copy", path: action.to, source: action.from, target: context.target }, context.host);
			const job = newJob(action, context);
			try {
				const { state, detail } = seed(action, job, context);
				return { state, detail: noted(detail, job.looked.note) };
			} catch (error) {
				const meanings = job.at === action.from ? sourceMeanings(action.from) : absentMeanings;
				throw withBytes(refusal(error, { reads: context.host, path: job.at, meanings }), () => bytesToCopy(action, context.host));
			}
		}),
};

/** What in the source is refused, before anything is copied. */
function notCopied(action: CopyAction, reads: Reads): Obstacle[] {
	const { from, to, exclude } = action;
	if (isComplete(action, reads)) {
		return [];
	}
	const there = reads.statat(AT.FDCWD, to, 0);
	try {
		withSource(action, reads, (entry) => {
			const stat = statEntry(reads, entry.directory, entry.name);
			if (typeof there === "number" || (stat !== undefined && isDirectory(stat))) {
				survey(reads, entry, exclude);
			}
		});
		return [...readOnlyObstacle(reads, placedBy(action, reads), "mkdirat")];
	} catch (error) {
		return toldBy(error instanceof SyscallError ? refusal(error, { reads, path: from, meanings: sourceMeanings(from) }) : error, from);
	}
}

const absentMeanings = { ENOENT: { message: "it does not exist" } };

/** A name may hold a star, so that only what is there tells whether it was meant as a pattern. */
function sourceMeanings(from: string) {
	const remedy = isPattern(from)
		? ["no pattern is looked up here: the directory itself copies all that is in it, and exclude leaves names out"]
		: ["name what the image has there, or make it by a step before"];
	return { ENOENT: { ...absentMeanings.ENOENT, remedy } };
}

function directoryMeanings(directory: string) {
	return { ENOENT: makeFirst("it does not exist", directory) };
}

function needsToCopy(action: CopyAction, reads: Reads): Need[] {
	const [, uid] = reads.getresuid();
	const [, gid] = reads.getresgid();
	const keeps = action.uid === undefined || action.gid === undefined;
	const differs = hasOtherOwner({ uid, gid }, action);
	return [
		...(differs || keeps ? [toGiveOwner(action, differs && !isClosed(reads, action.to))] : []),
		toWrite(action),
		{ ...toWriteBeside(placedBy(action, reads)), isSpare: true },
	];
}

/** What is there gets what it lacks, and its own directory stays as it is. */
function placedBy({ to }: CopyAction, reads: Reads): string {
	return typeof reads.statat(AT.FDCWD, to, 0) === "number" ? to : `${to}/${stageName}`;
}

function toGiveOwner({ to }: CopyAction, certain: boolean): Need {
	return { anyOf: ["CHOWN"], certain, purpose: `to give what is copied to ${to} its owner` };
}

function toWrite({ to }: CopyAction): Need {
	return { anyOf: ["DAC_OVERRIDE"], certain: false, purpose: `to write into and move directories of others for ${to}` };
}

function newJob({ from, uid, gid, exclude, keep, to, readFor }: CopyAction, context: ApplyContext): Job {
	const announce = announcer(context);
	const onWork = (copied: number) => announce(() => `${copied} entries copied to ${to}`);
	return { host: context.host, owner: { uid, gid }, from, to, exclude, keep, readFor, onWork, copied: 0, looked: new Looked(), at: from };
}
