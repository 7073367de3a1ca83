import { type Case, lineOf, start } from "../harness/case.ts";
import { app, report, root } from "../harness/report.ts";

const verified = "abdicate: verified drop: uid 1000, gid 1000, capabilities none, then /probe";
const rootVerified = "abdicate: verified drop: uid 0, gid 0, capabilities none, then /probe";

/** The one of these namespaces, and the machine's own below it. */
const withoutProc = "umount -l /proc; umount -l /proc";

const unknownFds = [0, 1, 2].map((fd) => ({
	...{ fd, type: fd === 0 ? "char" : "file", access: fd === 0 ? "read" : "write", uid: 0, gid: 0, mode: fd === 0 ? "0666" : "0644" },
	target: null,
}));
const seenWithoutProc = { hasProc: false, seccompFilters: null, fds: unknownFds };

/** Starts in a user namespace that the machine's root gives these ids, and where setgroups(2) is forbidden. */
function inUserNamespace(map: string): string {
	return `
mkfifo /tmp/go
unshare -U sh -c 'read line < /tmp/go; exec /probe exec /abdicate -v -- /probe' &
pid=$!
until [ "$(readlink /proc/$pid/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do usleep 10000; done
echo deny > /proc/$pid/setgroups
echo '${map}' > /proc/$pid/uid_map
echo '${map}' > /proc/$pid/gid_map
echo > /tmp/go
wait $pid`;
}

const few = "0 0 1";
const many = "0 0 65536";
/** A job in the background of a shell. */
const inBackground = { pid: 7, ppid: 1, ignoredSignals: [2, 3] };
const shellEnvironment = ["SHLVL=1", "HOME=/root", "TERM=linux", "PATH=/bin", "PWD=/", "USER=root", "LOGNAME=root"];
const rootInNamespace = report({ ...root, groups: [], more: { ...inBackground, env: shellEnvironment } });
const groupsStay = "abdicate: note: this user namespace forbids setgroups: the groups of the start stay";
/** Not as the user itself: nobody is there that a start here could begin as. */
const mapMore = "  map a range of ids in the runtime (subuid, subgid)";

export const proc: readonly Case[] = [
	{
		name: "no /proc: the drop, and steps that change owners",
		config: { user: "app", setup: [{ mkdir: "/data/x" }, { own: "/data" }] },
		script: start("-v -- /probe", { prepare: withoutProc }),
		expected: {
			status: 0,
			stderr: [
				"abdicate: changed  setup[0] mkdir /data/x mode 0755 owner 1000:1000: made or corrected /data/x",
				"abdicate: changed  setup[1] own /data to 1000:1000 (mismatched): 1 of 2 entries re-owned",
				verified,
			],
			probe: report({ ...app, more: seenWithoutProc }),
		},
	},
	{
		name: "no /proc: a mode cannot be changed before 6.6, and that is said",
		config: { user: "app", setup: [{ chmod: { path: "/data/f", mode: "0600" } }] },
		script: start("-v -- /probe", { prepare: `touch /data/f; ${withoutProc}` }),
		expected: {
			status: 125,
			stderr: [
				'abdicate: error[STEP_FAILED] setup[0] chmod /data/f 0600: fchmod: ENOSYS on "/data/f": a kernel before 6.6 changes modes by way of /proc, which is not mounted',
				"  mount /proc",
			],
		},
		on: ["bullseye", "bookworm"],
	},
	{
		name: "no /proc: a mode is changed from 6.6 on",
		config: { user: "app", setup: [{ chmod: { path: "/data/f", mode: "0600" } }] },
		script: start("-v -- /probe", { prepare: `touch /data/f; ${withoutProc}` }),
		expected: {
			status: 0,
			stderr: ["abdicate: changed  setup[0] chmod /data/f 0600: mode set", verified],
			probe: report({ ...app, more: seenWithoutProc }),
		},
		on: ["trixie"],
	},
	{
		name: "no /proc: root stays",
		config: { user: "root" },
		script: start("-v -- /probe", { prepare: withoutProc }),
		expected: { status: 0, stderr: [rootVerified], probe: report({ ...root, more: seenWithoutProc }) },
	},
	{
		name: "hidepid: the drop",
		config: { user: "app", setup: [{ own: "/data" }] },
		script: start("-v -- /probe", { prepare: "mount -o remount,hidepid=2 /proc" }),
		expected: {
			status: 0,
			stderr: ["abdicate: changed  setup[0] own /data to 1000:1000 (mismatched): 1 of 1 entries re-owned", verified],
			probe: report(app),
		},
	},
	{
		name: "hidepid: inspect shows a user nobody else's processes",
		config: { user: "app" },
		script: "mount -o remount,hidepid=2 /proc; sleep 30 & exec /abdicate -- /abdicate inspect --all",
		expected: {
			status: 0,
			stdout: [
				"PID  UID   NNP  SECCOMP  EFFECTIVE  BOUNDING  NAME",
				"1    1000  on   off      none       none      abdicate",
				"unknown: processes of others that /proc hides (hidepid=invisible)",
			],
		},
	},
	...[few, many].map(
		(map): Case => ({
			name: `a user namespace of ${map} without setgroups: root stays`,
			config: { user: "root" },
			script: inUserNamespace(map),
			expected: { status: 0, stderr: [groupsStay, rootVerified], probe: rootInNamespace },
		}),
	),
	{
		name: `a user namespace of ${many} without setgroups: groups cannot be given up`,
		config: { user: "app" },
		script: inUserNamespace(many),
		expected: {
			status: 125,
			stderr: [
				"abdicate: error[ID_UNMAPPED] /etc/case.yaml:1:9 user: this user namespace forbids setgroups, so the groups of the start cannot be given up",
				...lineOf({ user: "app" }, 9),
				mapMore,
			],
		},
	},
	{
		name: `a user namespace of ${few} without setgroups: the user is not there`,
		config: { user: "app" },
		script: inUserNamespace(few),
		expected: {
			status: 125,
			stderr: [
				"abdicate: error[ID_UNMAPPED] /etc/case.yaml:1:9 user: uid 1000 does not exist in this user namespace: /proc/self/uid_map has 0",
				...lineOf({ user: "app" }, 9),
				mapMore,
			],
		},
	},
];
