import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { toldLines } from "../../harness/told.ts";
import { busybox } from "../harness/images.ts";
import { runContainer } from "../harness/run.ts";

const limits = { pids: 50, memory: "64M", cpu: 0.5 };
const flags = ["--pids-limit=50", "--memory=64m", "--cpus=0.5"];

describe("cgroup", () => {
	it("is done where the runtime has limited as much", async () => {
		const { status, stdout, stderr } = await runContainer({
			image: busybox,
			flags,
			config: { user: "app", cgroup: limits },
			args: ["-v", "--", "true"],
		});
		expect([status, stdout, stderr.split("\n").filter((line) => line.includes("cgroup"))]).toEqual([
			0,
			"",
			["abdicate: note: cgroup: pids 50, memory 67108864, cpu 0.5: the start is limited as tightly already"],
		]);
	});
	it("rule 4.13: is refused with the flags of the runtime for what it has not, where nothing is delegated", async () => {
		const { status, stdout, stderr } = await runContainer({
			image: busybox,
			flags: ["--pids-limit=51", "--memory=64m"],
			config: { user: "app", cgroup: limits },
			args: ["--", "true"],
		});
		const [first = "", , , ...remedy] = stderr.trimEnd().split("\n");
		expect([status, stdout, first.replace(/: (?:this machine|the cgroup) .*/, ""), ...remedy]).toEqual([
			125,
			"",
			"abdicate: error[CONFINE_REFUSED] /etc/entrypoint.yaml:1:24 cgroup: pids 50, cpu 0.5",
			...toldLines(
				"docker run --pids-limit 50 --cpus 0.5 ... | compose: pids_limit: 50, cpus: 0.5 | kubernetes: resources.limits: {cpu: 500m}, podPidsLimit of the kubelet, for all of a Pod",
				"docker",
			),
		]);
	});
	it("is what plan prints for a runtime", async () => {
		const { status, stdout } = await runHouse({
			image: busybox,
			config: { user: "app", stdio: "keep", cgroup: { pids: 5, memory: "64M" } },
			args: ["plan", "--format", "docker", "--", "true"],
		});
		const flags = [
			"--cap-drop ALL",
			...["SETGID", "SETUID", "SETPCAP"].map((name) => `--cap-add ${name}`),
			"--pids-limit 5",
			"--memory 67108864",
		];
		expect([status, stdout]).toEqual([0, `${flags.join(" ")}\n`]);
	});
	it("is refused where no cgroup is to be seen", async () => {
		const { status, stderr } = await runHouse({ image: busybox, config: { user: "app", cgroup: { pids: 5 } }, args: ["--", "true"] });
		expect([status, stderr.split("\n")[0]]).toEqual([
			125,
			"abdicate: error[CONFINE_REFUSED] /etc/entrypoint.yaml:1:24 cgroup: pids 5: the cgroup of this container is not to be seen here",
		]);
	});
});

describe("cgroup.io", () => {
	const [device = ""] = readFileSync("/proc/partitions", "utf8")
		.split("\n")
		.flatMap((line) => /\d+ +\d+ +\d+ (\S+)$/.exec(line)?.[1] ?? [])
		.map((name) => `/dev/${name}`)
		.filter((path) => existsSync(path));

	it("takes no node where the runtime limits the device, by the name that the machine has for it", async () => {
		const config = { user: "app", cgroup: { io: [{ device, read_bps: "1M" }] } };
		const run = (flags: readonly string[]) => runContainer({ image: busybox, flags, config, args: ["-v", "--", "ls", device] });
		const [limited, open] = [await run([`--device-read-bps=${device}:1mb`]), await run([])];
		expect(limited.stderr).toContain(`cgroup: io of ${device}: the start is limited as tightly already`);
		expect(limited.stderr).toContain(`ls: ${device}: No such file or directory`);
		expect([open.status, open.stdout]).toEqual([125, ""]);
		expect(open.stderr).toContain(`docker run --device-read-bps ${device}:1048576 ...`);
	});
});
