import { describe, expect, it } from "vitest";
import { needsOf } from "../../../src/steps/index.ts";
import { shows } from "../../../src/steps/mount/mount-types.ts";
import { serverParameters } from "../../../src/steps/mount/network-mount.ts";
import { configure, kernelWith, plan, refusalOf } from "./context.ts";

const overlay = (options: unknown) => plan("mount", { type: "overlay", target: "/m", options });
const network = (type: string, source: string, options?: unknown) =>
	plan("mount", { type, source, target: "/m", ...(options === undefined ? {} : { options }) });

describe("an overlay", () => {
	it("has absolute directories, and devices and set-user-ID programs only when told", () => {
		const { parameters, attributes, source } = overlay("lowerdir=a:../b::/c,upperdir=./u,workdir=/w,metacopy=on,ro");
		expect(parameters).toEqual(["lowerdir=/srv/a:/b::/c", "upperdir=/srv/u", "workdir=/w", "metacopy=on"]);
		expect([attributes, overlay("lowerdir=/a:/b,dev,suid").attributes, source]).toEqual([7, 0, "overlay"]);
	});

	it("keeps what a backslash takes the meaning from", () => {
		expect(overlay(String.raw`lowerdir=/a\:b:/c\\d`).parameters).toEqual([String.raw`lowerdir=/a\:b:/c\\d`]);
	});

	it.each([
		["", "mount: an overlay has lowerdir, and upperdir with workdir if it can be written to"],
		["upperdir=/u,workdir=/w", "mount: an overlay has lowerdir, and upperdir with workdir if it can be written to"],
		["lowerdir=/l,upperdir=/u", "mount: an overlay has lowerdir, and upperdir with workdir if it can be written to"],
		["lowerdir=/l,upperdir=/u:/v,workdir=/w:/x", "mount: an overlay has lowerdir, and upperdir with workdir if it can be written to"],
		["lowerdir=/l", "mount: an overlay without upperdir has at least two directories in lowerdir"],
	])("cannot be made of %j", (options, message) => {
		expect(refusalOf(() => overlay(options))).toBe(`CONFIG_INVALID_VALUE: ${message}`);
	});

	it("needs to reach its directories", () => {
		const kernel = kernelWith({ "/m": { kind: "directory" } });
		const purposes = needsOf(overlay("lowerdir=/a:/b"), kernel.host).map(({ purpose }) => purpose);
		expect(purposes).toEqual(["to mount at /m", ...["/m", "/a", "/b"].map((path) => `to reach ${path} through directories of others`)]);
	});

	it("that can be written to needs what the kernel does there for others, whatever else would reach its directories", () => {
		const kernel = kernelWith({ "/m": { kind: "directory" } });
		const needs = needsOf(overlay("lowerdir=/l,upperdir=/u,workdir=/w"), kernel.host);
		const reach = ["DAC_READ_SEARCH", "DAC_OVERRIDE"];
		expect(needs.map(({ anyOf, certain }) => [anyOf, certain])).toEqual([
			[["SYS_ADMIN"], true],
			[reach, false],
			[["DAC_OVERRIDE"], true],
			[["CHOWN"], false],
			[["FOWNER"], false],
			[["FSETID"], false],
			[reach, false],
			[reach, false],
			[reach, false],
		]);
	});
});

describe("a bind", () => {
	it("needs to reach what is bound, which may lie in a directory that is closed to root", () => {
		const kernel = kernelWith({ "/m": { kind: "directory" }, "/data/a": { kind: "directory" } });
		const bind = plan("mount", { type: "bind", source: "/data/a", target: "/m" });
		expect(needsOf(bind, kernel.host).map(({ purpose }) => purpose)).toEqual([
			"to mount at /m",
			"to reach /m through directories of others",
			"to reach /data/a through directories of others",
		]);
	});
});

describe("a file system on a device or in an image", () => {
	const of = (more: object) => plan("mount", { target: "/m", source: "/srv/disk.img", type: "ext4", ...more });
	const workload = { uid: 1000, gid: 1000, groups: [44, 1000] };

	it("is without devices and set-user-ID programs, and read-only where it is said, or cannot be otherwise", () => {
		expect(
			[of({}), of({ options: "ro" }), of({ type: "squashfs" }), of({ options: "dev,suid,errors=continue" })].map(
				({ attributes }) => attributes,
			),
		).toEqual([6, 7, 7, 0]);
		expect([of({}).block, of({ options: "ro", loop: true }).block, of({ type: "iso9660" }).block?.isReadOnly]).toEqual([
			{ isReadOnly: false, workload: expect.objectContaining({ uid: 1000, groups: workload.groups }) },
			{ isReadOnly: true, loop: { offset: 0, size: 0 }, workload: expect.objectContaining({ uid: 1000, groups: workload.groups }) },
			true,
		]);
		expect(of({ loop: true, source: "./disk.img" }).source).toBe("/srv/disk.img");
	});

	it("begins where it is written", () => {
		const loops = [
			{ offset: "1M" },
			{ offset: 188_392 },
			{ offset: 512, size: "2K" },
			{ partition: 3 },
			{ offset: "7T" },
			{ offset: "1MiB", size: "10Mi" },
		];
		expect(loops.map((more) => of({ loop: true, ...more }).block?.loop)).toEqual([
			{ offset: 0x10_0000, size: 0 },
			{ offset: 188_392, size: 0 },
			{ offset: 512, size: 2048 },
			{ partition: 3 },
			{ offset: 7 * 0x100_0000_0000, size: 0 },
			{ offset: 0x10_0000, size: 0xa0_0000 },
		]);
		const written = [{ size: "1" }, { size: "513" }, { offset: "999999999999T" }].flatMap((more) =>
			configure("mount", { target: "/m", source: "/srv/disk.img", type: "ext4", loop: true, ...more }),
		);
		expect(written).toEqual([
			expect.stringMatching(/^size: expected a number of bytes, .*, of whole sectors of 512$/),
			expect.stringMatching(/^size: expected a number of bytes, .*, of whole sectors of 512$/),
			expect.stringMatching(/^offset: expected a number of bytes, /),
		]);
	});

	it.each([
		[{ offset: "1M" }, "offset, size and partition are for an image: loop: true"],
		[{ partition: 1 }, "offset, size and partition are for an image: loop: true"],
		[{ loop: true, partition: 1, offset: "1M" }, "a partition says where it begins and ends: leave offset and size out"],
		[{ type: "tmpfs", loop: true }, "a tmpfs mount has no loop, offset, size and partition: they are for a file system in an image"],
		[{ source: "UUID=1-2" }, "the source of ext4 is the path of a device or an image, such as /dev/sdb1 or /data/disk.img"],
		[{ source: undefined }, "an ext4 mount needs its source"],
		[{ type: "squashfs", options: "ro,rw" }, "squashfs is read-only itself: leave rw out of options"],
	])("%j is refused", (more, message) => {
		expect(configure("mount", { target: "/m", source: "/srv/disk.img", type: "ext4", ...more })).toEqual([message]);
	});

	it("needs a node of its own for a loop device, and for the runtime its numbers", () => {
		const kernel = kernelWith({ "/m": { kind: "directory" } });
		const purposes = (more: object) => needsOf(of(more), kernel.host).map(({ purpose }) => purpose);
		const reach = ["to mount at /m", "to reach /m through directories of others", "to reach /srv/disk.img through directories of others"];
		expect([purposes({}), purposes({ loop: true })]).toEqual([
			reach,
			[...reach, "to make the node of the loop device that is free, where /dev has none"],
		]);
	});
});

describe("proc", () => {
	it.each([
		["rw", "", true],
		["rw,hidepid=invisible,gid=7", "hidepid=2,gid=7", true],
		["rw,hidepid=ptraceable", "hidepid=ptraceable", true],
		["rw", "hidepid=2", false],
		["rw,hidepid=noaccess", "hidepid=2", false],
		["rw,subset=pid", "subset=pid", true],
	])("that shows %s is there for the options %j: %s", (shown, options, isThere) => {
		const { parameters } = plan("mount", { type: "proc", target: "/m", options });
		expect(shows({ type: "proc", source: "proc", parameters }, { type: "proc", source: "proc", options: shown.split(",") })).toBe(isThere);
	});

	it("is told from anything else, and taken by its type where nothing more is known", () => {
		const asked = { type: "proc", source: "proc", parameters: ["hidepid=2"] } as const;
		expect([shows(asked, { type: "tmpfs" }), shows(asked, { type: "proc" })]).toEqual([false, true]);
	});
});

describe("a mount over the network", () => {
	const given = (type: string, source: string, parameters: readonly string[], files = {}) =>
		serverParameters(kernelWith({ "/etc/hosts": "192.0.2.7 nas nas.example\n", ...files }).host, type, source, parameters);

	it("is given the address of its server, and of NFS the version that mount.nfs(8) begins with", () => {
		expect(given("nfs", "192.0.2.1:/x", ["soft"])).toEqual(["vers=4.2", "addr=192.0.2.1", "soft"]);
		expect(given("nfs", "[2001:db8::1]:/x", ["nfsvers=3"])).toEqual(["addr=2001:db8::1", "nfsvers=3"]);
		expect(given("nfs", "NAS.example:/x", ["v4.1"])).toEqual(["addr=192.0.2.7", "v4.1"]);
		expect(given("nfs", "unknown:/x", ["addr=192.0.2.9", "vers=4"])).toEqual(["addr=192.0.2.9", "vers=4"]);
		expect(given("cifs", "//nas/share/below", ["guest"])).toEqual(["ip=192.0.2.7", "guest"]);
		expect(given("cifs", "//nas/share", ["addr=192.0.2.9"])).toEqual(["addr=192.0.2.9"]);
		expect(given("tmpfs", "tmpfs", ["size=1m"])).toEqual(["size=1m"]);
	});

	it("takes user and password from a file", () => {
		const files = { "/run/smb": "# of the share\nusername=u\n\npassword= p,w=#1 \ndomain=D\n" };
		expect(given("cifs", "//nas/s", ["credentials=/run/smb", "vers=3.1.1"], files)).toEqual([
			...["ip=192.0.2.7", "username=u", "password= p,w=#1 ", "domain=D", "vers=3.1.1"],
		]);
	});

	it("does not say what stands in a line it does not know", () => {
		const files = { "/run/smb": "username=u\nhunter2\n" };
		expect(refusalOf(() => given("cifs", "//nas/s", ["credentials=/run/smb"], files))).toBe(
			'STEP_FAILED: mount: line 2 of "/run/smb" is none of username=, password= and domain=',
		);
	});

	it("is there when the same source is mounted", () => {
		const asked = { type: "nfs", source: "nas:/x", parameters: [] } as const;
		const found = (type: string, source?: string) => shows(asked, { type, ...(source === undefined ? {} : { source }) });
		expect([found("nfs4", "nas:/x"), found("nfs", "nas:/x"), found("nfs4", "nas:/y"), found("cifs", "nas:/x"), found("nfs4")]).toEqual([
			true,
			true,
			false,
			false,
			true,
		]);
	});

	it.each([
		["nfs", "/export"],
		["nfs", "nas:export"],
		["nfs", "//nas/share"],
		["cifs", "nas:/export"],
		["cifs", "//nas"],
		["cifs", "//nas/"],
	])("of %s has no source like %s", (type, source) => {
		expect(refusalOf(() => network(type, source))).toMatch(/^CONFIG_INVALID_VALUE: mount: expected a source such as /);
	});

	it("keeps passwords out of the plan, and knows no mount without a source", () => {
		expect(["password=x", "pass=x", "password2=x"].map((option) => refusalOf(() => network("cifs", "//nas/s", option)))).toEqual(
			Array(3).fill("CONFIG_INVALID_VALUE: mount: a password is not written into the configuration"),
		);
		expect(configure("mount", { type: "nfs", target: "/m" })).toEqual(["an nfs mount needs its source"]);
		expect(network("nfs", "nas:/x").attributes).toBe(6);
	});
});

describe("options of fstab(5)", () => {
	const field = (what: string) =>
		`loop, offset and sizelimit are options of mount(8), and fields here: write ${what}, and leave them out of options`;
	const nothing = (name: string) => `"${name}" is for fstab(5) and mount(8), and nothing to the kernel: leave it out of options`;

	it.each([
		["ext4", "loop", field("loop: true")],
		["ext4", "loop=/dev/loop0", field("loop: true")],
		["ext4", "loop,ro,offset=1048576,sizelimit=4096", field("loop: true, offset: 1M, size: 4K")],
		["ext4", "offset=513", field("loop: true, offset: 513")],
		["vfat", "sizelimit=x", field("loop: true, size: BYTES")],
		["ext4", "defaults", nothing("defaults")],
		["tmpfs", "size=1m,noauto", nothing("noauto")],
		["xfs", "ro,x-systemd.automount", nothing("x-systemd.automount")],
		["nfs", "comment=a", nothing("comment")],
		["cifs", "users", nothing("users")],
		["bind", "nofail", nothing("nofail")],
		["tmpfs", "bind", '"bind" is no option of a file system: write type: bind'],
		["ext4", "relatime", '"relatime" is what the kernel does anyhow: leave it out of options'],
		["ext4", "nodiratime", '"nodiratime" is no option of a file system, and this step does not know it'],
	])("%s with %s is told what to write", (type, options, message) => {
		const source = { nfs: "nas:/e", cifs: "//nas/e" }[type] ?? "/srv/x";
		expect(configure("mount", { type, source, target: "/m", options })).toEqual([message]);
	});

	it("are few: what a file system knows is its own", () => {
		const of = (type: string, source: string, options: string) => plan("mount", { type, source, target: "/m", options }).parameters;
		expect([
			of("ext4", "/srv/x", "data=ordered,user_xattr,sync,lazytime,noatime"),
			of("cifs", "//nas/e", "user=me,noauto,_netdev"),
			of("tmpfs", "x", "size=1m"),
			of("bind", "/srv/x", "rbind,ro"),
		]).toEqual([["data=ordered", "user_xattr", "sync", "lazytime"], ["user=me", "noauto", "_netdev"], ["size=1m"], []]);
	});
});
