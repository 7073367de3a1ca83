import { describe, expect, it } from "vitest";
import { findInTable } from "../../../src/sys/mountinfo.ts";

const table = `22 1 0:20 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/a - b
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 0:22 / /data rw - ext4 /dev/sda rw
25 24 0:23 / /data rw,nosuid shared:3 master:4 - fuse.sshfs host:/x rw,user_id=1
26 22 0:24 / /with\\040blank\\134 rw - tmpfs tmpfs rw
`;

describe("findInTable", () => {
	it("finds the last mount at exactly that path", () => {
		expect(["/", "/proc", "/data", "/with blank\\", "/dat", "/data/", "/data/x", ""].map((path) => findInTable(table, path)?.type)).toEqual(
			["overlay", "proc", "fuse.sshfs", "tmpfs", undefined, undefined, undefined, undefined],
		);
	});
});
