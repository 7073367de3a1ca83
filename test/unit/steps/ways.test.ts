import { describe, expect, it } from "vitest";
import { closer } from "../../../src/cli/closer-look.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { refusal } from "../../../src/steps/common/refusal.ts";
import { waysToOpen } from "../../../src/steps/common/ways-to-open.ts";
import { mkdir } from "../../../src/steps/trees/mkdir.ts";
import { absentMeanings } from "../../../src/steps/trees/tree-goal.ts";
import { errno } from "../../../src/sys/errno.ts";
import { SyscallError } from "../../../src/sys/observe.ts";
import { dockerRoot, FakeKernel, unprivileged } from "../../fake/index.ts";

const mounts = "1 0 0:1 / / rw - overlay overlay rw\n2 1 8:1 / /data rw - ext4 /dev/sda rw\n";
const directories = ["/proc", "/srv", "/data", "/run", "/dev", "/etc", "/tmp"];
const files = {
	...Object.fromEntries(directories.map((each) => [each, { kind: "directory" } as const])),
	"/proc/self/mountinfo": { content: mounts },
};

describe("what was to be changed and is not there", () => {
	const told = (process: ReturnType<typeof dockerRoot>, path: string) => {
		const { host } = new FakeKernel({ process, files });
		const [failed] = refusal(new SyscallError("open", -errno.ENOENT), { reads: host, path, meanings: absentMeanings(path) }).diagnostics;
		return closer(failed, host).remedy;
	};
	const bind = (source: string, path: string) =>
		`mount it: docker run --volume ${source}:${path} ... | compose: volumes: ["${source}:${path}"] | kubernetes: volumeMounts: [{name: NAME, mountPath: "${path}"}]`;
	const volume = (path: string) => `mount the volume that belongs there: ${bind("NAME", path).slice("mount it: ".length)}`;

	it.each<[string, readonly string[]]>([
		["/srv/app", [volume("/srv/app"), "or, without one, make it first: - mkdir: /srv/app"]],
		["/data/app", ["make it first: - mkdir: /data/app"]],
		["/run/app", ["make it first: - mkdir: /run/app"]],
		[
			"/dev/kvm",
			['docker run --device /dev/kvm ... | compose: devices: ["/dev/kvm"] | kubernetes: a device plugin, or a privileged container'],
		],
		["/etc/app.yaml", ["put it into the image (COPY), or write it by a file step before", `or ${bind("./FILE", "/etc/app.yaml")}`]],
		[
			"/run/app.sock",
			["if this container makes it: - wait_for: {unix: /run/app.sock}, before this step", `else ${bind("/run/app.sock", "/run/app.sock")}`],
		],
	])("is there by what it is likely to be: %s", (path, remedy) => {
		expect(told(dockerRoot(), path)).toEqual(remedy);
	});

	it("is made in the image for a start that may not", () => {
		expect(told(unprivileged(1000, 1000), "/srv/app")).toEqual([
			volume("/srv/app"),
			"or, without one, have it in the image: RUN mkdir -p /srv/app && chown 1000 /srv/app",
		]);
	});
});

describe("what is closed to the user", () => {
	const viewer = { uid: 1000, groups: [1000] };
	const ways = (mode: number, gid: number, process = dockerRoot()) => {
		const { host } = new FakeKernel({
			process,
			files: { ...files, "/run/d.sock": { kind: "socket", mode, gid }, "/data": { kind: "directory", mode: 0o700 } },
		});
		return [waysToOpen(host, "/run/d.sock", viewer), waysToOpen(host, "/data", viewer)];
	};

	it("is given to it where it is a directory, and never where it is a socket", () => {
		expect(ways(0o660, 998)).toEqual([['groups: {from_path: ["/run/d.sock"]}'], ["own: /data, before this step"]]);
		expect(ways(0o660, 0)[0]).toEqual([
			"give it another group than root's where it is made",
			'or groups: {from_path: ["/run/d.sock"], allow_root_group: true}',
		]);
		expect(ways(0o600, 998)[0]).toEqual([
			"let a group write it where it is made (mode 0600 of 0:998), by chgrp and chmod g+w or the settings of who makes it",
		]);
	});

	it("takes the runtime where the start is not root's", () => {
		const [socket, directory] = ways(0o660, 998, unprivileged(1000, 1000));
		expect(socket).toEqual([
			'docker run --group-add 998 ... | compose: group_add: ["998"] | kubernetes: spec.securityContext.supplementalGroups: [998]',
		]);
		expect(directory?.[0]).toMatch(/^a container that is started as another user than root/);
	});
});

it("what is closed above two directories is told once", () => {
	const { host } = new FakeKernel({ process: unprivileged(1000, 1000), files });
	const action = { paths: ["/app/data", "/app/logs"], mode: 0o755, parentsMode: 0o755, uid: toUid(1000), gid: toGid(1000) };
	const found = mkdir.obstacles?.(action, host, true, undefined) ?? [];
	expect(found.map(({ refused }) => refused?.path)).toEqual(["/"]);
});
