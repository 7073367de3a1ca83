import { yamlScalar } from "../../../report/yaml.ts";
import { isOfSystem, systemPaths } from "../../../steps/common/system-names.ts";
import { makesRootsFiles, modesChanged, refusedIfShaped, treesGivenAway } from "../../../steps/facts.ts";
import { powerfulSocket } from "../../guides/powerful-groups.ts";
import { isRoot } from "./root-rules.ts";
import type { Found, Rule } from "./rule.ts";

/** Trees that belong to many or grow without bound. A run refuses those of the system. */
const shared: readonly string[] = [
	...systemPaths,
	"/run",
	"/var",
	"/var/lib",
	"/home",
	"/media",
	"/mnt",
	"/opt",
	"/root",
	"/srv",
	"/tmp",
	...["/usr/libexec", "/usr/local", "/usr/local/bin", "/usr/local/lib", "/usr/local/sbin", "/usr/share"],
	"/var/cache",
	"/var/log",
	"/var/tmp",
];

/** Of the kernel, and a run refuses it. */
const kernels = /^\/(?:proc|sys)\/./;

/** What no volume of one program is. */
export function isManys(path: string): boolean {
	return shared.includes(path) || powerfulSocket.test(path);
}

export const hugeTree: Rule = {
	severity: "warning",
	summary: "A whole shared tree is re-owned, which is slow at every start and gives the workload what is not its own.",
	find: ({ config: { setup } }) =>
		setup.flatMap((entry, index): Found[] =>
			treesGivenAway(entry)
				.filter((each) => kernels.test(each) || shared.includes(each.replace(/(?:\/+\**)+$/, "") || "/"))
				.map((each) => ({
					at: ["setup", index, entry.kind],
					message: `${entry.kind} ${each} walks a tree that is not the workload's alone`,
					remedy: [
						`name the directories that the workload writes to${kernels.test(each) || isOfSystem(each.replace(/(?<=.)\/+$/, "")) ? "" : ", or policy: top-only"}`,
					],
				})),
		),
};

export const daemonSocket: Rule = {
	severity: "warning",
	summary:
		"The socket of a container daemon is re-owned or its mode changed: that is the machine's own file, and whoever may connect is root there.",
	find: ({ config: { setup } }) =>
		setup.flatMap((entry, index) =>
			[...treesGivenAway(entry), ...modesChanged(entry)]
				.filter((each) => powerfulSocket.test(each))
				.map(
					(each): Found => ({
						at: ["setup", index, entry.kind],
						message: `${entry.kind} ${each} changes the daemon's socket on the machine, for all who use it there`,
						remedy: [`groups: {from_path: [${yamlScalar(each)}]}, where the workload is to have the machine`],
					}),
				),
		),
};

export const rootOnDisk: Rule = {
	severity: "warning",
	summary: "What the workload makes in a mapped mount is root's on disk, a set-user-ID program too.",
	find: ({ config: { setup } }) =>
		setup.flatMap((entry, index): Found[] =>
			makesRootsFiles(entry)
				? [
						{
							at: ["setup", index, entry.kind, "idmap"],
							message: "whoever sees the source without this mount finds there what the workload made, as root's",
							remedy: [
								"own gives it to the workload on disk; options: [ro] lets nothing be made; or see that nobody else runs or believes what lies there",
							],
						},
					]
				: [],
		),
};

/** `/data/**` gives away what is in /data, and /data all below it. */
function isIn(path: string, tree: string): boolean {
	const top = tree.replace(/(?:\/+\**)+$/, "");
	return path === top || path.startsWith(`${top}/`);
}

export const shapedImage: Rule = {
	severity: "error",
	summary: "An image that is mounted lies in a tree that is given to the workload: what that can write is not mounted.",
	find: ({ config }) => {
		const given = isRoot(config) ? [] : config.setup.flatMap(treesGivenAway);
		return config.setup.flatMap((entry, index): Found[] =>
			refusedIfShaped(entry).flatMap((path) => {
				const tree = given.find((each) => isIn(path, each));
				const message = `${path} is mounted as a file system, and own ${tree} makes it the workload's`;
				const remedy = ["keep it where only root writes, or exclude it and its directory from own"];
				return tree === undefined ? [] : [{ at: ["setup", index, entry.kind, "source"], message, remedy }];
			}),
		);
	},
};
