import { expect, it } from "vitest";
import { MOUNT_ATTR } from "../../../src/files/mounting.ts";
import { liftedBy } from "../../../src/steps/mount/mount-types.ts";
import { differingFlags, differingOptions } from "../../../src/steps/mount/tmpfs.ts";

const differing = (wanted: string, shown: string) =>
	differingOptions(wanted.split(","), shown.split(",")).map((each) => `${each.wanted} not ${each.shown}`);

it.each<[string, string, string[]]>([
	["size=1g", "rw,size=65536k", ["size=1g not size=65536k"]],
	["size=1m", "rw", ["size=1m not "]],
	["size=1048576", "rw,size=1024k", []],
	["size=1000", "rw,size=4k", []],
	["size=1000", "rw,size=64k", []],
	["size=4k", "rw,size=128k", ["size=4k not size=128k"]],
	["size=1T", "rw,size=1073741824k", []],
	["size=50%", "rw", []],
	["size=50%", "rw,size=64k", []],
	["nr_inodes=10k", "rw,nr_inodes=10240", []],
	["nr_inodes=10k", "rw", ["nr_inodes=10k not "]],
	["mode=1777", "rw", []],
	["mode=01777", "rw", []],
	["mode=0700", "rw", ["mode=0700 not mode=1777"]],
	["mode=700", "rw,mode=755", ["mode=700 not mode=755"]],
	["uid=0,gid=0", "rw", []],
	["uid=5,gid=7", "rw,gid=7", ["uid=5 not uid=0"]],
	["huge=never,noswap", "rw", []],
])("a tmpfs asked for with %s and mounted with %s", (wanted, shown, expected) => {
	expect(differing(wanted, shown)).toEqual(expected);
});

it("what is taken back by name must not be there, the last word counts, and a bind has no say in it", () => {
	const flags = (...options: readonly string[]) => differingFlags(liftedBy("tmpfs", options) & (MOUNT_ATTR.NOEXEC | MOUNT_ATTR.NODEV));
	expect([flags("exec"), flags("exec", "noexec"), flags("noexec", "exec", "dev"), flags(), liftedBy("bind", ["exec"])]).toEqual([
		[{ shown: "noexec", wanted: "exec" }],
		[],
		[
			{ shown: "nodev", wanted: "dev" },
			{ shown: "noexec", wanted: "exec" },
		],
		[],
		0,
	]);
});
