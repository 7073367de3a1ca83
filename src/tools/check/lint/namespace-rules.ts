import type { Config } from "../../../config/config.ts";
import type { NamespacesSetting } from "../../../confine/namespaces.ts";
import { baseName } from "../../../files/path-text.ts";
import { type Found, placeOfWord, type Rule, wordsOfCommand } from "./rule.ts";

function has({ rows }: Config, name: NamespacesSetting[number]): boolean {
	return (rows["namespaces"] as NamespacesSetting | undefined)?.includes(name) === true;
}

/** Of the steps those that wait have such a field, beside `listen`. */
interface Waiting {
	readonly tcp?: readonly unknown[];
	readonly http?: readonly unknown[];
}

export const networkWait: Rule = {
	severity: "error",
	summary: "A step waits for a server after the drop, in a network of its own with nothing but loopback.",
	find: ({ config }) =>
		!has(config, "net")
			? []
			: config.setup.flatMap(({ kind, config: step }, index): Found[] => {
					const { tcp = [], http = [] } = kind === "listen" ? {} : ((step ?? {}) as Waiting);
					return tcp.length + http.length === 0
						? []
						: [
								{
									at: ["setup", index, kind],
									message: "it waits as the user, when the workload's network has nothing but loopback: no server answers there",
									remedy: ["wait by a program of run, which has the network of the start", "or leave net out of namespaces"],
								},
							];
				}),
};

/** Each waits for udev by a semaphore of System V. */
const mappers = /^(?:dmsetup|cryptsetup|veritysetup|integritysetup|lvm|(?:vg|lv|pv)[a-z]+|kpartx|multipath|dmraid)$/;

export const ipcDeviceMapper: Rule = {
	severity: "warning",
	summary: "A tool of the device mapper waits for udev by a semaphore, which in an ipc namespace of one's own nobody lowers.",
	find: (subject) => {
		const { config } = subject;
		if (!has(config, "ipc")) {
			return [];
		}
		const steps = config.setup.flatMap(({ kind, config: step }, index): [Found["at"], string][] => {
			const { command = [], env = {} } = kind === "run" ? ((step ?? {}) as { command?: readonly string[]; env?: object }) : {};
			return command[0] === undefined || "DM_DISABLE_UDEV" in env ? [] : [[["setup", index, kind], baseName(command[0])]];
		});
		const [first = ""] = wordsOfCommand(subject);
		const all: [Found["at"], string][] = [...steps, [placeOfWord(subject, 0, "namespaces"), baseName(first)]];
		return all.flatMap(([at, name]) =>
			mappers.test(name)
				? [
						{
							at,
							message: `${name} may hang: it waits for the machine's udev by a System V semaphore, which is of another ipc namespace`,
							remedy: ["DM_DISABLE_UDEV=1 in its environment, or leave ipc out of namespaces"],
						},
					]
				: [],
		);
	},
};
