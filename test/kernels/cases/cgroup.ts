import type { Case } from "../harness/case.ts";

const group = "/sys/fs/cgroup/case";

const prepare = `
echo '+memory +pids +cpu' > /sys/fs/cgroup/cgroup.subtree_control
mkdir ${group} ${group}/inner
echo 123M > ${group}/memory.max
echo 77 > ${group}/pids.max
echo '25000 100000' > ${group}/cpu.max
echo $$ > ${group}/inner/cgroup.procs`;

const shown = "grep -E '^  (limits|label)'";

export const cgroup: readonly Case[] = [
	{
		name: "inspect shows the limits in force, which are those of a group above",
		config: {},
		script: `${prepare}\ncat ${group}/memory.max ${group}/pids.max ${group}/cpu.max\n/abdicate inspect 1 | ${shown}`,
		expected: {
			status: 0,
			stdout: ["128974848", "77", "25000 100000", "  label        unconfined", "  limits       pids 77, memory 128974848 bytes, cpu 0.25"],
		},
	},
	{
		name: "inspect shows the label of a confined process",
		config: {},
		script: `
(echo "exec no-mount" > /proc/self/attr/apparmor/exec; exec /bin/sleep 30) &
pid=$!
until grep -q sleep /proc/$pid/comm; do usleep 10000; done
cat /proc/$pid/attr/current
/abdicate inspect $pid | ${shown}`,
		expected: {
			status: 0,
			stdout: ["no-mount (enforce)", "  label        no-mount (enforce)", "  limits       pids unlimited, memory unlimited, cpu unlimited"],
		},
	},
];
