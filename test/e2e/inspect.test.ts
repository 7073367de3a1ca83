import { describe, expect, it } from "vitest";
import { parseLibcapText } from "../../src/capability/libcap-text.ts";
import { CapabilitySet } from "../../src/capability/set.ts";
import { debian } from "./harness/images.ts";
import { type ContainerOptions, runContainer, startContainer } from "./harness/run.ts";

/** The kernel's 41, as libcap's `all` and `=` mean them here. */
const all = CapabilitySet.fromBits((1n << 41n) - 1n);

interface Inspected {
	readonly uids: readonly number[];
	readonly groups: readonly number[];
	readonly noNewPrivileges: boolean;
	readonly seccomp: { readonly mode: string };
	readonly sets: Readonly<Record<"bounding" | "permitted" | "effective" | "inheritable" | "ambient", readonly string[]>>;
}

/** Starts a child in a way of the field, and asks both getpcaps and inspect about it. */
async function bothSay(
	start: string,
	more: Partial<ContainerOptions> = {},
): Promise<{ readonly peer: string; readonly inspected: Inspected }> {
	const script = `${start} & pid=$!; for _ in 1 2 3 4 5 6 7 8 9 10; do [ "$(cat /proc/$pid/comm)" = sleep ] && break; sleep 0.1; done; getpcaps $pid 2>&1; /abdicate inspect $pid --json; kill -9 $pid`;
	const { stdout, stderr } = await runContainer({
		image: debian,
		entrypoint: "bash",
		args: ["-c", script],
		caps: { add: ["SYS_PTRACE"] },
		...more,
	});
	const peer = /^[0-9]+: (.*)$/m.exec(stdout)?.[1];
	if (peer === undefined) {
		throw new Error(`getpcaps did not answer: ${stdout}${stderr}`);
	}
	return { peer, inspected: JSON.parse(stdout.slice(stdout.indexOf("{"))) };
}

/** getpcaps prints the text form, and behind it the IAB tuple where that says more. */
function setsOf(peer: string) {
	const text = peer.split(" [")[0] ?? "";
	const state = parseLibcapText(text, all);
	return { effective: state?.effective?.names(), permitted: state?.permitted?.names(), inheritable: state?.inheritable?.names() };
}

describe("inspect", () => {
	it.each([
		["a root process", "sleep 20"],
		["capsh --inh= --drop= --user=", "capsh --inh= --drop=cap_net_raw,cap_sys_chroot --user=nobody -- -c 'exec sleep 20'"],
		["capsh with an inheritable leftover", "capsh --inh=cap_sys_chroot --user=nobody -- -c 'exec sleep 20'"],
		[
			"setpriv with an ambient capability",
			"setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps +net_bind_service --ambient-caps +net_bind_service sleep 20",
		],
		["abdicate", "/abdicate --user app --keep net_bind_service -- sleep 20"],
	])("says of %s what getpcaps says", async (_, start) => {
		const { peer, inspected } = await bothSay(start);
		const { effective, permitted, inheritable } = inspected.sets;
		expect({ effective, permitted, inheritable }).toEqual(setsOf(peer));
	});

	it("says of a container with its own capabilities what getpcaps says", async () => {
		const { peer, inspected } = await bothSay("sleep 20", { caps: { drop: ["ALL"], add: ["CHOWN", "KILL", "SYS_PTRACE"] } });
		expect(inspected.sets.permitted).toEqual(["CHOWN", "KILL", "SYS_PTRACE"]);
		expect(setsOf(peer).permitted).toEqual(["CHOWN", "KILL", "SYS_PTRACE"]);
	});

	it("tells identity, no_new_privs and seccomp of a dropped workload", async () => {
		const { inspected } = await bothSay("/abdicate --user app -- sleep 20");
		expect(inspected).toMatchObject({
			uids: [1000, 1000, 1000, 1000],
			groups: [44, 1000],
			noNewPrivileges: true,
			seccomp: { mode: "filter" },
			sets: { bounding: [], permitted: [], effective: [], inheritable: [], ambient: [] },
		});
	});

	it("prints text, a line for all processes, and an error for none", async () => {
		const run = (...args: readonly string[]) => runContainer({ image: debian, args: ["inspect", ...args] });
		expect((await run()).stdout).toContain(
			"  securebits   none: uid 0 gets capabilities by exec\n  no_new_privs off\n  seccomp      filter, 1 installed\n",
		);
		const filtered = await runContainer({
			image: debian,
			args: ["--user", "app", "--seccomp", "docker-default", "--", "/abdicate", "inspect"],
		});
		expect(filtered.stdout).toContain("  no_new_privs on\n  seccomp      filter, 2 installed\n");
		expect((await run("--all")).stdout).toBe(
			"PID  UID  NNP  SECCOMP  EFFECTIVE         BOUNDING          NAME\n1    0    off  filter   Docker's default  Docker's default  abdicate\n",
		);
		expect((await run("--namespaces")).stdout).toMatch(/^ {4}net +[0-9]+$/m);
		expect((await run()).stdout).toMatch(/^ {2}namespaces {3}(the machine's: .*; )?of PID 1 itself: .*\bnet\b/m);
		expect(await run("4321")).toMatchObject({
			status: 1,
			stderr: "abdicate: error[PROCESS_UNKNOWN]: /proc/4321/status: ENOENT: there is no such process\n",
		});
		expect((await run("one")).status).toBe(2);
	});

	it("tells the limits in force, privileged sockets and label of a process, as text and as JSON", async () => {
		const sockets = [
			"use Socket qw(:DEFAULT IN6ADDR_ANY sockaddr_in6); $| = 1;",
			"socket(A, PF_INET, SOCK_STREAM, 0) && bind(A, sockaddr_in(80, INADDR_LOOPBACK)) && listen(A, 1) or die $!;",
			"socket(B, PF_INET, SOCK_STREAM, 0) && bind(B, sockaddr_in(8080, INADDR_LOOPBACK)) && listen(B, 1) or die $!;",
			"socket(C, PF_INET6, SOCK_DGRAM, 0) && bind(C, sockaddr_in6(53, IN6ADDR_ANY)) or die $!;",
			"socket(D, PF_INET, SOCK_RAW, 1) or die $!; socket(E, 17, SOCK_RAW, unpack('S', pack('n', 0x88cc))) or die $!;",
			'print "ready\n"; sleep 300',
		].join(" ");
		const container = await startContainer({
			image: debian,
			entrypoint: "perl",
			args: ["-e", sockets],
			caps: { add: ["SYS_PTRACE"] },
			flags: ["--memory=64m", "--pids-limit=77", "--cpus=0.5", "--sysctl=net.ipv4.ip_unprivileged_port_start=1024"],
		});
		await container.waitForOutput("ready");
		const inside = (...args: readonly string[]) => container.exec(["/abdicate", "inspect", "1", ...args]);
		const { limits, privilegedSockets, label } = JSON.parse((await inside("--json")).stdout);
		expect({ limits, privilegedSockets }).toEqual({
			limits: { pids: 77, memory: 67_108_864, cpu: 0.5 },
			privilegedSockets: [
				{ kind: "tcp", address: "127.0.0.1", port: 80 },
				{ kind: "udp6", address: "::", port: 53 },
				{ kind: "raw", address: "0.0.0.0", protocol: 1 },
				{ kind: "packet", protocol: 0x88cc },
			],
		});
		const kernelLabel = (await container.exec(["cat", "/proc/1/attr/current"])).stdout.replace(/[\0\n]+$/, "");
		expect(label ?? "").toBe(kernelLabel);
		const text = (await inside()).stdout;
		expect(/^ {2}limits +(.*)$/m.exec(text)?.[1]).toBe("pids 77, memory 64 MiB, cpu 0.5");
		expect(/^ {2}sockets +(.*)$/m.exec(text)?.[1]).toBe("tcp 127.0.0.1:80, udp6 [::]:53, raw 0.0.0.0 protocol 1, packet protocol 35020");
	});
});
