import { type Case, start } from "../harness/case.ts";

/** In the order of the table; a case has a mount, ipc, pid and uts namespace of its own. None of these kernels has a fixed number for mnt and net: Linux 6.17. */
const shown = ["cgroup yes", "ipc no", "mnt unknown", "net unknown", "pid no", "time yes", "user yes", "uts no"];

/** docs/why-privileged/real-time.yaml */
const limits = { rtprio: 50, nice: 30 };
const sooner = start(
	`-- sh -c 'renice -n -10 $$ && cut -d " " -f 19 /proc/$$/stat && grep -h realtime.priority /proc/self/limits | tr -s " "'`,
);

export const namespaces: readonly Case[] = [
	{
		name: "inspect knows which namespaces are the machine's own, where the kernel says so",
		config: {},
		script: `/abdicate inspect --all --namespaces | awk '$5 == 1 { print $2, $3 }'`,
		expected: { status: 0, stdout: shown },
	},
	{
		name: "a higher priority takes a limit and no capability, and so does real-time scheduling",
		config: { user: "app", limits },
		script: sooner,
		expected: { status: 0, stdout: ["-10", "Max realtime priority 50 50 "] },
	},
	{
		name: "without the limits there is no higher priority",
		config: { user: "app" },
		script: sooner,
		expected: { status: 1, stderr: ["renice: setpriority: Permission denied"] },
	},
];
