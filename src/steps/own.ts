import { choice, flag, integer, nonEmptyText, oneOrMany, path } from "../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, orShort, required } from "../config/mapping.ts";
import type { Identity } from "../identity/identity.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { must } from "../sys/act.ts";
import { AT, O, RESOLVE, S } from "../sys/constants.ts";
import { errnoName } from "../sys/errno.ts";
import type { Host, OwnTreeResult, Reads, Stat } from "../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../sys/observe.ts";
import { absolutePath, mustOpenTrustedEntry, statTrustedEntry } from "../sys/paths.ts";
import { findTrusted } from "./find.ts";
import { groupField, hasOtherOwner, type Owner, ownerField, ownerText, resolveOwner } from "./owner.ts";
import { toReach } from "./reach.ts";
import { refusal } from "./refusal.ts";
import type { ApplyContext, Need, Outcome, Step } from "./step.ts";
import { isOfSystem, isShared } from "./system-paths.ts";
import { mayUse } from "./usable.ts";

export interface OwnAction extends Owner {
	readonly patterns: readonly string[];
	readonly policy: "off" | "top-only" | "if-root-differs" | "mismatched";
	readonly exclude: readonly string[];
	readonly crossMounts: boolean;
	readonly hardLinks: "skip" | "change";
	readonly maxDepth: number;
}

const fields = {
	path: required(() => oneOrMany(path())),
	owner: ownerField,
	group: groupField,
	policy: optional(() => choice("off", "top-only", "if-root-differs", "mismatched"), "mismatched"),
	exclude: list(() => oneOrMany(nonEmptyText())),
	cross_mounts: optional(flag, false),
	hard_links: optional(() => choice("skip", "change"), "skip"),
	max_depth: optional(() => integer(1, 1000), 256),
};

export const own: Step<FieldsOutput<typeof fields>, OwnAction> = {
	summary: "Gives a tree its owner: only entries with another owner are changed, links are never followed.",
	schema: () => orShort("path", mapping(fields)),
	plan: (config, { target, accounts, reads }) => {
		const patterns = config.path.map((each) => absolutePath(each, mustRead("getcwd", reads.getcwd())));
		for (const pattern of patterns) {
			refuseSystemPath(pattern, config.policy);
		}
		return {
			...resolveOwner(config.owner, config.group, target, accounts),
			patterns,
			policy: config.policy,
			exclude: config.exclude,
			crossMounts: config.cross_mounts,
			hardLinks: config.hard_links,
			maxDepth: config.max_depth,
		};
	},
	describe: (action) => `${action.patterns.join(" ")} to ${ownerText(action)} (${action.policy})`,
	needs: (action, reads) =>
		action.policy === "off"
			? []
			: action.patterns.flatMap((pattern) => findTrusted(reads, pattern)).flatMap((path) => needsFor(action, path, reads)),
	apply: (action, context) => {
		if (action.policy === "off") {
			return { state: "skipped", detail: "policy off" };
		}
		const found = action.patterns.flatMap((pattern) => findTrusted(context.host, pattern));
		return found.length === 0 ? { state: "ok", detail: "nothing matches" } : combine(found.map((path) => ownOne(action, path, context)));
	},
};

function refuseSystemPath(path: string, policy: OwnAction["policy"]): void {
	if (policy !== "off" && (isOfSystem(path) || (isShared(path) && policy !== "top-only"))) {
		fail("CONFIG_INVALID_VALUE", `own ${quoted(path)}: the directories of the system are not given away`, {
			remedy: ["name the directories that the workload writes to"],
		});
	}
}

/** The top tells whether there is anything to do; what lies deeper only the walk will know. */
function needsFor(action: OwnAction, path: string, reads: Reads): Need[] {
	const stat = statTrustedEntry(reads, path);
	if (stat === undefined || (action.policy !== "mismatched" && !hasOtherOwner(stat, action))) {
		return [toReach(path)];
	}
	return [{ anyOf: ["CHOWN"], certain: false, purpose: `to change owners in ${path}` }, toReach(path)];
}

/** A path and what it was when it was opened. */
interface Top {
	readonly path: string;
	readonly fd: number;
	readonly stat: Stat;
}

function ownOne(action: OwnAction, path: string, { host, target }: ApplyContext): Outcome {
	// A pattern may have led here.
	refuseSystemPath(path, action.policy);
	try {
		const fd = mustOpenTrustedEntry(host, path, O.PATH);
		return withDescriptor(host, fd, () => ownOpened(action, { path, fd, stat: mustRead("fstat", host.fstat(fd)) }, host, target));
	} catch (error) {
		throw refusal(error, {
			reads: host,
			path,
			meanings: { ENOENT: { reason: "it does not exist", remedy: [`make it first: - mkdir: ${path}`] } },
		});
	}
}

function ownOpened(action: OwnAction, top: Top, host: Host, target: Identity): Outcome {
	const { path, fd, stat } = top;
	const type = stat.mode & S.IFMT;
	if (type === S.IFLNK && action.patterns.includes(path)) {
		fail("STEP_FAILED", `${quoted(path)} is a symbolic link, which is not followed`, { remedy: ["name the real path"] });
	}
	if (!hasOtherOwner(stat, action) && (action.policy !== "mismatched" || type !== S.IFDIR)) {
		return { state: "ok", detail: "already right" };
	}
	if (type === S.IFDIR && action.policy !== "top-only") {
		return ownDirectory(action, top, host, target);
	}
	if (type === S.IFREG && stat.nlink > 1 && action.hardLinks === "skip") {
		return { state: "ok", detail: `${path} is left alone: it has ${stat.nlink} links` };
	}
	const result = host.fchownat(fd, "", action.uid, action.gid, AT.EMPTY_PATH);
	return result >= 0
		? { state: "changed", detail: "1 entry re-owned" }
		: judge(action, top, host, target, { where: path, refused: [stat], error: new SyscallError("fchownat", result) });
}

function ownDirectory(action: OwnAction, top: Top, host: Host, target: Identity): Outcome {
	const { path, fd, stat } = top;
	const readable = host.open(fd, ".", O.RDONLY | O.DIRECTORY, 0, 0);
	if (readable < 0) {
		return judge(action, top, host, target, { where: path, refused: [stat], error: new SyscallError("open", readable) });
	}
	const { uid, gid, crossMounts, maxDepth, exclude } = action;
	const options = { uid, gid, crossMounts, hardLinks: action.hardLinks === "change", maxDepth, exclude };
	const result = withDescriptor(host, readable, () => must(host, "ownTree", readable, options) as OwnTreeResult);
	const [first] = result.failures;
	if (first === undefined) {
		return { state: result.changed === 0 ? "ok" : "changed", detail: summary(result) };
	}
	if (first.call === "depth") {
		fail("STEP_FAILED", `${quoted(`${path}${first.path}`)} lies deeper than max_depth ${maxDepth}`);
	}
	const refused = result.failures.map(({ path: below }) => statBelow(host, fd, below));
	const where = `${path}${first.path}${result.failed === 1 ? "" : ` and ${result.failed - 1} more of ${result.seen}`}`;
	return judge(action, top, host, target, { where, refused, error: new SyscallError(first.call, first.errno) });
}

/** Looked at from the directory that was walked, again without following a link. */
function statBelow(reads: Reads, top: number, below: string): Stat | undefined {
	const fd = reads.openRead(top, `.${below}`, O.PATH | O.NOFOLLOW, RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS);
	return fd < 0 ? undefined : withDescriptor(reads, fd, () => mustRead("fstat", reads.fstat(fd)));
}

interface Refusals {
	readonly where: string;
	/** What was refused, as far as it was recorded; `undefined` for one that cannot even be looked at. */
	readonly refused: readonly (Stat | undefined)[];
	readonly error: SyscallError;
}

/** A refused change is no failure when the workload can already do what the change was for. Nobody can write to what is mounted read-only. */
function judge(action: OwnAction, { fd, stat }: Top, host: Host, target: Identity, { where, refused, error }: Refusals): Outcome {
	const mayDo = error.is("EPERM", "EACCES", "EOPNOTSUPP") && action.uid === target.uid;
	if (mayDo && [stat, ...refused].every((each) => each !== undefined && mayUse(each, target))) {
		return { state: "ok", detail: `${errnoName(error.errno)} on ${quoted(where)}, but the user can read and write there` };
	}
	throw refusal(error, { reads: host, path: where, fd });
}

function summary({ seen, changed, hardLinked, otherMounts }: OwnTreeResult): string {
	return [
		`${changed} of ${seen} entries re-owned`,
		...(hardLinked === 0 ? [] : [`${hardLinked} with several links left alone`]),
		...(otherMounts === 0 ? [] : [`${otherMounts} on other mounts left alone`]),
	].join(", ");
}

function combine(outcomes: readonly Outcome[]): Outcome {
	const state = outcomes.some((each) => each.state === "changed") ? "changed" : "ok";
	return { state, detail: outcomes.map(({ detail }) => detail).join("; ") };
}
