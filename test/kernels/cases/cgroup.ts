import { toldLines } from "../../harness/told.ts";
import { type Case, lineOf, start } from "../harness/case.ts";

const group = "/sys/fs/cgroup/case";

const prepare = `
echo '+memory +pids +cpu' > /sys/fs/cgroup/cgroup.subtree_control
mkdir ${group} ${group}/inner
echo 123M > ${group}/memory.max
echo 77 > ${group}/pids.max
echo '25000 100000' > ${group}/cpu.max
echo $$ > ${group}/inner/cgroup.procs`;

const shown = "grep -E '^  (limits|label)'";

/** A start in a group of its own, as a runtime makes it. */
const job = "/sys/fs/cgroup/job";
const within = (more = "") => `
echo '+memory +pids +cpu +io' > /sys/fs/cgroup/cgroup.subtree_control
rmdir ${job}/*/*/ ${job}/*/ ${job} 2>/dev/null
mkdir ${job}
echo $$ > ${job}/cgroup.procs
${more}`;
const limits = { pids: 20, memory: "64M", cpu: "150%" };
const onlyPids = { user: "app", cgroup: { pids: 20 } };
const workload = `${job}/abdicate-workload`;
/** A hierarchy of version 1 that another case has mounted stays with the machine. */
const own = "grep ^0:: /proc/self/cgroup";
const read = (directory: string) => `${own}; cd ${directory}; cat pids.max memory.max cpu.max`;
const found = ["20", "67108864", "150000 100000"];

export const cgroup: readonly Case[] = [
	{
		name: "limits are those of a group of the workload's own",
		config: { user: "app", cgroup: limits },
		script: start(`-v -- sh -c '${read(workload)}'`, { prepare: within() }),
		expected: {
			status: 0,
			stdout: ["0::/job/abdicate-workload", ...found],
			stderr: [
				"abdicate: verified drop: uid 1000, gid 1000, capabilities none, then sh",
				"abdicate: confined walls: cgroup pids.max 20, memory.max 67108864, cpu.max 150000 100000",
			],
		},
	},
	{
		name: "no more processes start than may",
		config: { user: "app", cgroup: { pids: 3 } },
		script: start(`-- sh -c '(sleep 9 & sleep 9 & sleep 9 & sleep 9 &) 2>&1'`, { prepare: within() }),
		expected: { status: 2, stdout: ["sh: can't fork: Resource temporarily unavailable"] },
	},
	{
		name: "the workload sees its own group as the topmost",
		config: { user: "app", cgroup: limits, namespaces: ["cgroup"], confine: "docker-default" },
		script: start(`-- sh -c '${read("/sys/fs/cgroup")}; echo 30 > pids.max'`, { prepare: within() }),
		expected: { status: 1, stdout: ["0::/", ...found], stderr: ["sh: can't create pids.max: Read-only file system"] },
	},
	{
		name: "a second start in the same container has the limits that are written then",
		config: { user: "app", cgroup: limits },
		script: start(`-- sh -c '${read(workload)}; ls -d ${job}/*/'`, {
			prepare: within(`echo '{user: app, cgroup: {pids: 9}}' > /tmp/first.yaml
/abdicate --config /tmp/first.yaml -- cat ${workload}/pids.max || exit 9`),
		}),
		expected: {
			status: 0,
			stdout: ["9", "0::/job/abdicate-workload", ...found, `${job}/abdicate-setup/`, `${workload}/`],
		},
	},
	{
		name: "limits of the start that are as tight are left, by a group above too",
		config: { user: "app", cgroup: { pids: 20, memory: "64M" } },
		script: start(`-v -- sh -c '${own}; ls -d ${job}/*/'`, {
			prepare: within(`mkdir ${job}/inner; echo 20 > ${job}/pids.max; echo 60M > ${job}/memory.max; echo $$ > ${job}/inner/cgroup.procs`),
		}),
		expected: {
			status: 0,
			stdout: ["0::/job/inner", `${job}/inner/`],
			stderr: [
				"abdicate: note: cgroup: pids 20, memory 67108864: the start is limited as tightly already",
				"abdicate: verified drop: uid 1000, gid 1000, capabilities none, then sh",
			],
		},
	},
	{
		name: "limits are refused where the group cannot be written to",
		config: onlyPids,
		script: start("-- true", { prepare: within("mount -o remount,bind,ro /sys/fs/cgroup") }),
		expected: {
			status: 125,
			stderr: [
				`abdicate: error[CONFINE_REFUSED] /etc/case.yaml:1:24 cgroup: pids 20: the cgroup "${job}" cannot be written to, so that it is not delegated`,
				...lineOf(onlyPids, 24),
				...toldLines(
					"docker run --pids-limit 20 ... | compose: pids_limit: 20 | kubernetes: podPidsLimit of the kubelet, for all of a Pod",
				),
			],
		},
	},
	{
		name: "limits are refused where a process that is not seen is in the group",
		config: onlyPids,
		script: `${within()}
exec unshare -p -f --mount-proc /abdicate -- true`,
		expected: {
			status: 125,
			stderr: [
				`abdicate: error[CONFINE_REFUSED] drop cgroup: the cgroup "${job}": handing pids down: EBUSY: it has processes of its own, which cannot be seen from here`,
				"  let nothing else of outside run in the container's cgroup while it starts: docker exec, another container with --pid or --cgroup-parent",
			],
		},
	},
	{
		name: "devices are those of every container",
		config: { user: "app", devices: "docker-default" },
		script: start(`-- sh -c 'grep -c task /proc/self/mountinfo; cd /dev; ls | xargs; stat -c %a:%u:%g:%t:%T null pts/ptmx; ls pts shm'`, {
			prepare: "mkdir -p /dev/shm; mount -t tmpfs shm /dev/shm; touch /dev/shm/mine",
		}),
		expected: {
			status: 0,
			stdout: [
				"0",
				"core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero",
				...["666:0:0:1:3", "666:0:0:5:2", "pts:", "ptmx", "", "shm:", "mine"],
			],
		},
	},
	{
		name: "inspect shows the limits in force, which are those of a group above",
		config: {},
		script: `${prepare}\ncat ${group}/memory.max ${group}/pids.max ${group}/cpu.max\n/abdicate inspect 1 | ${shown}`,
		expected: {
			status: 0,
			stdout: ["128974848", "77", "25000 100000", "  label        unconfined", "  limits       pids 77, memory 123 MiB, cpu 0.25"],
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
