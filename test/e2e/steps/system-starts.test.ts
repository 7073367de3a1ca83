import { rootCertificates } from "node:tls";
import { describe, expect, it } from "vitest";
import { busybox } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

const hooks = volume("printf '#!/bin/sh\\nid -u\\n' > a; chmod 755 a");

/** What an image would ask of an ordinary container, in which everything is right already or needs nobody's permission. */
const config = {
	user: "app",
	setup: [
		{ require: { device: "/dev/null", writable: "/tmp", env: "CA" } },
		{ hostname: "web" },
		{ sysctl: { "net.ipv4.ip_forward": 1 } },
		{ device: { path: "/dev/zero", major: 1, minor: 5 } },
		{ ca_certificates: { bundle: "/tmp/ca.crt", extra: { env: "CA" } } },
		{ hooks: "/hooks" },
		{ wait_for: { file: "/hooks/a" } },
	],
};

const ordinary: Partial<ContainerOptions> = {
	flags: ["--hostname=web", "--sysctl=net.ipv4.ip_forward=1"],
	volumes: [`${hooks}:/hooks:ro`],
	env: { CA: rootCertificates[0] ?? "" },
};
const only = (...names: readonly string[]) => ({ drop: ["ALL"], add: names });

const states = ["ok", "ok", "ok", "ok", "changed", "changed", "ok"];

describe("the system's steps", () => {
	it.each<[string, Partial<ContainerOptions>, string]>([
		["as root with Docker's capabilities", {}, "1000"],
		["as root with nothing but what the drop takes", { caps: only("SETUID", "SETGID", "SETPCAP") }, "1000"],
		["with no-new-privileges", { flags: [...(ordinary.flags ?? []), "--security-opt=no-new-privileges"] }, "1000"],
		["on a read-only file system", { flags: [...(ordinary.flags ?? []), "--read-only", "--tmpfs=/tmp"] }, "1000"],
		["as the user without any capability", { user: "1000:1000", caps: only() }, "1000"],
		["as a random user of group 0", { user: "54321:0", caps: only() }, "54321"],
	])("find everything right, started %s", async (_, more, uid) => {
		const { status, stdout, stderr } = await runContainer({ image: busybox, config, args: ["-v", "--", "id", "-u"], ...ordinary, ...more });
		expect([status, stdout, stepLines(stderr).map((line) => line.split(" ")[0])]).toEqual([0, `${uid}\n${uid}\n`, states]);
	});

	it("never run as root instead", async () => {
		const { status, stdout, stderr } = await runContainer({ image: busybox, config, args: ["--", "id", "-u"], ...ordinary, caps: only() });
		expect([status, stdout, /error\[\w+\]/.exec(stderr)?.[0]]).toEqual([125, "", "error[CAPABILITY_MISSING]"]);
	});

	it("say all capabilities that are missing before the first has touched anything", async () => {
		const wrong = {
			user: "app",
			setup: [{ hostname: "other" }, { device: { path: "/dev/new", major: 1, minor: 5 } }, { hooks: "/hooks" }],
		};
		const caps = only("SETUID", "SETGID", "SETPCAP");
		const { status, stdout, stderr } = await runContainer({ image: busybox, args: ["--", "id"], ...ordinary, config: wrong, caps });
		expect([status, stdout, stderr.match(/\w+ is not held, needed .*/g)]).toEqual([
			125,
			"",
			[
				"SYS_ADMIN is not held, needed to set the host name",
				"MKNOD is not held, needed to make /dev/new",
				"CHOWN is not held, needed to give /dev/new its owner",
			],
		]);
	});
});
