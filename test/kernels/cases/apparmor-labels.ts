import { otherApparmor } from "../../../src/report/other-profile.ts";
import { toldLines } from "../../harness/told.ts";
import { type Case, lineOf, start } from "../harness/case.ts";
import { app, report } from "../harness/report.ts";

const unconfined =
	"docker run --security-opt apparmor=unconfined ... | compose: security_opt: [apparmor=unconfined] | kubernetes: securityContext.appArmorProfile: {type: Unconfined}";
const demo = { user: "app", apparmor: "demo" };
/** Steps do what the profile forbids. */
const withSecret = {
	...demo,
	setup: [{ file: { path: "/data/closed/secret", content: "secret" } }, { file: { path: "/data/open", content: "open" } }],
};
const looks = "sh -c 'cat /proc/self/attr/apparmor/current /data/open /data/closed/secret'";
const isDenied = "cat: can't open '/data/closed/secret': Permission denied";
const closedDirectory = "mkdir /data/closed";
const withoutList = "umount -l /sys/kernel/security";

const labelled = (name: string, label: string, config: object = demo, more: Parameters<typeof start>[1] = {}): Case => ({
	name,
	config,
	script: start("-- cat /proc/self/attr/apparmor/current", more),
	expected: { status: 0, stdout: [label] },
});

const refused = (name: string, config: object, stderr: readonly string[], more: Parameters<typeof start>[1] = {}): Case => ({
	name,
	config,
	script: start("-- /probe", more),
	expected: { status: 125, stderr },
});

/** An error of the plan, which has the line of the key. */
function planError(code: string, message: string, config: object, remedy: readonly string[], key = "apparmor"): string[] {
	const column = JSON.stringify(config).indexOf(`"${key}"`) + key.length + 4;
	return [
		`abdicate: error[${code}] /etc/case.yaml:1:${column} ${key}: ${message}`,
		...lineOf(config, column),
		...remedy.flatMap((each) => toldLines(each)),
	];
}

export const apparmorLabels: readonly Case[] = [
	{
		name: "the workload is forbidden what the setup did, and all else works",
		config: withSecret,
		script: start(`-- ${looks}`, { prepare: closedDirectory }),
		expected: { status: 1, stdout: ["demo (enforce)", "open"], stderr: [isDenied] },
	},
	{
		name: "without the key the same workload is forbidden nothing",
		config: { ...withSecret, apparmor: "none" },
		script: start(`-- ${looks}`, { prepare: closedDirectory }),
		expected: { status: 0, stdout: ["unconfined", "opensecret"] },
	},
	{
		name: "the label changes nothing else of the workload",
		config: demo,
		script: start("-v -- /probe"),
		expected: {
			status: 0,
			stderr: ["abdicate: verified drop: uid 1000, gid 1000, capabilities none, then /probe", "abdicate: confined walls: apparmor demo"],
			probe: report(app),
		},
	},
	labelled("root", "demo (enforce)", { ...demo, user: "root" }),
	labelled("without no_new_privileges", "demo (enforce)", { ...demo, no_new_privileges: false }),
	labelled("where PATH has the program in its second place", "demo (enforce)", { ...demo, env: { set: { PATH: "/data:/bin" } } }),
	labelled("hidepid", "demo (enforce)", demo, { prepare: "mount -o remount,hidepid=2 /proc" }),
	labelled("without the list of profiles", "demo (enforce)", demo, { prepare: withoutList }),
	labelled("two profiles at once, in whatever order", "demo//&no-mount (enforce)", { ...demo, apparmor: "no-mount//&demo" }),
	{
		name: "a start that is not root's",
		config: demo,
		script: "exec su -s /bin/sh app -c 'exec /abdicate -- cat /proc/self/attr/apparmor/current'",
		expected: { status: 0, stdout: ["demo (enforce)"] },
	},
	{
		name: "enter",
		config: demo,
		script: start("enter -- cat /proc/self/attr/apparmor/current"),
		expected: { status: 0, stdout: ["demo (enforce)"] },
	},
	{
		name: "a program of a step, and a probe as the user, are not under it",
		config: { ...demo, setup: [{ run: ["cat", "/proc/self/attr/apparmor/current"] }, { wait_for: { file: "/data" } }] },
		script: start("-- cat /proc/self/attr/apparmor/current"),
		expected: { status: 0, stdout: ["unconfined", "demo (enforce)"] },
	},
	{
		name: "a profile in complain mode is warned of",
		config: { ...demo, apparmor: "lenient" },
		script: start("-- cat /proc/self/attr/apparmor/current"),
		expected: {
			status: 0,
			stdout: ["lenient (complain)"],
			stderr: [
				"abdicate: warning: the AppArmor profile lenient is in complain mode, which logs and forbids nothing: aa-enforce on the machine",
			],
		},
	},
	{
		name: "a start under the profile itself has nothing to do",
		config: demo,
		script: start("-v -- cat /proc/self/attr/apparmor/current", { profile: "demo" }),
		expected: {
			status: 0,
			stdout: ["demo (enforce)"],
			stderr: [
				"abdicate: note: AppArmor: the start is under demo (enforce) already, and the workload stays so",
				"abdicate: verified drop: uid 1000, gid 1000, capabilities none, then cat",
			],
		},
	},
	labelled("a confined start that may change stays under its own as well", "changing//&demo (enforce)", demo, { profile: "changing" }),
	labelled(
		"a confined start that may change leaves its own without no_new_privileges",
		"demo (enforce)",
		{ ...demo, no_new_privileges: false },
		{ profile: "changing" },
	),
	refused(
		"a start under the profile of a runtime is refused before the setup",
		{ ...demo, setup: [{ run: ["false"] }] },
		planError(
			"LABEL_REFUSED",
			"the AppArmor profile of the start, docker-default (enforce), lets nothing in it enter another",
			{ ...demo, setup: [{ run: ["false"] }] },
			[unconfined, `or the whole container under the profile, setup and all: ${otherApparmor}`],
		),
		{ profile: "docker-default" },
	),
	...[true, false].map((no_new_privileges) =>
		refused(
			`a start under a profile without the rule is refused by the kernel, no_new_privileges ${no_new_privileges}`,
			{ ...demo, no_new_privileges },
			[
				"abdicate: error[LABEL_REFUSED] drop apparmor: demo cannot be the label of the workload: EACCES: the AppArmor profile of the start has no change_profile rule for it",
				...toldLines(unconfined),
				"  or the rule in the profile of the start: change_profile,",
			],
			{ profile: "no-mount" },
		),
	),
	refused(
		"a profile that is not loaded is refused before the setup",
		{ ...demo, apparmor: "dem", setup: [{ run: ["false"] }] },
		planError(
			"LABEL_REFUSED",
			'no AppArmor profile "dem" is loaded on this machine; did you mean "demo"?',
			{ ...demo, apparmor: "dem", setup: [{ run: ["false"] }] },
			["load it there, and on each machine that may run the container: apparmor_parser --replace FILE"],
		),
	),
	refused(
		"a profile that is not loaded, without the list",
		{ ...demo, apparmor: "dem" },
		[
			"abdicate: error[LABEL_REFUSED] drop apparmor: dem cannot be the label of the workload: ENOENT: the machine has loaded no such profile",
			"  load it there, and on each machine that may run the container: apparmor_parser --replace FILE",
		],
		{ prepare: withoutList },
	),
	refused(
		"no /proc",
		demo,
		planError("LABEL_UNAVAILABLE", "a label is given by way of /proc/self/attr, and the kernel's /proc is not mounted", demo, [
			"mount /proc: every container runtime does unless told otherwise",
		]),
		{ prepare: "umount -l /proc; umount -l /proc" },
	),
	refused(
		"SELinux is not active",
		{ user: "app", selinux: "app_t" },
		planError(
			"LABEL_UNAVAILABLE",
			"SELinux is not active in this kernel",
			{ user: "app", selinux: "app_t" },
			["selinux: none, as in selinux: ${TYPE:-none}, or a machine that has it: getenforce says so there"],
			"selinux",
		),
	),
	refused("both keys", { ...demo, selinux: "app_t" }, [
		...planError(
			"CONFIG_CONFLICT",
			"apparmor and selinux are never active in one kernel, so a start has one of them at most",
			{ ...demo, selinux: "app_t" },
			["where one image is for both: apparmor: ${PROFILE:-none} and selinux: ${TYPE:-none}"],
			"selinux",
		),
	]),
	{
		name: "what a runtime has to grant for it",
		config: { ...demo, stdio: "keep" },
		script: start("plan --format docker --for this-start -- /probe"),
		expected: {
			status: 0,
			stdout: ["--cap-drop ALL --cap-add SETGID --cap-add SETUID --cap-add SETPCAP --security-opt apparmor=unconfined"],
		},
	},
];
