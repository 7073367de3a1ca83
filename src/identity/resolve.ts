import { expandPattern, isPattern, mustListNames } from "../files/glob.ts";
import { type MountFacts, whyNotVouchedFor } from "../files/mount-facts.ts";
import { isOfRoot } from "../files/open.ts";
import { type Arrival, fromRoot, reopen, UntrustedLink, walk } from "../files/walk.ts";
import { Attempts, withUnknown } from "../report/attempts.ts";
import { fail } from "../report/failure.ts";
import type { Problem } from "../report/problem.ts";
import { suggestion } from "../report/suggest.ts";
import { printable, quoted } from "../report/text.ts";
import { O, OVERFLOW_ID } from "../sys/constants.ts";
import { errno } from "../sys/errno.ts";
import { errnoText } from "../sys/errno-meaning.ts";
import type { Errno, Reads } from "../sys/native.ts";
import { SyscallError, unlessAbsent } from "../sys/observe.ts";
import { ascending, type Credentials } from "./credentials.ts";
import { homeOf } from "./home.ts";
import type { Account, Accounts, GroupsPolicy, Identity } from "./identity.ts";
import { type Gid, toGid, type Uid } from "./ids.ts";
import { parseGroup, type UserSpec } from "./user-spec.ts";

export interface ResolveContext {
	readonly accounts: Accounts;
	readonly reads: Reads;
	/** Who the container was started as. */
	readonly start: Credentials;
	/** Takes what the reader should know: a group that was left out. */
	readonly notes?: string[];
	/** Takes what it was to give and does not. */
	readonly warnings?: Problem[];
}

const root = 0;
/** "No change" to the kernel; some network and shared file systems report it as an owner. */
const noGid = 4_294_967_295;

/** A spec and a policy to numbers. What cannot be looked up is an error, never somebody else. */
export function resolveIdentity(spec: UserSpec, policy: GroupsPolicy, context: ResolveContext): Identity {
	const errors = new Attempts();
	const identity = tryToResolve(spec, policy, context, errors);
	errors.end();
	return identity;
}

/** The same as far as it can be known: `errors` has the reasons why a part of it is not. Without a spec, what does not depend on it is tried. */
export function tryToResolve(spec: UserSpec | undefined, policy: GroupsPolicy, context: ResolveContext, errors: Attempts): Identity {
	const user = spec && errors.attempt(() => resolveUser(spec, context.accounts));
	const gid = spec && errors.attempt(() => resolveGroup(spec, user, context.accounts));
	// For somebody who is not known it is not known either.
	const mayHaveRootGroup = policy.allowRootGroup || user === undefined || user.uid === root;
	const configured = errors.attempt(() => configuredGroups(policy, context.accounts, mayHaveRootGroup));
	const found = spec && user && errors.attempt(() => foundGroups(spec, user.account, policy, context, mayHaveRootGroup));
	if (user === undefined || gid === undefined) {
		return withUnknown<Identity>({}, "uid", "gid", "groups", "name", "home");
	}
	const known = { uid: user.uid, gid, name: user.account?.name, home: homeOf(user.account) };
	return configured === undefined || found === undefined
		? withUnknown<Identity>(known, "groups")
		: { ...known, groups: ascending([gid, ...configured, ...found]) };
}

interface User {
	readonly uid: Uid;
	readonly account: Account | undefined;
}

function resolveUser(spec: UserSpec, accounts: Accounts): User {
	const account = findAccount(spec, accounts);
	return { uid: resolveUid(spec, account, accounts), account };
}

function resolveGroup(spec: UserSpec, user: User | undefined, accounts: Accounts): Gid | undefined {
	return spec.group === undefined ? user && primaryGroup(user.account, spec) : groupId(spec.group, accounts, "user");
}

function findAccount({ user }: UserSpec, accounts: Accounts): Account | undefined {
	return typeof user === "number" ? accounts.userById(user) : accounts.userByName(user);
}

/** `where` is the key it is written at. */
export function failUnknownUser(name: string, where: "user" | "owner" | "--image-user", accounts: Accounts): never {
	fail(
		"USER_UNKNOWN",
		`${quoted(name)} is not in /etc/passwd${suggestion(
			name,
			accounts.namesIn("passwd").filter((each) => each !== "root"),
		)}`,
		{ where, remedy: [remedyFor(name, where)] },
	);
}

function remedyFor(name: string, where: "user" | "owner" | "--image-user"): string {
	if (where === "owner") {
		return "create it in the image (useradd, adduser), or use its number";
	}
	return name === "root"
		? 'an image without /etc/passwd: user: "0"'
		: 'create it in the image (useradd, adduser), or use numbers: user: "1000:1000"';
}

/** A name is root only when it is `root`: uid 0 has to be visible where the user is configured. */
function resolveUid({ user }: UserSpec, account: Account | undefined, accounts: Accounts): Uid {
	if (typeof user === "number") {
		return user;
	}
	if (account === undefined) {
		failUnknownUser(user, "user", accounts);
	}
	if (account.uid === root && user !== "root") {
		fail("USER_IS_ROOT", `${quoted(user)} has uid 0 in /etc/passwd`, { where: "user", remedy: ["to run as root on purpose: user: root"] });
	}
	return account.uid;
}

/** Root needs no entry to have group 0; for anybody else a missing group must not silently stay root's. */
function primaryGroup(account: Account | undefined, { user }: UserSpec): Gid {
	if (account !== undefined) {
		return account.gid;
	}
	if (user === root) {
		return toGid(root);
	}
	return fail("USER_NO_GROUP", `uid ${user} has no entry in /etc/passwd, so its group is not known`, {
		where: "user",
		remedy: [`name the group too: user: "${user}:${user}"`],
	});
}

/** `where` is the key or the option it is written at. */
export function groupId(group: Gid | string, accounts: Accounts, where?: string): Gid {
	if (typeof group === "number") {
		return group;
	}
	return (
		accounts.groupByName(group) ??
		fail("GROUP_UNKNOWN", `${quoted(group)} is not in /etc/group${suggestion(group, accounts.namesIn("group"))}`, {
			where,
			remedy: ["create it in the image (groupadd, addgroup), or use its number"],
		})
	);
}

/** Groups that are written out. Root's among them is a contradiction, not something to leave out. */
function configuredGroups({ add }: GroupsPolicy, accounts: Accounts, mayHaveRootGroup: boolean): Gid[] {
	const errors = new Attempts();
	const groups = add.flatMap(
		(group, index) => errors.attempt(() => configuredGroup(group, `groups.add[${index}]`, accounts, mayHaveRootGroup)) ?? [],
	);
	errors.end();
	return groups;
}

function configuredGroup(group: string, where: string, accounts: Accounts, mayHaveRootGroup: boolean): Gid {
	const gid = groupId(parseGroup(group, where), accounts, where);
	if (gid === root && !mayHaveRootGroup) {
		fail("CONFIG_CONFLICT", `${quoted(group)} is root's group, which needs allow_root_group`, {
			where,
			remedy: ["groups: { allow_root_group: true }"],
		});
	}
	return gid;
}

/** Groups that follow from what is on the system. Root's among them is left out. */
function foundGroups(
	spec: UserSpec,
	account: Account | undefined,
	policy: GroupsPolicy,
	context: ResolveContext,
	mayHaveRootGroup: boolean,
): Gid[] {
	const fromUser = policy.fromUser ?? spec.group === undefined;
	const memberships = fromUser && account !== undefined ? context.accounts.membershipsOf(account.name) : [];
	const found = [...memberships, ...groupsOfPaths(policy.fromPath, context, mayHaveRootGroup)];
	if (!mayHaveRootGroup && found.includes(toGid(root))) {
		context.notes?.push("root's group was found among the groups of the user or of a path, and left out: groups.allow_root_group is off");
	}
	return [...found.filter((gid) => gid !== root || mayHaveRootGroup), ...(policy.keepRuntime ? runtimeGroups(context) : [])];
}

/**
 * What the runtime added (--group-add, supplementalGroups): the groups of the start without root's, the start user's primary
 * group and its own memberships, which are not the workload's. The account files are read only when something is left to ask.
 */
function runtimeGroups({ accounts, start }: ResolveContext): Gid[] {
	const candidates = start.groups.filter((gid) => gid !== root && gid !== start.gids.real);
	if (candidates.length === 0) {
		return [];
	}
	const startUser = accounts.userById(start.uids.real);
	const own = startUser === undefined ? [] : [startUser.gid, ...accounts.membershipsOf(startUser.name)];
	return candidates.filter((gid) => !own.includes(gid));
}

/**
 * The groups that own the paths there are; a path that is missing has none. A group is access: it counts only where nobody but root, or
 * who started the container, can have put what it is read from, and not on a server's word.
 */
function groupsOfPaths(patterns: readonly string[], { reads, notes, warnings }: ResolveContext, mayHaveRootGroup: boolean): Gid[] {
	const leaveOut = (path: string, doubt: string) =>
		void notes?.push(`groups.from_path: the group of ${quoted(path)} is left out: ${printable(doubt)}`);
	const list = (directory: string): readonly string[] => {
		const found = arrive(reads, directory, (arrival) => mustListNames(reads, reopen(reads, arrival, O.RDONLY | O.DIRECTORY)));
		if (typeof found === "string") {
			leaveOut(directory, found);
		}
		return typeof found === "object" ? found.value : [];
	};
	return patterns
		.flatMap((pattern) => expandPattern(reads, pattern, list))
		.flatMap((path) => {
			const found = arrive(reads, path, ({ place, isFixed }) => (isFixed || place.isMountPoint ? place.stat.gid : undefined));
			if (found === undefined && !isPattern(path)) {
				warnings?.push({ message: `groups.from_path: there is nothing at ${quoted(path)}, so no group is added` });
			}
			if (typeof found === "string") {
				leaveOut(path, found);
			}
			const gid = typeof found === "object" ? found.value : noGid;
			if (gid === root && !mayHaveRootGroup && patterns.includes(path)) {
				const message = `groups.from_path: ${quoted(path)} is of root's group, which is not added`;
				warnings?.push({ message, remedy: ["give it another one where it is made, or allow_root_group: true"] });
			}
			if (gid === undefined) {
				leaveOut(path, "somebody else than root could have put it there");
			}
			// Through a group that the user namespace does not map nothing can be reached.
			return gid === undefined || gid === OVERFLOW_ID || gid === noGid ? [] : [toGid(gid)];
		});
}

/** What is made of a path, why it is not believed, or `undefined` when nothing is there. Of what cannot be looked at, nobody can tell what is missing. */
function arrive<T>(reads: Reads, path: string, use: (arrival: Arrival) => T): { readonly value: T } | string | undefined {
	let served: MountFacts | undefined;
	const mayEnter = (mount: MountFacts): Errno | undefined => {
		served = mount.isVouchedFor ? served : mount;
		return served === undefined ? undefined : -errno.EACCES;
	};
	try {
		const found = walk(reads, fromRoot(reads, path), { mayFollow: isOfRoot, mayEnter }, (arrival) => ({ value: use(arrival) }));
		if (served !== undefined) {
			return `it ${whyNotVouchedFor(served)}`;
		}
		return unlessAbsent("open", found);
	} catch (error) {
		if (error instanceof UntrustedLink) {
			return error.message;
		}
		if (!(error instanceof SyscallError)) {
			throw error;
		}
		const { message, remedy } = errnoText("unread", error.errno);
		return error.is("EACCES")
			? message
			: fail("GROUP_UNKNOWN", `${quoted(path)} cannot be looked at: ${message}`, { where: "groups.from_path", remedy });
	}
}
