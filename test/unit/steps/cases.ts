import type { StepKind } from "../../../src/steps/index.ts";

/** The title of a test in the step's own file, of one elsewhere below test/e2e, or why there is nothing to show. */
export type Shown = string | readonly [file: string, title: string] | { readonly none: string };

export interface Cases {
	/** The goal is reached already: nothing is done, and nothing is needed. */
	readonly right: Shown;
	readonly wrong: Shown;
	/** What a run that was killed in the middle has left. */
	readonly halfDone: Shown;
	/** Each kind of refusal is told from the others. */
	readonly capability: Shown;
	/** A mount or a file system refuses, mostly because it is read-only. */
	readonly mount: Shown;
	readonly deviceCgroup: Shown;
	/** A seccomp filter or a security module. */
	readonly filter: Shown;
	/** Links, other names of a file, names that are exchanged meanwhile. */
	readonly hostile: Shown;
}

const none = (reason: string): Shown => ({ none: reason });

const killed = ["interrupted", "ends up in the same state when it is repeated, wherever it was killed"] as const;
const filtered = ["steps/refused", "names the filter and what else it may be: %s"] as const;
const attacked = ["steps/hostile", "changes nothing outside the tree while directories are swapped for links, in 10,000 rounds"] as const;
const attackedNames = [
	"steps/hostile-names",
	"chmod, link, remove and device change nothing outside while directories are swapped for links",
] as const;
const attackedStarts = ["steps/hostile-names", "%s puts nothing outside while directories are swapped for links"] as const;

const noDevice = none("opens no device");
const oneCall = none("is one system call, done or not");
const asUser = none("runs as the user after the drop, with nothing that could be misled or missing");
const ofProgram = none("a program's refusals are its own, and end it with a status");
const alsoWorkload = none("a filter that refuses fork, execve or setresuid refuses the workload as well");
const plainCalls = none("opens, reads and writes files, as every program does: a filter that refuses these lets none run");
const changesNothing = none("changes nothing");

/** Every setup step, and the test that shows each case. */
export const cases: Readonly<Record<StepKind, Cases>> = {
	mkdir: {
		right: "makes what is missing, parents for root, and finds it right the second time",
		wrong: "corrects mode and owner of the last component alone",
		halfDone: killed,
		capability: "needs CHOWN for a new directory, and says so before it makes one",
		mount: "says that the file system is read-only, unless there is nothing to do",
		deviceCgroup: noDevice,
		filter: filtered,
		hostile: attacked,
	},
	own: {
		right: "does without any capability when all is right",
		wrong: "changes what has another owner, and nothing the second time",
		halfDone: killed,
		capability: "names the capability, and how to grant it",
		mount: "says that the volume is mounted read-only",
		deviceCgroup: noDevice,
		filter: filtered,
		hostile: attacked,
	},
	chmod: {
		right: "sets the mode where it differs, and does nothing the second time",
		wrong: "changes a tree by kind, and neither its links nor its pipes",
		halfDone: killed,
		capability: "names what refuses it",
		mount: "names what refuses it",
		deviceCgroup: noDevice,
		filter: filtered,
		hostile: attackedNames,
	},
	file: {
		right: "makes the file once, then finds it right, and corrects content, mode and owner",
		wrong: "replaces a file of the image",
		halfDone: killed,
		capability: "names the capability that is missing before anything is made, and needs none when all is right",
		mount: "says that the file system is read-only, unless there is nothing to do",
		deviceCgroup: noDevice,
		filter: filtered,
		hostile: attacked,
	},
	secret: {
		right: "takes a file of root's, and finds it right the second time",
		wrong: "replaces what is there with another content or a wider mode",
		halfDone: killed,
		capability: "names CHOWN before the file is made",
		mount: "says that the file system is read-only, unless there is nothing to do",
		deviceCgroup: noDevice,
		filter: filtered,
		hostile: attackedStarts,
	},
	copy: {
		right: "seeds an empty directory once: modes kept, links as links, set-user-ID of files not",
		wrong: "adds the entries that are missing, at any depth, and touches no other",
		halfDone: killed,
		capability: "needs CHOWN and says so before it makes anything, and nothing when all is there",
		mount: "says that the file system is read-only",
		deviceCgroup: noDevice,
		filter: filtered,
		hostile: attacked,
	},
	link: {
		right: "makes one, finds it right, and replaces one that leads elsewhere",
		wrong: "makes one, finds it right, and replaces one that leads elsewhere",
		halfDone: killed,
		capability: "replaces the link of somebody else in a sticky directory, and finds one behind a closed door",
		mount: "leaves what is no link, and says what refuses it",
		deviceCgroup: noDevice,
		filter: filtered,
		hostile: attackedNames,
	},
	remove: {
		right: "takes files and links away, and is content when there is nothing",
		wrong: "takes a directory only when it is told to, with all below it and no more",
		halfDone: killed,
		capability: "names the capability that is missing, for a sticky directory and for a closed one",
		mount: "says that the file system is read-only, unless there is nothing to do",
		deviceCgroup: noDevice,
		filter: filtered,
		hostile: attackedNames,
	},
	listen: {
		right: none("a socket is opened at each start, and ends with it"),
		wrong: "replaces a socket that nobody answers on, and nothing else",
		halfDone: killed,
		capability: "says what refuses it, and takes a stale one of somebody else away in a sticky directory",
		mount: "says what refuses it, and takes a stale one of somebody else away in a sticky directory",
		deviceCgroup: noDevice,
		filter: filtered,
		hostile: attackedStarts,
	},
	mount: {
		right: "needs nothing for what the runtime has mounted",
		wrong: "mounts a tmpfs without devices and set-user-ID programs, once",
		halfDone: killed,
		capability: "tells a missing capability from a filter and from a security module",
		mount: "names an option that the file system does not know",
		deviceCgroup: ["steps/mount-image", "takes no more than is told where something is missing"],
		filter: "tells a missing capability from a filter and from a security module",
		hostile: "takes none that is exchanged for a link meanwhile, as mount(8) does",
	},
	fuse: {
		right: "finds a mount that answers",
		wrong: "serves the workload through a daemon, and neither holds a capability",
		halfDone: "replaces one whose daemon is gone",
		capability: "tells a missing device, a forbidden device and a missing capability apart",
		mount: none("what is mounted over may be read-only"),
		deviceCgroup: "tells a missing device, a forbidden device and a missing capability apart",
		filter: ["steps/refused", "names the filter when fuse may not mount"],
		hostile: "does not mount over what a link of the workload leads to",
	},
	run: {
		right: "makes something once, and again where a run before did not come to its end",
		wrong: "runs as root without any capability unless some are listed",
		halfDone: "makes something once, and again where a run before did not come to its end",
		capability: "needs a capability that it lists",
		mount: ofProgram,
		deviceCgroup: ofProgram,
		filter: alsoWorkload,
		hostile: "is refused behind a link that the workload could have made",
	},
	require: {
		right: "is content with all that is there, started %s",
		wrong: "reports everything that is missing at once, then the message",
		halfDone: changesNothing,
		capability: "reports everything that is missing at once, then the message",
		mount: "tells what refuses a device: its mode, the device cgroup, a mount without devices",
		deviceCgroup: "tells what refuses a device: its mode, the device cgroup, a mount without devices",
		filter: plainCalls,
		hostile: "asks for what the user can do, not for what root can",
	},
	hostname: {
		right: "needs nothing for the name that is there, started %s",
		wrong: "sets a name that differs, and the workload cannot",
		halfDone: oneCall,
		capability: "names the capability, and the way without one",
		mount: none("there is no file"),
		deviceCgroup: noDevice,
		filter: "tells a filter from a missing capability",
		hostile: none("there is no file, and no other process knows the name before it is set"),
	},
	sysctl: {
		right: "needs nothing for values that the runtime has set, though they are read-only",
		wrong: "sets what differs where /proc/sys is writable, once",
		halfDone: "sets what differs where /proc/sys is writable, once",
		capability: "tells a setting that is missing from a value that is refused and from a missing capability",
		mount: "says that /proc/sys is read-only, and where the value comes from instead",
		deviceCgroup: noDevice,
		filter: plainCalls,
		hostile: "does not write to what somebody has mounted over /proc/sys",
	},
	device: {
		right: "leaves a node that the user can use as it is, and needs no capability for it",
		wrong: "makes a node for the user with the directory above, once",
		halfDone: killed,
		capability: "tells mknod from the device cgroup, which may let a device be made and not be opened",
		mount: "says that devices do not work on a mount",
		deviceCgroup: "tells mknod from the device cgroup, which may let a device be made and not be opened",
		filter: "tells a filter from the device cgroup",
		hostile: attackedNames,
	},
	hooks: {
		right: none("hooks run at each start; what is done already is for each to see"),
		wrong: "runs executable regular files in the order of their names, as the user",
		halfDone: "begins with the first again after a start that did not come to its end",
		capability: "needs a capability that it lists, before the first runs",
		mount: ofProgram,
		deviceCgroup: ofProgram,
		filter: alsoWorkload,
		hostile: "runs no hook as root when the workload could have changed one: %s",
	},
	ca_certificates: {
		right: "is content with a bundle that is right already, and replaces one that others could change",
		wrong: "joins the system's, a file's and a variable's, each once, started %s",
		halfDone: killed,
		capability: asUser,
		mount: "says where the user cannot write",
		deviceCgroup: noDevice,
		filter: plainCalls,
		hostile: "follows no link where the bundle shall be",
	},
	wait_for: {
		right: "goes on at once when all is there",
		wrong: "waits as the user with what the workload will hold, before no_new_privs, and then goes on",
		halfDone: changesNothing,
		capability: asUser,
		mount: changesNothing,
		deviceCgroup: noDevice,
		filter: plainCalls,
		hostile: asUser,
	},
};
