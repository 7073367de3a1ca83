import { nonEmptyText, path } from "../../config/fields.ts";
import { type FieldsOutput, mapping, required } from "../../config/mapping.ts";
import { isDirectory, isLink } from "../../files/kind.ts";
import { lookTrusted, mustOpenTrusted } from "../../files/open.ts";
import { absolutePath, splitPath } from "../../files/path-text.ts";
import { placeLink } from "../../files/place.ts";
import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { must } from "../../sys/act.ts";
import { AT, O } from "../../sys/constants.ts";
import { errno } from "../../sys/errno.ts";
import type { Reads } from "../../sys/native.ts";
import { mustRead, SyscallError, withDescriptor } from "../../sys/observe.ts";
import { orAsUser } from "../common/as-user.ts";
import { isReadByRoot } from "../common/believed.ts";
import { unplaceable, untrustedOnTheWay } from "../common/obstacle.ts";
import { mayTakeAway, toReach, toTakeAway } from "../common/reach.ts";
import { makeFirst, refusal } from "../common/refusal.ts";
import { isOfSystem, isShared } from "../common/system-names.ts";
import type { Obstacle, Step } from "../step.ts";

export interface LinkAction {
	readonly path: string;
	/** As it is written into the link: from the link's own directory when it is relative. symlink(7) */
	readonly to: string;
}

const fields = { path: required(path), to: required(nonEmptyText) };

export const link: Step<FieldsOutput<typeof fields>, LinkAction> = {
	summary: "Makes a symbolic link; one that leads elsewhere is replaced, anything else is left and an error.",
	schema: () => mapping(fields, { path: ["path", "to"] }),
	plan: ({ path: written, to }, { reads }) => {
		const path = absolutePath(written, mustRead("getcwd", reads.getcwd()));
		if (isOfSystem(path) || isShared(path) || isReadByRoot(path)) {
			fail("CONFIG_INVALID_VALUE", `link ${quoted(path)}: what the system is, and what the next start believes, is led nowhere else`, {
				remedy: ["name a path of the workload's own"],
			});
		}
		return { path, to };
	},
	describe: ({ path, to }) => `${path} to ${to}`,
	needs: ({ path, to }, reads) => (targetOf(reads, path) === to ? [toReach(path)] : toTakeAway(path, reads)),
	mayNeed: ({ path }) => mayTakeAway(path),
	obstacles: ({ path, to }, reads, isClose) => {
		const found = targetOf(reads, path) === to ? [] : linkObstacles(path, reads);
		return found.length > 0 || !isClose ? found : untrustedOnTheWay(reads, path, splitPath(path).parent);
	},
	makes: ({ path }) => [{ path, isTree: true }],
	apply: ({ path, to }, context) =>
		orAsUser({ uid: undefined, gid: undefined }, context, ({ host }) => {
			const { parent, name } = splitPath(path);
			try {
				return withDescriptor(host, mustOpenTrusted(host, parent, O.PATH | O.DIRECTORY), (directory) => {
					const stat = host.statat(directory, name, AT.SYMLINK_NOFOLLOW);
					if (typeof stat !== "number" && !isLink(stat)) {
						const { message, remedy } = noLink(path, isDirectory(stat));
						fail("STEP_FAILED", message, { remedy });
					}
					if (typeof stat !== "number" && host.readlinkat(directory, name) === to) {
						return { state: "ok", detail: "already there" };
					}
					if (typeof stat === "number") {
						must(host, "symlinkat", to, directory, name);
						if (host.readlinkat(directory, name) !== to) {
							fail("STEP_FAILED", `${quoted(path)}: the file system did not keep the link as it was made`);
						}
						return { state: "changed", detail: "made" };
					}
					if (!placeLink(host, directory, name, to)) {
						// Who can write to the directory gave the name to something else.
						throw new SyscallError("renameat2", errno.EEXIST);
					}
					return { state: "changed", detail: "led elsewhere" };
				});
			} catch (error) {
				throw refusal(error, { reads: host, path, meanings: directoryMeanings(parent) });
			}
		}),
};

function noLink(path: string, isTree: boolean): { readonly message: string; readonly remedy: readonly string[] } {
	const named = isTree ? `{path: ${yamlScalar(path)}, recursive: true}` : yamlScalar(path);
	return { message: `${quoted(path)} is there and is not a symbolic link`, remedy: [`remove it first: - remove: ${named}`] };
}

function directoryMeanings(parent: string) {
	return { ENOENT: makeFirst("its directory does not exist", parent) };
}

function linkObstacles(path: string, reads: Reads): Obstacle[] {
	const stat = reads.statat(AT.FDCWD, path, AT.SYMLINK_NOFOLLOW);
	return typeof stat === "number" || isLink(stat)
		? unplaceable(reads, path, "open", { meanings: directoryMeanings(splitPath(path).parent) })
		: [{ ...noLink(path, isDirectory(stat)), at: [path] }];
}

/** Where the link leads now; `undefined` when there is none, or none that can be trusted. */
function targetOf(reads: Reads, path: string): string | undefined {
	const { parent, name } = splitPath(path);
	const directory = lookTrusted(reads, parent, O.PATH | O.DIRECTORY);
	const target = directory < 0 ? directory : withDescriptor(reads, directory, () => reads.readlinkat(directory, name));
	return typeof target === "string" ? target : undefined;
}
