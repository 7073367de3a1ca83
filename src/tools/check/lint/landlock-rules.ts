import type { Config } from "../../../config/config.ts";
import { observeAbi, requireAbi } from "../../../confine/landlock/kernel.ts";
import { unenforced, wallsFiles } from "../../../confine/landlock/rights.ts";
import type { LandlockSetting } from "../../../confine/landlock/setting.ts";
import { isDevicePath } from "../../../confine/landlock/written.ts";
import { isDirectory } from "../../../files/kind.ts";
import { absolutePath, baseName } from "../../../files/path-text.ts";
import { Failure } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";
import { yamlScalar } from "../../../report/yaml.ts";
import { AT } from "../../../sys/constants.ts";
import { type Found, type Rule, type Subject, wordsOfCommand } from "./rule.ts";

function settingOf({ rows }: Config): LandlockSetting | undefined {
	return rows["landlock"] as LandlockSetting | undefined;
}

/** The words of the command, where the file system is walled. */
function walledCommand(subject: Subject): readonly string[] {
	const setting = settingOf(subject.config);
	return setting !== undefined && wallsFiles(setting) ? wordsOfCommand(subject) : [];
}

const runtimes = [
	"bwrap",
	"flatpak",
	"firejail",
	"nsjail",
	"systemd-nspawn",
	"runc",
	"crun",
	"podman",
	"buildah",
	"dockerd",
	"containerd",
	"buildkitd",
];
const mounters = [
	...["mount", "umount", "fusermount", "fusermount3", "sshfs", "squashfuse", "fuse-overlayfs", "gocryptfs", "encfs", "ntfs-3g"],
	...["bindfs", "mergerfs", "s3fs", "gcsfuse", "mount-s3", "curlftpfs"],
];

/** What of a command line mounts; undefined when nothing is known to. */
function mounting([first = "", ...words]: readonly string[]): string | undefined {
	const name = baseName(first);
	if (runtimes.includes(name) || mounters.includes(name)) {
		return name;
	}
	if (name === "rclone" && words.includes("mount")) {
		return "rclone mount";
	}
	const option = name === "unshare" ? optionsOf(words).find((word) => /^--mount(?:-proc)?(?:=|$)|^-[a-zA-Z]*m/.test(word)) : undefined;
	return option === undefined ? undefined : `unshare ${option}`;
}

/** Up to the program that is started. */
function optionsOf(words: readonly string[]): readonly string[] {
	const end = words.findIndex((word) => !word.startsWith("-"));
	return end < 0 ? words : words.slice(0, end);
}

export const landlockMount: Rule = {
	severity: "error",
	summary: "The command mounts, which Landlock refuses to everybody as soon as files are walled, root and user namespaces included.",
	find: (subject) => {
		const found = mounting(walledCommand(subject));
		return found === undefined
			? []
			: [
					{
						at: ["landlock"],
						message: `${found} mounts, and under landlock with read, execute or write every mount is refused`,
						remedy: ["wall its ports alone (connect, bind), or mount by a step: mount, fuse"],
					},
				];
	},
};

/** Each writes there, and what. */
const writers: Readonly<Record<string, string>> = {
	unshare: "uid_map and gid_map of its user namespace",
	...Object.fromEntries(
		["chrome", "chromium", "google-chrome", "electron"].map((name) => [name, "uid_map and oom_score_adj for its sandbox"]),
	),
	sshd: "its oom_score_adj",
	choom: "oom_score_adj",
};

export const landlockProc: Rule = {
	severity: "warning",
	summary: "The command writes to /proc, for user namespaces (uid_map) or oom_score_adj, and landlock.write has no /proc.",
	find: (subject) => {
		const words = walledCommand(subject);
		const name = baseName(words[0] ?? "");
		const what = writers[name];
		const isOpen = settingOf(subject.config)?.write?.some((path) => ["/", "/proc"].includes(absolutePath(path, "/"))) ?? false;
		const isUsed = name !== "unshare" || optionsOf(words.slice(1)).some((word) => /^--(?:user|map)|^-[a-zA-Z]*[Urc]/.test(word));
		return what === undefined || isOpen || !isUsed || mounting(words) !== undefined
			? []
			: [
					{
						at: ["landlock"],
						message: `${name} writes ${what}, and /proc is open for reading alone`,
						remedy: ["write: [/proc], beside what stands there: what may be written in it stays the kernel's to say"],
					},
				];
	},
};

export const landlockRoot: Rule = {
	severity: "warning",
	summary: "landlock.write is about the whole file system, so that it walls hardly anything.",
	find: ({ config }) =>
		(settingOf(config)?.write ?? []).flatMap((path, index): Found[] =>
			absolutePath(path, "/x") === "/"
				? [
						{
							at: ["landlock", "write", index],
							message: "everything may be written, so that only devices are not made",
							remedy: ["name the directories of the data"],
						},
					]
				: [],
		),
};

/** Directories below /dev that hold no devices but terminals. */
const plain = ["/dev/shm", "/dev/pts", "/dev/mqueue", "/dev/hugepages"];

export const landlockDevices: Rule = {
	severity: "warning",
	summary: "landlock.write has a directory of devices: each of them may be written then, and asked for everything by ioctl(2).",
	find: ({ config, reads, image }) =>
		(settingOf(config)?.write ?? []).flatMap((written, index): Found[] => {
			const path = absolutePath(written, "/x");
			const isPlain = plain.some((each) => path === each || path.startsWith(`${each}/`));
			const stat = image === undefined || !path.startsWith("/dev/") ? -1 : reads.statat(AT.FDCWD, path, 0);
			const isOfDevices = path === "/dev" || (typeof stat !== "number" && isDirectory(stat));
			return isPlain || !isOfDevices
				? []
				: [
						{
							at: ["landlock", "write", index],
							message: `${quoted(written)} is a directory of devices: all of them are open, ioctl(2) included`,
							remedy: ["name the devices: /dev/net/tun, say; those that each program takes are in the base set"],
						},
					];
		}),
};

const isBelow = (path: string, directory: string) => path === directory || path.startsWith(`${directory}/`);

/** Of the system: programs, and what they load. */
const ofPrograms = [
	...["/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/libexec"],
	...["/usr/local/bin", "/usr/local/sbin", "/usr/local/lib"],
];

export const writtenPrograms: Rule = {
	severity: "warning",
	summary:
		"landlock.write has a directory with programs of the system: where their modes let it, the workload may change what others execute.",
	find: ({ config }) =>
		(settingOf(config)?.write ?? []).flatMap((written, index): Found[] => {
			const path = absolutePath(written, "/x");
			return path !== "/" && ofPrograms.some((each) => isBelow(path, each) || isBelow(each, path))
				? [
						{
							at: ["landlock", "write", index],
							message: `${quoted(written)} has programs and libraries of the system, and the workload may change them where their modes let it`,
							remedy: ["name the directories of the data"],
						},
					]
				: [];
		}),
};

export const writtenIsExecuted: Rule = {
	severity: "warning",
	summary: "What landlock lets the workload write it may also execute.",
	find: ({ config }) => {
		const { execute = [], write = [] } = settingOf(config) ?? {};
		const isWithin = (path: string, directory: string) => path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
		return execute.flatMap((each, index): Found[] => {
			const at = absolutePath(each, "/x");
			const other = write.find((path) => {
				const tree = absolutePath(path, "/x");
				return tree !== "/" && (isWithin(at, tree) || isWithin(tree, at));
			});
			const isInside = other !== undefined && absolutePath(other, "/x") !== at && isWithin(at, absolutePath(other, "/x"));
			return other === undefined
				? []
				: [
						{
							at: ["landlock", "execute", index],
							message: `${yamlScalar(each)} may be executed, and ${yamlScalar(other)} be written: what is put there can be run`,
							remedy: [
								"keep programs and data apart, where the workload lets you",
								...(isInside
									? [
											`or execute: [${yamlScalar(other)}]: a file that is moved or linked from there to ${yamlScalar(each)} fails with EXDEV, since it gains a right`,
										]
									: []),
							],
						},
					];
		});
	},
};

export const landlockKernel: Rule = {
	severity: "note",
	summary: "The kernel of this machine does not enforce all of landlock; that of the one where the image runs may.",
	find: ({ config, reads, image }) => {
		const setting = settingOf(config);
		if (setting === undefined || image === undefined) {
			return [];
		}
		const found = observeAbi(reads);
		try {
			const device = setting.read?.find((path) => isDevicePath(reads, path));
			const lacks = unenforced(setting, requireAbi(found, setting, device));
			return lacks.length === 0 ? [] : [{ at: ["landlock"], message: `on this kernel (ABI ${found.abi}) ${lacks.join("; ")}`, remedy: [] }];
		} catch (error) {
			if (!(error instanceof Failure)) {
				throw error;
			}
			const [{ message, remedy = [] }] = error.diagnostics;
			return [{ at: ["landlock"], message: `a start on this kernel is refused: ${message}`, remedy }];
		}
	},
};
