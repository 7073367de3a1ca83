import { type Case, start } from "../harness/case.ts";
import type { Release } from "../harness/kernel.ts";

const prepare = "mkdir /data/d; echo old > /data/d/f; ln /data/d/f /data/second; chown -R 7:8 /data; show='";
const own = { own: { path: "/data", policy: "idmap-or-chown" } };
const bind = { mount: { type: "bind", source: "/data", target: "/home", idmap: "target" } };
const verified = "abdicate: verified drop: uid 1000, gid 1000, capabilities none, then sh";
const stat = "stat -c '\\''%u %g %n'\\''";

function takenOver(setup: readonly object[], show: string): Pick<Case, "config" | "script"> {
	return { config: { user: "app", setup }, script: start('-v -- sh -c "$show"', { prepare: `${prepare}${show}'` }) };
}

/** A tmpfs, which can be mapped from Linux 6.3 on. */
function chowned(on: Release, why: string): Case {
	return {
		name: `own with idmap-or-chown re-owns on ${on}`,
		...takenOver([own, own], `${stat} /data /data/d /data/d/f; grep -c " /data " /proc/self/mountinfo`),
		on: [on],
		expected: {
			status: 0,
			stderr: [
				`abdicate: changed  setup[0] own /data to 1000:1000 (idmap-or-chown): not mapped, because ${why}: 2 of 4 entries re-owned, 2 with several links left alone`,
				"abdicate: ok       setup[1] own /data to 1000:1000 (idmap-or-chown): already right",
				verified,
			],
			stdout: ["1000 1000 /data", "1000 1000 /data/d", "7 8 /data/d/f", "1"],
		},
	};
}

function refused(on: Release, why: string): Case {
	return {
		name: `a bind with idmap is refused on ${on}`,
		...takenOver([bind], "true"),
		on: [on],
		expected: {
			status: 125,
			stderr: [
				`abdicate: error[STEP_FAILED] setup[0] mount /data at /home as 1000:1000: "/data" cannot be shown as another's: ${why}`,
				"  change the owner on disk instead: - own: PATH",
			],
		},
	};
}

const older = "this kernel is older than Linux 5.12, or a sandbox without such mounts";
const unable = "its file system cannot map ids, as an overlay, NFS and most of FUSE cannot";

export const idmapped: readonly Case[] = [
	chowned("bullseye", older),
	refused("bullseye", older),
	chowned("bookworm", unable),
	refused("bookworm", unable),
	{
		name: "own with idmap-or-chown maps a file system that could be mapped before tmpfs was",
		config: {
			user: "app",
			setup: [
				{ mount: { type: "vfat", source: "/images/vfat", target: "/home", loop: true, options: "uid=7,gid=8" } },
				{ own: { path: "/home", policy: "idmap-or-chown" } },
			],
		},
		script: start(`-v -- stat -c '%u %g %n' /home /home/hello`),
		on: ["bookworm"],
		expected: {
			status: 0,
			stderr: [
				"abdicate: changed  setup[0] mount vfat /images/vfat at /home: mounted",
				"abdicate: changed  setup[1] own /home to 1000:1000 (idmap-or-chown): mapped, nothing changed on disk",
				"abdicate: verified drop: uid 1000, gid 1000, capabilities none, then stat",
			],
			stdout: ["1000 1000 /home", "1000 1000 /home/hello"],
		},
	},
	{
		name: "own with idmap-or-chown maps, and what is mapped is bound as it is",
		...takenOver(
			[own, own, { mount: { type: "bind", source: "/data", target: "/home", idmap: "target" } }],
			`echo new >> /data/d/f; cat /home/d/f; ${stat} /data /data/d /data/d/f; grep -c "idmapped" /proc/self/mountinfo`,
		),
		on: ["trixie"],
		expected: {
			status: 0,
			stderr: [
				"abdicate: changed  setup[0] own /data to 1000:1000 (idmap-or-chown): mapped, nothing changed on disk",
				"abdicate: ok       setup[1] own /data to 1000:1000 (idmap-or-chown): already right",
				"abdicate: changed  setup[2] mount /data at /home as 1000:1000: mounted",
				verified,
			],
			stdout: ["old", "new", "1000 1000 /data", "1000 1000 /data/d", "1000 1000 /data/d/f", "2"],
		},
	},
	{
		name: "a bind with idmap shows another's files, and what is made is the other's",
		...takenOver([bind], `cd /home; echo new > made; mkdir e; ${stat} . d d/f made /data /data/d/f /data/made /data/e`),
		on: ["trixie"],
		expected: {
			status: 0,
			stderr: ["abdicate: changed  setup[0] mount /data at /home as 1000:1000: mounted", verified],
			stdout: [
				...[".", "d", "d/f", "made"].map((name) => `1000 1000 ${name}`),
				...["/data", "/data/d/f", "/data/made", "/data/e"].map((name) => `7 8 ${name}`),
			],
		},
	},
];
