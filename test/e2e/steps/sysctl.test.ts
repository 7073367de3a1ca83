import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { toldLines } from "../../harness/told.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

const forward = "net.ipv4.ip_forward";
const range = "net.ipv4.ip_local_port_range";
const writable = ["--security-opt=systempaths=unconfined"];

function sysctl(settings: unknown, more: Partial<ContainerOptions> = {}) {
	return runHouse({
		image: busybox,
		config: { user: "app", setup: [{ sysctl: settings }] },
		args: ["-v", "--", "sh", "-c", "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_local_port_range"],
		...more,
	});
}

async function errorOf(settings: unknown, more: Partial<ContainerOptions> = {}) {
	const { status, stdout, stderr } = await sysctl(settings, more);
	return [status, stdout, ...stderr.slice(stderr.indexOf("abdicate: error")).trimEnd().split("\n")];
}

describe("sysctl", () => {
	it("needs nothing for values that the runtime has set, though they are read-only", async () => {
		const { status, stdout, stderr } = await sysctl(
			{ [forward]: 1, "net/ipv4/ip_local_port_range": "40000 50000" },
			{ flags: [`--sysctl=${forward}=1`, `--sysctl=${range}=40000 50000`], caps: { drop: ["ALL"] }, user: "1000:1000" },
		);
		expect([status, stdout, ...stepLines(stderr)]).toEqual([
			0,
			"1\n40000\t50000\n",
			'ok       setup[0] sysctl net.ipv4.ip_forward=1 net/ipv4/ip_local_port_range="40000 50000": already so',
		]);
	});

	it("sets what differs where /proc/sys is writable, once", async () => {
		const { status, stdout, stderr } = await sysctl(
			{},
			{
				config: { user: "app", setup: [{ sysctl: { [forward]: 1, [range]: "40000 50000" } }, { sysctl: { [forward]: "1" } }] },
				flags: [...writable, `--sysctl=${forward}=0`, `--sysctl=${range}=40000 50000`],
				caps: { add: ["NET_ADMIN"] },
			},
		);
		expect([status, stdout, ...stepLines(stderr)]).toEqual([
			0,
			"1\n40000\t50000\n",
			`changed  setup[0] sysctl ${forward}=1 ${range}="40000 50000": set ${forward}`,
			`ok       setup[1] sysctl ${forward}=1: already so`,
		]);
	});
});

it.each<[string, object]>([
	["a container's own", { [range]: "40000 50000" }],
	["the machine's", { "vm.max_map_count": { at_least: 2_000_000_000 } }],
	["unknown", { "net.ipv4.no_such": "1" }],
])("a plan tells of a setting that nobody writes what the run does: %s", async (_, settings) => {
	const planned = await errorOf(settings, { args: ["plan", "--", "true"] });
	const [status, , ...told] = await errorOf(settings);
	expect([planned.slice(2), status]).toEqual([told, 125]);
	expect(told[0]).toContain("error[STEP_FAILED] setup[0] sysctl");
});

describe("sysctl with at_least", () => {
	const [rmem, tcp, queue] = ["net.ipv4.tcp_rmem", "net.ipv4.tcp_congestion_control", "net.ipv4.tcp_max_syn_backlog"];
	const show = ["-v", "--", "sh", "-c", "cd /proc/sys/net/ipv4; cat tcp_rmem tcp_max_syn_backlog"];
	const flags = [...writable, `--sysctl=${rmem}=4096 131072 6291456`, `--sysctl=${queue}=2048`];

	it("raises what is less, each number by itself, and leaves what is more, though it is read-only", async () => {
		const settings = { [rmem]: { at_least: "4096 87380 8388608" }, [queue]: { at_least: 1024 } };
		const { status, stdout, stderr } = await sysctl(settings, { flags, args: show, caps: { add: ["NET_ADMIN"] } });
		const described = `setup[0] sysctl ${rmem}>="4096 87380 8388608" ${queue}>=1024`;
		expect([status, stdout, ...stepLines(stderr)]).toEqual([0, "4096\t131072\t8388608\n2048\n", `changed  ${described}: set ${rmem}`]);
		const raised = await sysctl(settings, { flags: [`--sysctl=${rmem}=8192 131072 8388608`, `--sysctl=${queue}=4096`], args: show });
		expect([raised.status, raised.stdout, ...stepLines(raised.stderr)]).toEqual([
			0,
			"8192\t131072\t8388608\n4096\n",
			`ok       ${described}: already so`,
		]);
	});

	it("tells what it has to be, where it cannot be raised or compared, and changes nothing", async () => {
		expect(await errorOf({ [queue]: { at_least: 4096 } }, { flags: flags.slice(1), args: show })).toEqual([
			125,
			"",
			`abdicate: error[STEP_FAILED] setup[0] sysctl ${queue}>=4096: ${queue} is "2048", not at least "4096"; open: EROFS on "/proc/sys/net/ipv4/tcp_max_syn_backlog": /proc/sys is read-only in a container that is not privileged`,
			...toldLines(`docker run --sysctl ${queue}=4096 ... | compose: sysctls: ["${queue}=4096"] | kubernetes: x`, "docker"),
		]);
		const both = { [queue]: { at_least: 4096 }, [tcp]: { at_least: 1 } };
		const config = { user: "app", setup: [{ sysctl: both, on_error: "warn" }] };
		const { status, stdout, stderr } = await sysctl({}, { config, flags: [...flags, `--sysctl=${tcp}=reno`], args: show.slice(1) });
		expect([status, stdout, stderr]).toEqual([
			0,
			"4096\t131072\t6291456\n2048\n",
			`abdicate: warning[STEP_FAILED] setup[0] sysctl ${queue}>=4096 ${tcp}>=1: ${tcp} is "reno", which is no number\n  at_least compares numbers; where that value will not do, write the one that is wanted itself\n`,
		]);
	});

	it("is for require too", async () => {
		const settings = { [queue]: { at_least: 4096 }, [rmem]: { at_least: "4096 131072 1" }, [tcp]: { at_least: 1 } };
		const config = { user: "app", setup: [{ require: { sysctl: settings } }] };
		expect(await errorOf({}, { config, flags: [...flags.slice(1), `--sysctl=${tcp}=reno`] })).toEqual([
			125,
			"",
			`abdicate: error[REQUIREMENT_MISSING] setup[0] require ${queue}>=4096, ${rmem}>="4096 131072 1", ${tcp}>=1: ${queue} has to be at least "4096": "2048"`,
			...toldLines(`docker run --sysctl ${queue}=4096 ... | compose: sysctls: ["${queue}=4096"] | kubernetes: x`, "docker"),
			`abdicate: error[REQUIREMENT_MISSING] setup[0] require ${queue}>=4096, ${rmem}>="4096 131072 1", ${tcp}>=1: ${tcp} has to be at least "1": "reno", which is no number`,
			"  at_least compares numbers; where that value will not do, write the one that is wanted itself",
			"abdicate: 2 errors; abdicate explain REQUIREMENT_MISSING says more",
		]);
	});
});

describe("sysctl when it is refused", () => {
	it("says that /proc/sys is read-only, and where the value comes from instead", async () => {
		expect(await errorOf({ [forward]: 1 }, { flags: [`--sysctl=${forward}=0`] })).toEqual([
			125,
			"",
			`abdicate: error[STEP_FAILED] setup[0] sysctl ${forward}=1: ${forward} is "0", not "1"; open: EROFS on "/proc/sys/net/ipv4/ip_forward": /proc/sys is read-only in a container that is not privileged`,
			...toldLines(`docker run --sysctl ${forward}=1 ... | compose: sysctls: ["${forward}=1"] | kubernetes: x`, "docker"),
		]);
		const [status, , message, remedy] = await errorOf({ "vm.max_map_count": 7 });
		expect([status, /error.*?: (?=vm)/.exec(String(message))?.[0], remedy]).toEqual([
			125,
			"error[STEP_FAILED] setup[0] sysctl vm.max_map_count=7: ",
			"  the setting is the whole machine's: sysctl -w vm.max_map_count=7 there",
		]);
	});

	it("leaves all as they were when one cannot be opened", async () => {
		const { status, stdout } = await sysctl(
			{},
			{
				config: { user: "app", setup: [{ sysctl: { [forward]: 1, "net.ipv4.absent": 1 }, on_error: "warn" }] },
				flags: [...writable, `--sysctl=${forward}=0`, `--sysctl=${range}=40000 50000`],
			},
		);
		expect([status, stdout]).toEqual([0, "0\n40000\t50000\n"]);
	});

	it("tells a setting that is missing from a value that is refused and from a missing capability", async () => {
		const last = async (settings: object, more: Partial<ContainerOptions> = {}) => {
			const [status, , message] = await errorOf(settings, { flags: [...writable, `--sysctl=${forward}=0`], ...more });
			return [status, String(message).split(": ").slice(2).join(": ")];
		};
		expect(await last({ "net.ipv4.absent": 1 })).toEqual([
			125,
			'open: ENOENT on "/proc/sys/net/ipv4/absent": this kernel has no such setting; perhaps its module is not loaded',
		]);
		expect(await last({ [forward]: "many" }, { caps: { add: ["NET_ADMIN"] } })).toEqual([
			125,
			'write: EINVAL on "/proc/sys/net/ipv4/ip_forward": the kernel does not take this value',
		]);
		const lacking = (call: string) => `${forward} is "0", not "1"; ${call} on "/proc/sys/net/ipv4/ip_forward": CAP_NET_ADMIN is not held`;
		expect(await last({ [forward]: 1 })).toEqual([125, lacking("write: EPERM")]);
		expect(await last({ [forward]: 1 }, { user: "1000:1000" })).toEqual([125, `${lacking("open: EACCES")} by uid 1000`]);
	});

	it("does not write to what somebody has mounted over /proc/sys", async () => {
		const data = volume("echo 0 > ip_forward; chmod 666 ip_forward");
		const bound = { type: "bind", source: "/data", target: "/proc/sys/net/ipv4" };
		const { status, stderr } = await sysctl(null, {
			config: { user: "app", setup: [{ mount: bound }, { sysctl: { [forward]: 1 } }] },
			volumes: [`${data}:/data`],
			caps: { add: ["SYS_ADMIN"] },
		});
		expect([status, /error.*/.exec(stderr)?.[0], readFileSync(join(data, "ip_forward"), "utf8")]).toEqual([
			125,
			`error[STEP_FAILED] setup[1] sysctl ${forward}=1: open: ENODEV on "/proc/sys/net/ipv4/ip_forward": /proc there is not the kernel's`,
			"0\n",
		]);
	});

	it.each(["../x", "net..ipv4", "net.ipv4.ip forward", "net/../kernel/hostname", "/net/ipv4", "net", "net.ipv4.*", "net/./ipv4"])(
		"refuses the key %s",
		async (key) => {
			const [status, , message] = await errorOf({ [key]: 1 }, { flags: writable });
			expect([status, /error\[\w+\]/.exec(String(message))?.[0]]).toEqual([125, "error[CONFIG_INVALID_VALUE]"]);
		},
	);
});
