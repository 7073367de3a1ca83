import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Whom the first program of a house runs as. */
export interface Account {
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
	readonly home: string;
}

function rows(tree: string, file: string): readonly string[][] {
	const path = join(tree, "etc", file);
	return existsSync(path)
		? readFileSync(path, "utf8")
				.split("\n")
				.filter(Boolean)
				.map((line) => line.split(":"))
		: [];
}

/** `--user` and `--group-add` by the account files of a tree, as Docker does: a group that is named takes the place of all that the files say. */
export function accountOf(tree: string, user: string, added: readonly string[]): Account {
	const [name = "", group] = user.split(":");
	const passwd = rows(tree, "passwd");
	const groups = rows(tree, "group");
	const row = passwd.find(([each, , uid]) => each === name || uid === name);
	const uid = Number(row?.[2] ?? name);
	const gid = group === undefined ? Number(row?.[3] ?? 0) : groupNumber(groups, group);
	if (Number.isNaN(uid)) {
		throw new Error(`a house has no user ${name}`);
	}
	const isListed = group === undefined && row !== undefined;
	const ofFiles = isListed ? groups.filter(([, , , members = ""]) => members.split(",").includes(row[0] ?? "")) : [];
	const all = new Set([gid, ...ofFiles.map(([, , each]) => Number(each)), ...added.map((each) => groupNumber(groups, each))]);
	return { uid, gid, groups: [...all].sort((left, right) => left - right), home: row?.[5] ?? "/" };
}

function groupNumber(groups: readonly string[][], name: string): number {
	const number = Number(groups.find(([each, , gid]) => each === name || gid === name)?.[2] ?? name);
	if (Number.isNaN(number)) {
		throw new Error(`a house has no group ${name}`);
	}
	return number;
}
