import { readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse, startHouse } from "../harness/house/run.ts";
import { busybox, debian, scratch } from "./harness/images.ts";
import type { ProbeAct, ProbeState } from "./harness/probe.ts";
import { type ContainerOptions, nearlyPrivileged, runContainer, startContainer } from "./harness/run.ts";
import { volume } from "./steps/volume.ts";

/** Both at once, with one name, so that the names are compared too. */
function both(options: ContainerOptions) {
	const named = { ...options, flags: ["--hostname=box", ...(options.flags ?? [])] };
	return Promise.all([runContainer(named), runHouse(named)]);
}

const data = volume("touch a; mkdir d; chown 1000:1000 d");

/** Each kind of what tests in houses ask for. */
const starts: Readonly<Record<string, Partial<ContainerOptions>>> = {
	"nothing but the image": {},
	"a configuration": { config: "user: app\n", env: { GREETING: "hello world", HOME: "/somewhere" } },
	"another user": { user: "app", flags: ["--group-add", "123", "--hostname", "other", "--security-opt", "no-new-privileges"] },
	"a user by numbers": { user: "1000:0", flags: ["--group-add=video", "--workdir=/home"] },
	"a user without an account": { user: "4321" },
	"no capability": { caps: { drop: ["ALL"] } },
	"other capabilities": { caps: { add: ["SYS_ADMIN", "NET_ADMIN"], drop: ["CHOWN"] } },
	"nearly all privilege": { flags: nearlyPrivileged },
	"a read-only root": {
		flags: ["--read-only", "--tmpfs=/tmp", "--tmpfs=/run:mode=755,size=64k,exec", "--tmpfs=/home:uid=7", "--tmpfs=/root:mode=711"],
	},
	volumes: { volumes: [`${data}:/data`, `${data}/d:/data/deep/er:ro`, `${data}/a:/etc/a:ro`] },
	settings: { flags: ["--sysctl=net.ipv4.ip_forward=1", "--sysctl", "net.ipv6.conf.lo.disable_ipv6=0", "--ulimit=nofile=512:1024"] },
	input: { input: "some" },
	"the machine's network": { network: "host" },
	"an empty image": { image: scratch },
};

/**
 * What a house does not have is left out of both: a seccomp filter. That pipes have numbers is no difference; and the order of variables is
 * the one in which Docker happens to walk through them, not the same each time.
 */
function comparable({ seccomp: _, seccompFilters: __, fds, env, ...state }: ProbeState): object {
	return { ...state, env: [...env].sort(), fds: fds.map((fd) => ({ ...fd, target: fd.target?.replace(/\[\d+\]$/, "") })) };
}

/** Docker's filter refuses a new user namespace to who may not make others. What is read changes from moment to moment. */
function outcomeOf({ act, ok, errno }: ProbeAct): string {
	return act === "unshare-user" ? act : `${act} ${ok} ${errno}`;
}

describe("a house is what a container is", () => {
	it.each(Object.entries(starts))("to its first process: %s", async (_, start) => {
		const [container, house] = await both({ image: busybox, entrypoint: "/probe", args: ["a", "b c"], ...start });
		expect(comparable(house.probe)).toEqual(comparable(container.probe));
		expect([house.probe.seccomp, house.stderr, house.status]).toEqual([0, container.stderr, container.status]);
	});

	it.each(Object.entries(starts).filter(([, { image }]) => image !== scratch))("to a look around: %s", async (_, start) => {
		const [container, house] = await both({ image: busybox, entrypoint: "sh", args: ["-c", look], ...start });
		const [expected, seen] = [parts(container.stdout), parts(house.stdout)];
		expect(seen).toEqual(expected);
		// Nothing is compared with nothing.
		expect(Object.values(expected).filter((lines) => lines.length < 5)).toEqual([]);
	});

	it.each([busybox, debian, scratch])("to each act that may be forbidden: %s", async (image) => {
		for (const start of [{}, { user: "1000" }, { caps: { drop: ["ALL"] } }, { flags: nearlyPrivileged }]) {
			const [container, house] = await both({ image, entrypoint: "/probe", args: acts, ...start });
			expect(house.acts.map(outcomeOf)).toEqual(container.acts.map(outcomeOf));
			expect(house.acts).toHaveLength(acts.filter((word) => word === "--").length + 1);
		}
	});

	it.each<[string, Partial<ContainerOptions>, { readonly user?: string }]>([
		["of root's", {}, {}],
		["of a user's", { user: "app", env: { A: "b" } }, {}],
		["as somebody else", { flags: ["--security-opt=no-new-privileges", "--workdir=/home"] }, { user: "redis" }],
	])("to a second process %s", async (_, start, as) => {
		const options = { image: busybox, entrypoint: "/probe", args: ["sleep"], ...start, flags: ["--hostname=box", ...(start.flags ?? [])] };
		const [container, house] = [await startContainer(options), await startHouse(options)];
		const [expected, seen] = [await container.exec(["/probe", "second"], as), await house.exec(["/probe", "second"], as)];
		// What came before it in the namespace has taken other numbers.
		const numbers = { pid: 0, pgid: 0, sid: 0 };
		expect({ ...comparable(seen.probe), ...numbers }).toEqual({ ...comparable(expected.probe), ...numbers });
		expect([seen.status, (await house.exec(["/probe", "exit", "9"])).status]).toEqual([0, 9]);
	});

	it("to a system call that a filter answers, by itself or with its first argument", async () => {
		const file = join(volume("true"), "seccomp.json");
		const answered = [
			{ names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
			{ names: ["prctl"], action: "SCMP_ACT_ERRNO", errnoRet: 22, args: [{ index: 0, value: 28, op: "SCMP_CMP_EQ" }] },
		];
		writeFileSync(file, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: answered }));
		const args = "try mount /tmp -- securebits 47 -- ambient 10 -- sethostname".split(" ");
		const options = { image: busybox, entrypoint: "/probe", args, caps: { add: ["SYS_ADMIN"] } };
		const [container, house] = await Promise.all([
			runContainer({ ...options, flags: [`--security-opt=seccomp=${file}`] }),
			runHouse({ ...options, without: { mount: "ENOSYS", "prctl PR_SET_SECUREBITS": "EINVAL" } }),
		]);
		const expected = ["mount false ENOSYS", "securebits false EINVAL", "ambient false EPERM", "sethostname true null"];
		expect([container, house].map(({ acts: each }) => each.map(outcomeOf))).toEqual([expected, expected]);
	});

	it("until its end, by itself and by a signal", async () => {
		const options = { image: scratch, entrypoint: "/probe", args: ["sleep"] };
		const ends = [];
		for (const background of [await startContainer(options), await startHouse(options)]) {
			await background.waitForOutput("ready");
			background.signal("USR1");
			const { status, stdout } = await background.wait();
			ends.push([status, stdout.trim().split("\n").at(-1), background.isRunning()]);
		}
		expect(ends).toEqual([
			[138, "signal USR1", false],
			[138, "signal USR1", false],
		]);
		const killed = await both({ image: scratch, entrypoint: "/probe", args: ["exit", "42"] });
		expect(killed.map(({ status }) => status)).toEqual([42, 42]);
	});
});

describe("a house", () => {
	it.each<[string, Partial<ContainerOptions>]>([
		["--memory", { flags: ["--memory=6m"] }],
		["--security-opt=seccomp=/profile.json", { flags: ["--security-opt=seccomp=/profile.json"] }],
		["--device=/dev/fuse:/dev/fuse:r: it has no device cgroup", { flags: ["--device=/dev/fuse:/dev/fuse:r"] }],
		["--device-cgroup-rule", { flags: ["--device-cgroup-rule=c 10:229 rw"] }],
		["--pid", { flags: ["--pid=host"] }],
		["--network=container:1", { network: "container:1" }],
		["--volume=name:/data", { volumes: ["name:/data"] }],
		["--volume=/data", { volumes: ["/data"] }],
		["--volume=/a:/b:z", { volumes: ["/a:/b:z"] }],
		["--user=app by account files of a volume", { user: "app", volumes: [`${data}/a:/etc/passwd`] }],
	])("refuses what it does not do: %s", async (what, start) => {
		await expect(runHouse({ image: scratch, ...start })).rejects.toThrow(`a house does not do ${what}`);
	});

	it("leaves nothing behind, also of a workload that has changed its ids and does not end", async () => {
		const options = { image: busybox, config: "user: app\n", args: ["--", "sleep", "1000"] };
		await expect(runHouse({ ...options, timeout: 1 })).rejects.toThrow("not done within 1 s");
		const house = await startHouse(options);
		const pid = house.pid();
		const own = readlinkSync(`/proc/${pid}/ns/pid`);
		expect(own).not.toBe(readlinkSync("/proc/self/ns/pid"));
		house.remove();
		expect(() => readlinkSync(`/proc/${pid}/ns/pid`)).toThrow("ENOENT");
	});
});

const acts = [
	"try setuid0 -- setgid0 -- setgroups -- chown /home -- chroot / -- raw-socket -- mknod /tmp/node -- read /etc/shadow -- write /etc/passwd",
	"-- mount /tmp -- sethostname -- unshare-mount -- unshare-user -- capset-all -- bind 80 -- kill 1 -- ptrace -- mkdir /new -- write /proc/sys/kernel/hostname",
	"-- write /sys/kernel/x -- read /proc/keys -- read /proc/kcore -- write /dev/null -- read /dev/mem -- securebits 47 -- ambient 10",
]
	.join(" ")
	.split(" ");

/** Each section is a key of `parts`; the order within one, as of mounts side by side, is nobody's choice. */
const look = `
describe='%N %F %a %u:%g %t:%T'
exec 2>&1
echo "# mounts"; cat /proc/self/mountinfo
echo "# files"; find / -xdev ! -path '/proc/*' ! -path '/sys/*' -exec stat -c "$describe" {} + | sort
echo "# devices"; find /dev -exec stat -c "$describe" {} + | sort
echo "# contents"; tail -n +1 /etc/hosts /etc/hostname /etc/resolv.conf
echo "# network"; cat /proc/net/dev /proc/net/if_inet6 /proc/net/route; ifconfig -a
echo "# settings"; find /proc/sys -type f -exec grep "" {} + | sort
echo "# system"; for p in /proc/* /sys/* /sys/fs/* /sys/firmware/*; do case $p in /proc/[0-9]*|/proc/self|/proc/thread-self|/sys/fs/cgroup) ;; *) echo $p; touch -c $p;; esac; done; stat -c "$describe" /proc/[a-z]* /sys/* | grep -v self
echo "# process"; grep -v -e ctxt -e Vm -e Rss -e Hugetlb -e ^Pid -e ^Tgid -e NSpid -e NStgid -e NSpgid -e SigQ -e ^Seccomp /proc/self/status
echo "# namespaces"; ls -l /proc/self/ns
`;

/** What another moment, or another place of the files below, makes of it. */
const volatile = /^\/proc\/sys\/(fs\/(dentry-state|file-nr|inode-\w+|quota\/\w+|aio-nr)|kernel\/(ns_last_pid|random\/uuid|pty\/nr)):/;

function parts(stdout: string): Record<string, readonly string[]> {
	const sections = stdout.split(/^# /m).slice(1);
	return Object.fromEntries(
		sections.map((section) => {
			const [title = "", ...lines] = section.trimEnd().split("\n");
			return [
				title,
				lines
					.filter((line) => !volatile.test(line))
					.flatMap((line) => (title === "mounts" ? mountOf(line) : entryOf(line)))
					.sort(),
			];
		}),
	);
}

/** A namespace is the machine's or another one. */
function entryOf(line: string): readonly string[] {
	const [, name, value] = / (\w+) -> (\w+:\[\d+\])$/.exec(line) ?? [];
	return name === undefined ? [line] : [`${name} ${readlinkSync(`/proc/self/ns/${name}`) === value ? "of the machine" : "of its own"}`];
}

/**
 * A mount without its numbers and the text of its source. Differences of a house: no cgroups below /sys/fs/cgroup; the root does not receive
 * mounts of the machine; the files that Docker writes for a container lie in memory.
 */
function mountOf(line: string): readonly string[] {
	const [, root = "", point = "", options = "", tags = "", type = "", source = "", superOptions = ""] =
		/^\d+ \d+ \d+:\d+ (\S+) (\S+) (\S+)((?: \S+)*) - (\S+) (\S+) (\S+)$/.exec(line) ?? [line];
	if (point.startsWith("/sys/fs/cgroup")) {
		return [];
	}
	if (point === "/") {
		return [`${point} ${options} ${type} ${superOptions.split(",")[0]}`];
	}
	if (["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"].includes(point)) {
		return [`${point} ${options}${tags}`];
	}
	return [`${root.replace(/abdicate-config-\w+/, "-")} ${point} ${options}${tags} ${type} ${source} ${superOptions}`];
}
