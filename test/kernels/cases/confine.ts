import { otherApparmor } from "../../../src/report/other-profile.ts";
import { toldLines } from "../../harness/told.ts";
import { type Case, lineOf, start } from "../harness/case.ts";

const closed = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/interrupts"];
const settings = ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity", "/sys/kernel/mm/ksm/run"];
const look = [
	`cat ${closed.join(" ")} | wc -c`,
	"for each in /sys/firmware /proc/acpi /proc/scsi; do ls $each; done | wc -l",
	...settings.map((path) => `if [ -e ${path} ] && echo x > ${path}; then echo ${path} is open; fi`),
	"mkdir /sys/fs/cgroup/x && echo /sys/fs/cgroup is open",
	// A second proc is closed as well, and so is a part of one.
	"cat /tmp/other/kcore | wc -c",
	"echo x > /tmp/settings/kernel/core_pattern && echo open",
].map((line) => `(${line}) 2>/dev/null`);
const prepare = "mkdir /tmp/other /tmp/settings; mount -t proc proc /tmp/other; mount --bind /proc/sys /tmp/settings";
const script = `-- sh -c '${look.join("; ")}; echo done'`;

const byPaths = { user: "app", paths: "docker-default" };

export const confine: readonly Case[] = [
	...["app", "root"].map(
		(user): Case => ({
			name: `what an ordinary container has closed is closed to ${user}, in every proc and sysfs`,
			config: { user, confine: "docker-default" },
			script: start(script, { prepare }),
			expected: { status: 0, stdout: ["0", "0", "0", "done"] },
		}),
	),
	{
		name: "masks are refused by a profile that refuses to mount",
		config: byPaths,
		script: start("-- sh -c 'echo ran'", { profile: "no-mount" }),
		expected: {
			status: 125,
			stderr: [
				"abdicate: error[DROP_FAILED] drop namespaces: mounts cannot be kept apart: mount: EACCES: AppArmor or SELinux refuses it",
				...toldLines(`a profile that allows mount: ${otherApparmor}`),
			],
		},
	},
	{
		name: "masks are refused by a profile of runtimes before the setup",
		config: byPaths,
		script: `${start("-- sh -c 'echo ran' 2>&1 | cut -c 1-142", { profile: "docker-default" }).replace("exec /abdicate", "/abdicate")}`,
		expected: {
			status: 0,
			stdout: [
				"abdicate: error[CONFINE_REFUSED] /etc/case.yaml:1:23 paths: the AppArmor profile docker-default (enforce) forbids every mount, and the runtime",
				...lineOf(byPaths, 23),
				...toldLines(
					"let the runtime do it: docker run without --privileged and --security-opt systempaths=unconfined | kubernetes: without privileged, procMount: Default",
				),
				...toldLines(
					"or bring it in read-only, where it is a volume: docker run -v ...:ro | compose: read_only | kubernetes: volumeMounts.readOnly",
				),
				...toldLines(`or a profile that allows mount: ${otherApparmor}`),
				"  or paths: none",
			],
		},
	},
	{
		name: "a runtime is asked for what masks take where AppArmor is active",
		config: { user: "app", stdio: "keep", paths: "docker-default" },
		script: start("plan --format docker --for this-start -- true"),
		expected: {
			status: 0,
			stdout: ["--cap-drop ALL --cap-add SETGID --cap-add SETUID --cap-add SETPCAP --cap-add SYS_ADMIN --security-opt apparmor=unconfined"],
		},
	},
];
