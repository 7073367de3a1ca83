import { choice, duration, nonEmptyText, oneOrMany, path } from "../../config/fields.ts";
import { type FieldsOutput, list, mapping, optional, required } from "../../config/mapping.ts";
import { mustOpenTrusted, openTrusted } from "../../files/open.ts";
import { absolutePath, splitPath } from "../../files/path-text.ts";
import { type Viewer, viewerOf } from "../../files/permissions.ts";
import { openSource } from "../../files/read.ts";
import { mark, removeAbandoned, withTemporaryStage } from "../../files/stage.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { must } from "../../sys/act.ts";
import { AT, O, RENAME_NOREPLACE, S } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Host, Reads } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { groupField, hasOtherOwner, type Owner, ownerField, ownerText, resolveOwner } from "../common/owner.ts";
import { isClosed, toReach } from "../common/reach.ts";
import { refusal } from "../common/refusal.ts";
import type { ApplyContext, Need, Outcome, Step } from "../step.ts";
import { isInterrupted, isUnseeded, withLockedStage } from "./copy-stage.ts";
import {
	bothOpened,
	copyToStage,
	type Entry,
	entriesOf,
	isAnyMissing,
	type Job,
	type Name,
	namesToCopy,
	openDirectory,
	statEntry,
	survey,
	typeOf,
} from "./copy-tree.ts";

export interface CopyAction extends Owner {
	readonly from: string;
	readonly to: string;
	readonly unless: "absent" | "entry-absent";
	readonly exclude: readonly string[];
	readonly lockTimeoutMs: number;
	/** Who gets no more than it could read itself, where it has a say in what lies at `from`. */
	readonly readFor: Viewer;
}

const fields = {
	from: required(path),
	to: required(path),
	if: optional(() => choice("absent", "entry-absent"), "absent"),
	owner: ownerField,
	group: groupField,
	exclude: list(() => oneOrMany(nonEmptyText())),
	lock_timeout: optional(duration, 300_000),
};

const mostAttempts = 10;

export const copy: Step<FieldsOutput<typeof fields>, CopyAction> = {
	summary: "Seeds a volume: copies a tree or a file to where nothing is yet, links as links, complete or not at all.",
	schema: () => mapping(fields),
	plan: (config, { target, accounts, reads }) => {
		const workdir = mustRead("getcwd", reads.getcwd());
		const [from, to] = [absolutePath(config.from, workdir), absolutePath(config.to, workdir)];
		if (to === "/" || from === "/" || `${to}/`.startsWith(`${from}/`)) {
			fail("CONFIG_CONFLICT", `copy ${quoted(from)} to ${quoted(to)}: neither is /, and the one does not lie in the other`);
		}
		return {
			...resolveOwner(config.owner, config.group, target, accounts),
			from,
			to,
			unless: config.if,
			// What a copy or a file in the making is called.
			exclude: [...config.exclude, ".abdicate-copy", ".abdicate-new-*"],
			lockTimeoutMs: config.lock_timeout,
			readFor: viewerOf(target),
		};
	},
	describe: (action) => `${action.from} to ${action.to} owner ${ownerText(action)} (if ${action.unless})`,
	needs: (action, reads) => {
		const reach = [toReach(action.from), toReach(action.to)];
		return isComplete(action, reads) ? reach : [...needsToCopy(action, reads), ...reach];
	},
	apply: (action, context) => {
		const job = newJob(action, context);
		try {
			return seed(action, job, context);
		} catch (error) {
			throw refusal(error, { reads: context.host, path: job.at, meanings: { ENOENT: { message: "it does not exist" } } });
		}
	},
};

function needsToCopy(action: CopyAction, reads: Reads): Need[] {
	const [, uid] = reads.getresuid();
	const [, gid] = reads.getresgid();
	const keeps = action.uid === undefined || action.gid === undefined;
	const differs = hasOtherOwner({ uid, gid }, action);
	const [purpose, write] = [
		`to give what is copied to ${action.to} its owner`,
		`to write into and move directories of others for ${action.to}`,
	];
	return [
		...(differs || keeps ? [{ anyOf: ["CHOWN"], certain: differs && !isClosed(reads, action.to), purpose } as const satisfies Need] : []),
		{ anyOf: ["DAC_OVERRIDE"], certain: false, purpose: write },
	];
}

/** Quietly: what is wrong is said when it is the step's turn, because an earlier step may put it right. */
function isComplete(action: CopyAction, reads: Reads): boolean {
	try {
		return withDescriptor(reads, mustOpenTrusted(reads, action.to, O.PATH), (fd) => hasAll(action, fd, reads));
	} catch {
		return false;
	}
}

function hasAll(action: CopyAction, target: number, reads: Reads): boolean {
	if (typeOf(mustRead("fstat", reads.fstat(target))) !== S.IFDIR) {
		return true;
	}
	return withDescriptor(reads, openDirectory(reads, { directory: target, name: "." }), (readable) => {
		if (action.unless === "absent") {
			return !isUnseeded(reads, readable);
		}
		const source = openSource(reads, action.from, O.RDONLY | O.DIRECTORY, action.readFor).fd;
		return withDescriptor(reads, source, () => !isInterrupted(reads, readable) && !isAnyMissing(reads, source, readable, action.exclude));
	});
}

function newJob({ from, uid, gid, exclude, to, readFor }: CopyAction, { host, progress }: ApplyContext): Job {
	let next = host.clock() + 2000;
	const onEntry = (copied: number): void => {
		if (host.clock() >= next) {
			next = host.clock() + 1000;
			progress(`${copied} entries copied to ${to}`);
		}
	};
	return { host, owner: { uid, gid }, from, to, exclude, readFor, onEntry, copied: 0, at: from };
}

function seed(action: CopyAction, job: Job, context: ApplyContext): Outcome {
	const { host } = context;
	const { parent, name } = splitPath(action.from);
	const { fd: above, isShaped } = openSource(host, parent, O.PATH | O.DIRECTORY, action.readFor);
	return withDescriptor(host, above, () => {
		const from: Entry = { directory: above, name, path: action.from, isShaped };
		const stat = statEntry(host, above, name) ?? fail("STEP_FAILED", `${quoted(action.from)} does not exist`);
		if (typeOf(stat) === S.IFLNK) {
			fail("STEP_FAILED", `${quoted(action.from)} is a symbolic link, which is not followed`, { remedy: ["name the real path"] });
		}
		job.at = action.to;
		for (let attempt = 0; attempt < mostAttempts; attempt++) {
			const target = openTrusted(host, action.to, O.PATH);
			const outcome =
				target === -errno.ENOENT
					? seedWhole(action, job, from)
					: withDescriptor(host, mustRead("open", target), () => seedExisting(action, job, from, target, context));
			if (outcome?.state === "ok") {
				removeLeft(host, action.to);
			}
			if (outcome !== undefined) {
				return outcome;
			}
		}
		return fail("STEP_FAILED", `${quoted(action.to)} comes and goes`);
	});
}

/** The stage of a run that died when the tree had just left it. */
function removeLeft(host: Host, path: string): void {
	const directory = openTrusted(host, splitPath(path).parent, O.PATH | O.DIRECTORY);
	if (directory >= 0) {
		withDescriptor(host, directory, () => removeAbandoned(host, directory));
	}
}

/** Nothing is there: the whole tree appears at once. `undefined` when somebody else was faster. */
function seedWhole(action: CopyAction, job: Job, from: Entry): Outcome | undefined {
	const { host } = job;
	const { parent, name } = splitPath(action.to);
	const above = openTrusted(host, parent, O.PATH | O.DIRECTORY);
	if (above === -errno.ENOENT) {
		fail("STEP_FAILED", `the directory of ${quoted(action.to)} does not exist`, {
			remedy: [`make it first: - mkdir: ${yamlScalar(parent)}`],
		});
	}
	return withDescriptor(host, mustRead("open", above), (directory) => {
		if (statEntry(host, directory, name) !== undefined) {
			fail("STEP_FAILED", `${quoted(action.to)} is a symbolic link that leads nowhere`, { remedy: ["name the real path"] });
		}
		survey(host, from, action.exclude);
		removeAbandoned(host, directory);
		return makeWhole(job, from, directory, name) ? { state: "changed", detail: `${job.copied} entries copied` } : undefined;
	});
}

/** In a stage, which it leaves in one step. False when somebody else was faster. */
function makeWhole(job: Job, from: Entry, directory: number, name: string): boolean {
	const { host } = job;
	return withTemporaryStage(host, directory, (stage) => {
		copyToStage(job, from, { directory: stage, name }, 0);
		must(host, "syncfs", stage);
		return moveWhole(host, { directory: stage, name }, { directory, name });
	});
}

/** Who does not own a directory moves it to another one with DAC_OVERRIDE alone; without that it gets its owner in its place. rename(2) */
function moveWhole(host: Host, from: Name, to: Name): boolean {
	try {
		return moveNew(host, from, to);
	} catch (error) {
		if (!(error instanceof SyscallError && error.is("EACCES"))) {
			throw error;
		}
	}
	return withDescriptor(host, must(host, "open", from.directory, from.name, O.PATH | O.NOFOLLOW, 0, 0) as number, (fd) => {
		const { uid } = mustRead("fstat", host.fstat(fd));
		must(host, "fchownat", fd, "", host.getresuid()[1], undefined, AT.EMPTY_PATH);
		const isPlaced = moveNew(host, from, to);
		if (isPlaced) {
			must(host, "fchownat", fd, "", uid, undefined, AT.EMPTY_PATH);
		}
		return isPlaced;
	});
}

function seedExisting(action: CopyAction, job: Job, from: Entry, target: number, context: ApplyContext): Outcome | undefined {
	const { host } = job;
	const [here, there] = [mustRead("fstat", host.fstat(target)), statEntry(host, from.directory, from.name)];
	if (typeOf(here) !== S.IFDIR || there === undefined || typeOf(there) !== S.IFDIR) {
		return { state: "ok", detail: "something is there already" };
	}
	if (hasAll(action, target, host)) {
		return { state: "ok", detail: action.unless === "absent" ? "not empty" : "no entry is missing" };
	}
	survey(host, from, action.exclude);
	return withDescriptor(host, openDirectory(host, { directory: target, name: "." }), (directory) => {
		removeAbandoned(host, directory);
		return withLockedStage(action, directory, context, (stage) => {
			withDescriptor(host, openDirectory(host, from), (source) => {
				seedEntries(action, job, { from, source, target: directory, stage });
			});
			return { state: "changed", detail: `${job.copied} entries copied` };
		});
	});
}

interface Pair {
	readonly from: Entry;
	/** Opened. */
	readonly source: number;
	readonly target: number;
	readonly stage: number;
}

/** Every missing entry is put together in the stage, made durable, and only then moved to its place. */
function seedEntries(action: CopyAction, job: Job, { from: above, source, target, stage }: Pair, depth = 0): void {
	const { host, exclude } = job;
	for (const from of entriesOf(job, above, source, mustRead("fstat", host.fstat(source)))) {
		const { name } = from;
		const [there, here] = [statEntry(host, source, name), statEntry(host, target, name)];
		if (here === undefined) {
			copyToStage(job, from, { directory: stage, name }, depth);
		} else if (action.unless === "entry-absent" && there !== undefined && typeOf(there) === S.IFDIR && typeOf(here) === S.IFDIR) {
			bothOpened(host, source, target, name, (below, directory) => {
				if (isAnyMissing(host, below, directory, exclude)) {
					removeAbandoned(host, directory);
					withTemporaryStage(host, directory, (own) =>
						seedEntries(action, job, { from, source: below, target: directory, stage: own }, depth + 1),
					);
				}
			});
		}
	}
	moveAll(job, stage, target, action.to);
}

function moveAll(job: Job, stage: number, target: number, path: string): void {
	const { host } = job;
	job.at = path;
	const names = namesToCopy(host, stage, [mark]);
	if (names.length > 0) {
		must(host, "syncfs", stage);
	}
	for (const name of names) {
		moveNew(host, { directory: stage, name }, { directory: target, name });
	}
}

/** False when the name is taken. */
function moveNew(host: Host, from: Name, to: Name): boolean {
	const move = (flags: number) => host.renameat2(from.directory, from.name, to.directory, to.name, flags);
	let result = move(RENAME_NOREPLACE);
	if (result === -errno.EINVAL && statEntry(host, to.directory, to.name) === undefined) {
		// Network file systems have no such flag; whoever else seeds here waits for our lock.
		result = move(0);
	}
	if (result < 0 && result !== -errno.EEXIST) {
		throw new SyscallError("renameat2", result);
	}
	return result >= 0;
}
