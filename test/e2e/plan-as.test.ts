import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker } from "./harness/docker.ts";
import { busybox } from "./harness/images.ts";
import { binary } from "./harness/paths.ts";
import { type Outcome, runProcess } from "./harness/process.ts";
import { type ContainerOptions, nearlyPrivileged, runContainer } from "./harness/run.ts";

/** A start in words, and the same made by Docker. */
const lowPorts = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];
const noNewPrivileges = ["--security-opt", "no-new-privileges"];
const starts: Readonly<Record<string, Partial<ContainerOptions>>> = {
	docker: {},
	"kubernetes-restricted": { user: "1000:1000", caps: { drop: ["ALL"] }, flags: [...lowPorts, ...noNewPrivileges, "--group-add", "44"] },
	"kubernetes-baseline": { flags: [...lowPorts, "--security-opt", "seccomp=unconfined"] },
	openshift: {
		user: "1000620000:0",
		caps: { drop: ["ALL"] },
		flags: [...lowPorts, ...noNewPrivileges, "--group-add", "1000620000"],
	},
	// This Docker knows no newer capability.
	"privileged,caps=-SYS_RESOURCE-PERFMON-BPF-CHECKPOINT_RESTORE,no-devices,device=/dev/fuse": { flags: nearlyPrivileged },
	"caps=none": { caps: { drop: ["ALL"] } },
	"caps=SETUID+SETGID+SETPCAP,read-only": { caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] }, flags: ["--read-only"] },
	"caps=docker+NET_ADMIN-SETPCAP": { caps: { add: ["NET_ADMIN"], drop: ["SETPCAP"] } },
	"caps=+SYS_ADMIN,device=/dev/fuse": { caps: { add: ["SYS_ADMIN"] }, flags: ["--device", "/dev/fuse"] },
	"user=redis,nnp": { user: "redis", flags: noNewPrivileges },
	"user=1000:1000,groups=video+100,read-only,tmpfs=/run": {
		user: "1000:1000",
		flags: ["--group-add", "video", "--group-add", "100", "--read-only", "--tmpfs", "/run:mode=1777"],
	},
	// As wide as the directory of the image.
	"user=1000:1000,read-only,tmpfs=/run,tmpfs=/var/lib,tmpfs=/none": {
		user: "1000:1000",
		flags: ["--read-only", "--tmpfs", "/run", "--tmpfs", "/var/lib", "--tmpfs", "/none"],
	},
	"read-only,tmpfs=/run,sysctl=net.core.somaxconn=4096,sysctl=net.ipv4.ip_unprivileged_port_start=1024": {
		flags: ["--read-only", "--tmpfs", "/run", "--sysctl", "net.core.somaxconn=4096", ...lowPorts],
	},
};

const configs: Readonly<Record<string, object>> = {
	"a user": { user: "app" },
	"files and trees": {
		user: "app",
		setup: [
			{ mkdir: { path: "/run/app", owner: "app" } },
			{ own: "/home/app" },
			{ own: "/var/lib/redis" },
			{ file: { path: "/etc/app.conf", content: "x\n" } },
			{ link: { path: "/etc/localtime", to: "/usr/share/zoneinfo/UTC" } },
			{ chmod: { path: "/tmp", mode: "1777" } },
			{ remove: "/etc/missing" },
		],
	},
	"ports and what is kept": { user: "app", setup: [{ listen: { tcp: 80, name: "http" } }], capabilities: { keep: ["NET_BIND_SERVICE"] } },
	"mounts and the kernel": {
		user: "app",
		setup: [
			{ mount: { type: "tmpfs", target: "/mnt/scratch" } },
			{ hostname: "else" },
			{ fuse: { command: ["/bin/true", "{mountpoint}"], target: "/mnt/fuse" } },
			{ sysctl: { "net.core.somaxconn": 4096 } },
		],
	},
	"on what is mounted": {
		user: "app",
		setup: [
			{ mkdir: "/none/made" },
			{ file: { path: "/run/app.conf", content: "x\n" } },
			{ sysctl: { "net.core.somaxconn": { at_least: 4000 } } },
			{ require: { sysctl: { "net.ipv4.ip_unprivileged_port_start": 1024 } } },
		],
	},
	"an ordinary container": { user: "app", confine: "docker-default" },
	"limits and conditions": {
		user: "app",
		limits: { core: 0 },
		umask: "0027",
		workdir: "/home/app",
		setup: [
			{ mkdir: "/data", when: { env: "DATA" } },
			{ mkdir: "/var/cache/app", when: { exists: "/var/lib" } },
			{ run: ["/bin/true"], when: { held: "NET_ADMIN" } },
		],
	},
	"a user that is not there": { user: "nobody-here" },
	root: { user: "root", capabilities: { keep_if_present: ["CHOWN", "SYS_TIME"] } },
};

let image: string;
beforeAll(() => {
	image = mkdtempSync(join(tmpdir(), "abdicate-image-"));
	const id = docker("create", busybox);
	execFileSync("sh", ["-c", `docker export ${id} | tar -x -C ${image}`]);
	docker("rm", id);
});
afterAll(() => rmSync(image, { recursive: true, force: true }));

/**
 * Without what is the machine's: numbers of namespaces, what its kernel and its Docker have of what runtimes mask, in which order it mounts, and which
 * mode its devices have. A container tells what to do
 * in Docker's words, and a Pod in its own.
 */
function compared({ status, stdout, stderr }: Outcome, isPod: boolean): object {
	const unspoken = isPod ? stderr.replaceAll(/^ {2}(?! ).*\n(?: {4}.*\n)*/gm, "") : stderr;
	if (stdout === "") {
		return { status, stderr: unspoken };
	}
	const {
		notes: _notes,
		assumed: _assumed,
		...plan
	} = JSON.parse(stdout.replaceAll(/:\[\d+\]/g, ":[]"), (key, value) => (isPod && key === "remedy" ? undefined : value));
	if (plan.departure === undefined) {
		return { status, stderr: unspoken, plan };
	}
	const { paths: _paths, ...rows } = plan.departure.rows;
	const { devices: _devices, ...reachable } = plan.reachable;
	const inOrder = { ...reachable, writes_to: reachable.writes_to.toSorted() };
	return { status, stderr: unspoken, plan: { ...plan, reachable: inOrder, departure: { ...plan.departure, rows } } };
}

/** Both refuse, and not in the same words: whose a directory is that the image's own user owns depends on who has unpacked it. */
const toldOtherwise = "user=redis,nnp";

describe.each(Object.entries(starts))("--as %s", (as, how) => {
	const isAlike = ([name]: readonly [string, unknown]) => name !== "files and trees" || as !== toldOtherwise;
	it.each(Object.entries(configs).filter(isAlike))("plans %s as a container that was really started so", async (_, config) => {
		const plan = ["plan", "--format", "json"];
		writeFileSync(join(image, "etc/entrypoint.yaml"), JSON.stringify(config));
		const real = await runContainer({ image: busybox, config, args: [...plan, "--", "true"], ...how });
		const inside = await runContainer({ image: busybox, config, args: [...plan, "--as", as, "--", "true"] });
		const outside = await runProcess(binary, [...plan, "--root", image, "--as", as, "--", "true"]);
		const run = await runContainer({ image: busybox, config, args: ["--", "true"], ...how });
		const [planned, expected] = [
			[inside, outside],
			[real, real],
		].map((all) => all.map((each) => compared(each, /kube|openshift/.test(as))));
		expect(planned).toEqual(expected);
		expect(real.stderr).not.toMatch(/error\[CONFIG_/);
		// What a step finds that nothing but its own try can tell, as who may write into a directory of others, a plan does not know.
		expect(real.status === 0 || run.status === 125).toBe(true);
	});
});
