import { afterEach, describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { diskImages, hello } from "./disk-images.ts";
import { stepLines } from "./volume.ts";

const images = diskImages("ext4", "ext2", "btrfs", "xfs", "squashfs", "erofs");
afterEach(() => images.freed());

const caps = { add: ["SYS_ADMIN", "MKNOD"] };
const control = ["--device=/dev/loop-control"];

/** Mounts, and shows what the workload reads and holds. */
function mount(steps: readonly object[], more: Partial<ContainerOptions> & { readonly command?: string } = {}) {
	const { command = "cat /home/hello; grep -h -E '^Cap(Prm|Bnd)' /proc/self/status", ...rest } = more;
	return runHouse({
		image: busybox,
		config: { user: "app", setup: steps.map((step) => ({ mount: step })) },
		args: ["-v", "--", "sh", "-c", command],
		caps,
		flags: control,
		volumes: [`${images.directory}:/data`],
		...rest,
	});
}

const none = "CapPrm:\t0000000000000000\nCapBnd:\t0000000000000000\n";
const at = (type: string, more: object = {}) => ({ type, source: `/data/${type}`, target: "/home", loop: true, ...more });

describe("mount of an image", () => {
	it.each(["ext4", "ext2", "btrfs", "xfs", "squashfs", "erofs"])(
		"%s is read by the workload, which holds nothing, and is mounted once",
		async (type) => {
			const { status, stdout, stderr } = await mount([at(type), at(type)]);
			expect([status, stdout, ...stepLines(stderr)]).toEqual([
				0,
				hello + none,
				`changed  setup[0] mount ${type} /data/${type} at /home: mounted`,
				`ok       setup[1] mount ${type} /data/${type} at /home: already mounted`,
			]);
		},
	);
});
