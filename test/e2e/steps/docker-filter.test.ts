import { rootCertificates } from "node:tls";
import { expect, it } from "vitest";
import { type StepKind, stepKinds } from "../../../src/steps/index.ts";
import { debian } from "../harness/images.ts";
import { runContainer } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

/** Something to do for each kind of step. */
const steps: Readonly<Record<StepKind, unknown>> = {
	mkdir: "/data/made",
	own: "/data/theirs",
	chmod: { path: "/data/theirs", dirs: "0750", files: "0640", recursive: true },
	file: { path: "/data/file", content: "new" },
	secret: { from: { env: "KEY" }, path: "/dev/shm/key" },
	copy: { from: "/data/theirs", to: "/data/copied" },
	link: { path: "/data/link", to: "file" },
	remove: "/data/old",
	listen: { unix: "/data/socket" },
	mount: { type: "tmpfs", target: "/home" },
	fuse: { target: "/mnt", command: ["squashfuse", "-f", "/image", "{mountpoint}"] },
	run: ["touch", "/run/touched"],
	require: { writable: "/data/made" },
	hostname: "web",
	sysctl: { "net.ipv4.ip_forward": 1 },
	device: { path: "/dev/sub/zero", major: 1, minor: 5 },
	hooks: "/hooks",
	ca_certificates: { bundle: "/tmp/ca.crt", extra: { env: "CA" } },
	wait_for: { file: "/data/file" },
};

it("lets each kind of step do its work, with Docker's own filter", async () => {
	const data = volume("chown 1000:1000 .; mkdir theirs; touch theirs/a old; chown -R 7:7 theirs");
	const hooks = volume("printf '#!/bin/sh\\nid -u\\n' > a; chmod 755 a");
	const image = "mkdir /tmp/i; echo far > /tmp/i/f; mksquashfs /tmp/i /image -quiet -no-progress >/dev/null";
	const { status, stdout, stderr } = await runContainer({
		image: debian,
		entrypoint: "sh",
		args: ["-c", `${image}; exec /abdicate -v -- sh -c 'cat /mnt/f; grep Seccomp: /proc/self/status'`],
		config: { user: "app", setup: stepKinds.map((kind) => ({ [kind]: steps[kind] })) },
		caps: { add: ["SYS_ADMIN", "NET_ADMIN"] },
		flags: ["--device=/dev/fuse", "--security-opt=systempaths=unconfined", "--sysctl=net.ipv4.ip_forward=0"],
		volumes: [`${data}:/data`, `${hooks}:/hooks:ro`],
		env: { KEY: "hunter2", CA: rootCertificates[0] ?? "" },
	});
	const done = stepLines(stderr).map((line) => line.replace(/^(\w+) +setup\[\d+\] (\S+) .*/, "$1 $2"));
	const looks = ["require", "wait_for"];
	// As the user, when all others are done.
	const late = ["hooks", "ca_certificates", "wait_for"];
	const inTurn = [...stepKinds.filter((kind) => !late.includes(kind)), ...late];
	expect([status, stdout, done, status === 0 ? "" : stderr]).toEqual([
		0,
		"1000\nfar\nSeccomp:\t2\n",
		inTurn.map((kind) => `${looks.includes(kind) ? "ok" : "changed"} ${kind}`),
		"",
	]);
});
