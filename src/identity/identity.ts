import type { Gid, Uid } from "./ids.ts";

/** Whom the workload runs as, resolved to numbers before anything changes. */
export interface Identity {
	readonly uid: Uid;
	readonly gid: Gid;
	/** Ascending, with the primary gid in it. */
	readonly groups: readonly Gid[];
	/** Login name from passwd; `undefined` for an id without an entry. */
	readonly name: string | undefined;
	/** Home directory from passwd; `/` when unknown, or the HOME of a start that is this user already and has no entry. */
	readonly home: string;
}

/** The account files, read once. Errors of an entry are raised when that entry is needed. */
export interface Accounts {
	/** `undefined` when there is no such entry. */
	userByName(name: string): Account | undefined;
	userById(uid: Uid): Account | undefined;
	groupByName(name: string): Gid | undefined;
	/** Groups of /etc/group that list the login name as a member, ascending. */
	membershipsOf(name: string): readonly Gid[];
	/** Login names that /etc/group lists as members of the group. */
	membersOf(gid: number): readonly string[];
	/** Login names whose own group it is in /etc/passwd. */
	usersInGroup(gid: number): readonly string[];
	/** The names that the file has, or the first of very many, for one that is not among them. */
	namesIn(file: "passwd" | "group"): readonly string[];
}

export interface Account {
	readonly name: string;
	readonly uid: Uid;
	readonly gid: Gid;
	readonly home: string;
	/** Empty where the entry has none. */
	readonly shell: string;
}

/** Which supplementary groups the workload gets. */
export interface GroupsPolicy {
	/** `undefined`: yes for a user without an explicit group, no for `user:group`. */
	readonly fromUser: boolean | undefined;
	readonly keepRuntime: boolean;
	readonly add: readonly string[];
	/** Paths and patterns whose group is added. */
	readonly fromPath: readonly string[];
	readonly allowRootGroup: boolean;
}
