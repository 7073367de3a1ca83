import { rootRemedy } from "../../capability/grant.ts";
import { isDevice, isDirectory, typeOf } from "../../files/kind.ts";
import { mountAt } from "../../files/mountinfo.ts";
import { allows, octal, type Viewer } from "../../files/permissions.ts";
import { waysOfRootGroup } from "../../files/who-met-what.ts";
import { yamlQuoted, yamlScalar } from "../../report/yaml.ts";
import { AT, S } from "../../sys/constants.ts";
import type { Reads, Stat } from "../../sys/native.ts";
import { namesIn } from "./refusal.ts";

/** How what is closed to the user is opened to it. What is the machine's gets no other owner: whoever has a daemon's socket has the machine. */
export function waysToOpen(reads: Reads, path: string, viewer: Viewer): string[] {
	const stat = reads.statat(AT.FDCWD, path, 0);
	const [, self] = reads.getresuid();
	if (typeof stat === "number" || allows(stat, viewer, isDirectory(stat) ? 3 : 2)) {
		return ["a directory above it is closed: open that to the user"];
	}
	if (isOfMachine(reads, path, stat)) {
		return waysOfGroup(reads, path, stat);
	}
	return self === 0
		? [`own: ${yamlScalar(path)}, before this step`]
		: [...rootRemedy(["CHOWN"], self, namesIn(reads, path)?.length === 0 ? path : undefined), ...waysOfRootGroup(reads, path)];
}

function isOfMachine(reads: Reads, path: string, stat: Stat): boolean {
	return isDevice(stat) || typeOf(stat) === S.IFSOCK || (!isDirectory(stat) && mountAt(reads, path)?.point === path);
}

const groupMayWrite = 0o020;

/** For what is there, by the group that it has. */
export function waysOfGroup(reads: Reads, path: string, { mode, uid, gid }: Stat): string[] {
	if ((mode & groupMayWrite) === 0) {
		return [
			`let a group write it where it is made (mode ${octal(mode & 0o7777)} of ${uid}:${gid}), by chgrp and chmod g+w or the settings of who makes it`,
		];
	}
	const isRoots = gid === 0;
	return reads.getresuid()[1] === 0
		? [
				...(isRoots ? ["give it another group than root's where it is made"] : []),
				`${isRoots ? "or " : ""}groups: {from_path: [${yamlQuoted(path)}]${isRoots ? ", allow_root_group: true" : ""}}`,
			]
		: [
				`docker run --group-add ${gid} ... | compose: group_add: ["${gid}"] | kubernetes: spec.securityContext.supplementalGroups: [${gid}]`,
			];
}
