import { toldLines } from "../../harness/told.ts";
import { type Case, lineOf, start } from "../harness/case.ts";
import { app, report } from "../harness/report.ts";

const demo = { user: "app", selinux: "app_t" };
const from = { type: "start_t" };
const context = (type: string, level = "s0") => `system_u:system_r:${type}:${level}`;
/** A NUL is at its end. */
const printsContext = "sh -c 'tr -d \"\\0\" < /proc/self/attr/current; echo'";

const labelled = (name: string, label: string, config: object, more: Parameters<typeof start>[1] = from): Case => ({
	name,
	config,
	script: start(`-- ${printsContext}`, more),
	expected: { status: 0, stdout: [label] },
});

const refused = (
	name: string,
	status: number,
	config: object,
	stderr: readonly string[],
	more: Parameters<typeof start>[1] = from,
): Case => ({
	name,
	config,
	script: start("-- /probe", more),
	expected: { status, stderr },
});

const atExec = (found: string, what: string) =>
	`abdicate: error[COMMAND_NOT_EXECUTABLE] command: execve "/probe": ${found}: the SELinux policy does not let it become ${what}`;
const transition = "  the policy has to allow the type of the start process transition, and file entrypoint for the program";

/** On a policy with a type for the start, one for the workload, one that cannot be entered under no_new_privs, and one that may choose nothing. */
export const selinuxLabels: readonly Case[] = [
	{
		name: "the workload is forbidden what the setup did, and all else works",
		config: { ...demo, setup: [{ run: ["head", "-c", "5", "/proc/version"] }] },
		script: start("-- sh -c 'tr -d \"\\0\" < /proc/self/attr/current; echo; cat /proc/uptime >/dev/null && cat /proc/version'", from),
		expected: {
			status: 1,
			stdout: [`Linux${context("app_t")}`],
			stderr: ["cat: can't open '/proc/version': Permission denied"],
		},
	},
	{
		name: "the label changes nothing else of the workload",
		config: demo,
		script: start("-v -- /probe", from),
		expected: {
			status: 0,
			stderr: [
				"abdicate: verified drop: uid 1000, gid 1000, capabilities none, then /probe",
				`abdicate: confined walls: selinux ${context("app_t")}`,
			],
			probe: report(app),
		},
	},
	labelled("without the key the type stays", context("start_t"), { user: "app" }),
	labelled("without no_new_privileges", context("app_t"), { ...demo, no_new_privileges: false }),
	labelled(
		"a level of its own, as the kernel says it",
		context("app_t", "s0:c0,c1"),
		{ ...demo, selinux: { type: "app_t", level: "s0:c1,c0" } },
		{
			type: "start_t:s0-s0:c0.c1",
		},
	),
	labelled("every part", context("app_t"), { ...demo, selinux: { user: "system_u", role: "system_r", type: "app_t", level: "s0" } }),
	labelled("from what nothing is forbidden", context("app_t"), demo, {}),
	{
		name: "the context of the start has nothing to do",
		config: { ...demo, selinux: "bare_t" },
		script: start(`-v -- ${printsContext}`, { type: "bare_t" }),
		expected: {
			status: 0,
			stdout: [context("bare_t")],
			stderr: [
				`abdicate: note: SELinux: the start has the context ${context("bare_t")} already, and the workload keeps it`,
				"abdicate: verified drop: uid 1000, gid 1000, capabilities none, then sh",
			],
		},
	},
	refused("a type that no_new_privs keeps from being entered", 126, { ...demo, selinux: "far_t" }, [
		atExec("EPERM", context("far_t")),
		"  the policy has to allow the type of the start process2 nnp_transition",
		"  or no_new_privileges: false in the configuration, if the policy is to be trusted alone",
	]),
	labelled("the same without no_new_privileges", context("far_t"), { ...demo, selinux: "far_t", no_new_privileges: false }),
	refused("a level that is not the start's", 126, { ...demo, selinux: { type: "app_t", level: "s0:c0" } }, [
		atExec("EACCES", context("app_t", "s0:c0")),
		transition,
	]),
	refused(
		"a type that may not choose",
		125,
		demo,
		[
			`abdicate: error[LABEL_REFUSED] drop selinux: ${context("app_t")} cannot be the label of the workload: EACCES: the policy does not let the type of the start choose the context of its exec`,
			...toldLines(
				"process setexec for it in the policy, or another type: docker run --security-opt label=type:TYPE ... | kubernetes: securityContext.seLinuxOptions",
			),
		],
		{ type: "bare_t" },
	),
	refused("a type that the policy does not know", 125, { ...demo, selinux: "nosuch_t" }, [
		`abdicate: error[LABEL_REFUSED] drop selinux: ${context("nosuch_t")} cannot be the label of the workload: EINVAL: the policy that the machine has loaded does not know such a context`,
		"  load the module that has it there, and on each machine that may run the container: semodule --install FILE",
	]),
	refused("another name of a type", 125, { ...demo, selinux: "old_app_t" }, [
		`abdicate: error[VERIFY_FAILED] drop selinux: selinux: planned ${context("old_app_t")}, the kernel says ${context("app_t")}`,
		"  write it as the kernel says it, if that is what was meant",
	]),
	refused("AppArmor is not active", 125, { user: "app", apparmor: "demo" }, [
		"abdicate: error[LABEL_UNAVAILABLE] /etc/case.yaml:1:26 apparmor: AppArmor is not active in this kernel",
		...lineOf({ user: "app", apparmor: "demo" }, 26),
		"  apparmor: none, as in apparmor: ${PROFILE:-none}, or a machine that has it: aa-enabled says so there",
	]),
	refused(
		"no /proc",
		125,
		demo,
		[
			"abdicate: error[LABEL_UNAVAILABLE] /etc/case.yaml:1:25 selinux: a label is given by way of /proc/self/attr, and the kernel's /proc is not mounted",
			...lineOf(demo, 25),
			"  mount /proc: every container runtime does unless told otherwise",
		],
		{ prepare: "umount -l /proc; umount -l /proc" },
	),
];
