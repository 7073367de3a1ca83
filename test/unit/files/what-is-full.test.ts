import { describe, expect, it } from "vitest";
import { whatIsFull } from "../../../src/files/what-is-full.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const full = (free: number, freeEntries = 5, type = "tmpfs", flags = "rw,noexec", options = "rw", bytes = 0) => {
	const space: Host["space"] = () => [1_048_576, free, 10, freeEntries];
	const files = {
		"/proc/self/mountinfo": `21 1 0:20 / / rw - overlay overlay rw\n22 21 0:21 / /data ${flags} - ${type} ${type} ${options}\n`,
		"/data/f": {},
	};
	return whatIsFull(new FakeKernel({ process: dockerRoot(), files, overrides: { space } }).host, "/data/f", bytes);
};

describe("whatIsFull", () => {
	it("tells that what is free again was taken by what is gone", () => {
		expect(full(204_800)?.message).toBe(
			'it is mounted at "/data" (tmpfs, 1 MiB in all, 200 KiB free now that what was unfinished is gone)',
		);
		expect(full(0)?.message).toBe('it is mounted at "/data" (tmpfs, 1 MiB in all, nothing free)');
		expect(full(204_800, 0)?.message).toBe('it is mounted at "/data" (tmpfs, all of its 10 inodes are used)');
	});

	it("gives room for what was to be written, beside what is there", () => {
		const { message, remedy } = full(204_800, 5, "tmpfs", "rw,noexec", "rw", 3_000_000) ?? {};
		expect(message).toMatch(/is gone\), and 2930 KiB were to be written$/);
		expect(remedy?.[0]).toContain("docker run --tmpfs /data:size=6684k ...");
		expect(full(204_800, 5, "tmpfs", "rw,noexec", "rw", 150_000)?.remedy?.[0]).toContain("size=2048k");
	});

	it("knows that what fits was stopped by inodes that are free again", () => {
		const { message, remedy } = full(204_800, 5, "tmpfs", "rw,noexec", "rw", 100) ?? {};
		expect(message).toBe('it is mounted at "/data" (tmpfs, there is room for the content, so that its 10 inodes are too few)');
		expect(remedy?.[0]).toContain("nr_inodes=20");
	});

	it("says what to give more of", () => {
		expect(full(0)?.remedy?.[0]).toBe(
			'more, say: docker run --tmpfs /data:size=2048k ... | compose: tmpfs: ["/data:size=2048k"] | kubernetes: sizeLimit of the emptyDir | of a mount step: options: [size=2048k]',
		);
		expect(full(0, 5, "tmpfs", "rw,nosuid", "rw,size=1024k,mode=700,uid=7,inode64")?.remedy?.[0]).toContain(
			"docker run --tmpfs /data:size=2048k,exec,mode=700,uid=7 ...",
		);
		expect(full(204_800, 0)?.remedy?.[0]).toContain("--tmpfs /data:nr_inodes=20 ...");
		expect(full(0, 5, "ext4")?.remedy).toEqual(["a larger volume", "or less there (df -h /data, du)"]);
		expect(full(0, 0, "ext4")?.remedy).toEqual(["a file system that was made with more inodes", "or fewer files there (df -i /data)"]);
	});
});
