import { describe, expect, it } from "vitest";
import { isMachines, machinesElsewhere, mountsBelow } from "../../../../src/confine/devices/mounts.ts";
import { isUsual, nodesText } from "../../../../src/confine/devices/node.ts";
import { parseMounts } from "../../../../src/files/mountinfo.ts";

const table = (...lines: readonly (readonly [point: string, type: string, flags?: string])[]) =>
	parseMounts(lines.map(([point, type, flags = "rw"], id) => `${id} 1 0:5 / ${point} ${flags} - ${type} x rw\n`).join(""));
const points = (mounts: readonly { readonly point: string }[]) => mounts.map(({ point }) => point);

describe("the machine's devices", () => {
	it("are at /dev where the last mount there says so", () => {
		expect(isMachines(table(["/dev", "tmpfs"], ["/dev", "devtmpfs"]))).toBe(true);
		expect(isMachines(table(["/dev", "devtmpfs"], ["/dev", "tmpfs"]))).toBe(false);
		expect(isMachines(table(["/", "overlay"]))).toBe(false);
	});
	it("are elsewhere, with their terminals, but for where they cannot be opened", () => {
		const found = table(
			["/dev", "tmpfs"],
			["/dev/bus/usb", "devtmpfs"],
			["/host/dev", "devtmpfs"],
			["/host/dev/pts", "devpts"],
			["/host/dev/shm", "tmpfs"],
			["/chroot/dev/pts", "devpts"],
			["/closed", "devtmpfs", "ro,nodev"],
		);
		expect(points(machinesElsewhere(found))).toEqual(["/host/dev", "/host/dev/pts", "/chroot/dev/pts"]);
	});
	it("leave of the mounts below /dev the uppermost", () => {
		const found = table(["/dev", "tmpfs"], ["/dev/shm", "tmpfs"], ["/dev/shm/in", "tmpfs"], ["/dev/shm2", "tmpfs"], ["/device", "tmpfs"]);
		expect(points(mountsBelow(found))).toEqual(["/dev/shm", "/dev/shm2"]);
	});
});

describe("a node", () => {
	it.each<["c" | "b", string, boolean]>([
		["c", "1:3", true],
		["c", "5:2", true],
		["c", "136:0", true],
		["c", "143:9", true],
		["c", "144:0", false],
		["c", "5:1", false],
		["c", "1:1", false],
		["b", "1:3", false],
		["b", "136:0", false],
	])("%s %s is of every container: %s", (type, rdev, usual) => {
		expect(isUsual({ type, rdev })).toBe(usual);
	});
	it("is told whole, but for a terminal's owner and what the setup leaves", () => {
		const node = { path: "/dev/b", type: "c", rdev: "1:3", mode: 0o666, uid: 0, gid: 5 } as const;
		expect(nodesText([node, { ...node, path: "/dev/a", rdev: "136:1" }, { ...node, path: "/dev/c" }], ["/dev/c"])).toBe(
			"/dev/a=terminal /dev/b=c1:3,0666,0:5 /dev/c=as the setup leaves it",
		);
	});
});
