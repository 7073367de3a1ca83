import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { runHost } from "../harness/host.ts";
import { busybox, debian } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { ownerOf, stepLines, volume } from "./volume.ts";

/** The call and who refused it, without the step's name in front. */
function reasonOf(stderr: string): string | undefined {
	return /\b\w+: E[A-Z]+ on "\/.*/.exec(stderr)?.[0];
}

function refused(setup: readonly object[], options: Partial<ContainerOptions>, run = runHouse) {
	return run({ image: busybox, config: { user: "app", setup }, args: ["-v", "--", "true"], ...options });
}

/** A profile of seccomp that refuses these calls with EPERM, and nothing else. */
function filter(...names: readonly string[]): string[] {
	const profile = join(volume("true"), "seccomp.json");
	const syscalls = [{ names, action: "SCMP_ACT_ERRNO", errnoRet: 1 }];
	writeFileSync(profile, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls }));
	return [`--security-opt=seccomp=${profile}`];
}

describe("a refusal although no capability is missing", () => {
	const attributeOrFilter = "a file attribute (lsattr) or a seccomp filter refused it, although no capability is missing";

	it.each<[string, object, string, readonly string[], string]>([
		["own", { own: "/data" }, "touch f", ["fchownat"], `fchownat: EPERM on "/data/f": ${attributeOrFilter}`],
		[
			"chmod",
			{ chmod: { path: "/data/f", mode: "0600" } },
			"touch f",
			["fchmod", "fchmodat", "fchmodat2"],
			`fchmod: EPERM on "/data/f": ${attributeOrFilter}`,
		],
		["mkdir", { mkdir: "/data/d" }, "true", ["mkdir", "mkdirat"], `mkdirat: EPERM on "/data/d": ${attributeOrFilter}`],
		["file", { file: { path: "/data/f", content: "x" } }, "true", ["fchown"], `fchown: EPERM on "/data/f": ${attributeOrFilter}`],
		[
			"secret",
			{ secret: { from: { file: "/data/k" }, path: "/data/s", on_disk: "allow" } },
			"echo x > k",
			["fchown"],
			`fchown: EPERM on "/data/s": ${attributeOrFilter}`,
		],
		["copy", { copy: { from: "/etc/group", to: "/data/f" } }, "true", ["fchown"], `fchown: EPERM on "/data/f": ${attributeOrFilter}`],
		[
			"link",
			{ link: { path: "/data/l", to: "x" } },
			"true",
			["symlinkat", "symlink"],
			`symlinkat: EPERM on "/data/l": ${attributeOrFilter}`,
		],
		["remove", { remove: "/data/f" }, "touch f", ["unlinkat", "unlink"], `unlinkat: EPERM on "/data/f": ${attributeOrFilter}`],
		["listen", { listen: { unix: "/data/s" } }, "true", ["bind"], `bind: EPERM on "/data/s": ${attributeOrFilter}`],
	])("names the filter and what else it may be: %s", async (_, step, script, calls, expected) => {
		const { status, stderr } = await refused([step], { volumes: [`${volume(script)}:/data`], flags: filter(...calls) }, runContainer);
		expect([status, reasonOf(stderr)]).toEqual([125, expected]);
	});

	it("names the filter when fuse may not mount", async () => {
		const step = { fuse: { target: "/mnt", command: ["squashfuse", "-f", "/dev/null", "{mountpoint}"] } };
		const { status, stderr } = await refused(
			[step],
			{
				image: debian,
				caps: { add: ["SYS_ADMIN"] },
				flags: ["--device=/dev/fuse", ...filter("fsopen", "mount")],
			},
			runContainer,
		);
		expect([status, reasonOf(stderr)]).toEqual([
			125,
			'mount: EPERM on "/mnt": CAP_SYS_ADMIN is held, so a seccomp filter refused it, or the mount is locked by an outer namespace',
		]);
	});

	it("names a file system in which root is nobody special", async () => {
		const sftp = "printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > sftp; chmod 755 sftp; mkdir -m 777 remote; touch remote/f";
		const command = ["sshfs", "-f", "localhost:/data/remote", "{mountpoint}", "-o", "ssh_command=/data/sftp"];
		const mounted = { fuse: { target: "/mnt", command, allow_other: true } };
		const { status, stderr } = await refused([mounted, { own: "/mnt" }], {
			image: debian,
			volumes: [`${volume(sftp)}:/data`],
			caps: { add: ["SYS_ADMIN"] },
			flags: ["--device=/dev/fuse"],
		});
		expect([status, reasonOf(stderr)]).toEqual([
			125,
			'fchownat: EACCES on "/mnt/f": the file system (fuse) refused it: there capabilities do not count',
		]);
	});

	it("knows an owner that a user namespace does not have", async () => {
		const data = volume("touch f; chown 7:7 f");
		const { status, stderr } = await runHost({
			config: { user: "0:0", setup: [{ own: `${data}/f` }] },
			args: ["--", "/bin/true"],
			wrapper: ["unshare", "--user", "--map-root-user"],
		});
		expect([status, reasonOf(stderr), ownerOf(data, "f")]).toEqual([
			125,
			`fchownat: EPERM on "${data}/f": its owner does not exist in this user namespace, so that no capability counts for it`,
			"7:7",
		]);
	});

	it("is none where the goal is met all the same", async () => {
		const data = volume("mkdir d; touch d/f; chown 7:1000 d d/f; chmod 770 d; chmod 660 d/f");
		const { status, stderr } = await refused([{ own: "/data/d" }], { volumes: [`${data}:/data`], flags: filter("fchownat") }, runContainer);
		expect([status, ...stepLines(stderr)]).toEqual([
			0,
			'ok       setup[0] own /data/d to 1000:1000 (mismatched): EPERM on "/data/d/f", but the user can read and write there',
		]);
	});
});

describe("a directory that is closed to root", () => {
	const within = "/data/home";
	const whose = '"/data/home", which is of 1000:1000 with mode 0700';
	const notEntered = `is not held: uid 0 (groups 0) may not enter ${whose}`;
	const toReadOnly = "CAP_DAC_READ_SEARCH (or CAP_DAC_OVERRIDE)";
	it.each<[string, object, string, lesser?: string]>([
		["mkdir", { mkdir: `${within}/d` }, "open: EACCES"],
		["file", { file: { path: `${within}/f`, content: "x" } }, "open: EACCES"],
		["copy", { copy: { from: "/etc/group", to: `${within}/f` } }, "open: EACCES"],
		["link", { link: { path: `${within}/l`, to: "x" } }, "symlinkat: EACCES"],
		["remove", { remove: `${within}/f` }, "statx: EACCES"],
		["chmod", { chmod: { path: `${within}/f`, mode: "0600" } }, "open: EACCES", `${toReadOnly} ${notEntered}`],
		[
			"own",
			{ own: { path: within, owner: "7", group: "7" } },
			"open: EACCES",
			`${toReadOnly} is not held: uid 0 (groups 0) may not read ${whose}`,
		],
		["device", { device: { path: `${within}/zero`, major: 1, minor: 5 } }, "mkdirat: EACCES"],
	])("is what %s names, not what might be needed behind it", async (_, step, expected, lack = `CAP_DAC_OVERRIDE ${notEntered}`) => {
		const data = volume("mkdir -p home/d; touch home/f; chown -R 1000:1000 home; chmod 700 home");
		const { status, stderr } = await refused([step], {
			volumes: [`${data}:/data`],
			caps: { drop: ["ALL"], add: ["SETUID", "SETGID", "SETPCAP"] },
		});
		const [, call, reason] = /: (\w+: EACCES) on "\/data\/home[^"]*": (.*)/.exec(stderr) ?? [];
		expect([status, call, reason]).toEqual([125, expected, lack]);
	});
});
