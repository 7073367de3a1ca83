import { expect, it } from "vitest";
import { toldLines } from "../../harness/told.ts";
import { runHost } from "../harness/host.ts";
import { diskImages } from "./disk-images.ts";
import { stepLines } from "./volume.ts";

const images = diskImages("squashfs");
/** Root of a user namespace of its own, in a mount namespace that belongs to it. */
const wrapper = ["unshare", "--user", "--map-root-user", "--mount"];
const of = (more: object) => ({ mount: { type: "squashfs", target: "/srv", ...more } });
const start = (step: object, ...args: readonly string[]) =>
	runHost({ config: { user: "root", setup: [step] }, args: [...args, "--", "true"], wrapper });

const why = "in a user namespace the kernel mounts no file system of a device or an image, whatever is held there";
const remedy = [
	...toldLines(
		"start it without one: docker run --userns=host ... | compose: userns_mode: host | kubernetes: hostUsers: true | or Docker or Podman of root",
		"docker",
	),
	"  or serve it by a daemon, with the step fuse: squashfuse, fuse2fs",
];

it.each<[string, () => object]>([
	["an image", () => of({ source: `${images.directory}/squashfs`, loop: true })],
	["a device", () => of({ source: "/dev/loop0" })],
])("of %s is refused in a user namespace, which is said to be why", async (_, step) => {
	const { status, stderr } = await start(step());
	const [message, ...rest] = stderr.slice(stderr.indexOf("abdicate: error")).trimEnd().split("\n");
	expect([status, message?.replace(/^.*?at \/srv: /, ""), ...rest]).toEqual([125, why, ...remedy]);
});

it("what the kernel lets be mounted there is", async () => {
	const { status, stderr } = await start({ mount: { type: "tmpfs", target: "/srv" } }, "-v");
	expect([status, ...stepLines(stderr)]).toEqual([0, "changed  setup[0] mount tmpfs at /srv: mounted"]);
});
