import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { busybox } from "../harness/images.ts";
import { runContainer } from "../harness/run.ts";
import { folder } from "./plan.ts";
import { flagsOf } from "./start.ts";

/** A node of each under its name, with a group of its own as udev gives it; what answers is /dev/zero, since the kernel's check is the same. */
const nodes = { "usb-serial": "/dev/ttyUSB0", camera: "/dev/video0", gpu: "/dev/dri/renderD128", sound: "/dev/snd/pcmC0D0p" };
const group = 990;
const flags: Readonly<Record<string, readonly string[]>> = JSON.parse(readFileSync(join(folder, "flags.json"), "utf8"));

let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "abdicate-devices-"));
	for (const name of Object.keys(nodes)) {
		const node = join(directory, name);
		execFileSync("mknod", [node, "c", "1", "5"]);
		chownSync(node, 0, group);
		chmodSync(node, 0o660);
	}
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const opens = (node: string) =>
	`sh -c 'test "$(head -c 1 ${node} | od -An -tu1)" = "   0" && : >${node} && echo worked $(id -G) $(grep -E "^Cap|^NoNew" /proc/self/status | cut -f 2)'`;
const sets = ["0000000000000000", "0000000000000000", "0000000000000000", "0000000000000000", "0000000000000000", "1"].join(" ");

/** All four in one container; the flags of each are the same but for the device. */
function runAll(devices: readonly string[], configOf: (name: string) => string) {
	const common = flagsOf(flags["gpu"]?.[0] ?? "").flatMap((each) => each.split(" "));
	const lines = Object.entries(nodes).map(([name, node]) => `echo "${name}: $(/abdicate ${configOf(name)} -- ${opens(node)} 2>/dev/null)"`);
	return runContainer({
		image: busybox,
		entrypoint: "sh",
		args: ["-c", lines.join("\n")],
		volumes: [`${folder}:/jobs:ro`],
		flags: [...common, ...devices],
	});
}

const all = Object.entries(nodes).map(([name, node]) => [name, node] as const);
const given = () => all.flatMap(([name, node]) => ["--device", `${join(directory, name)}:${node}:rw`]);
const ofJob = (name: string) => `--config /jobs/${name}.yaml`;

it("a job with a device needs the node and its group, and holds nothing", async () => {
	const { stdout } = await runAll(given(), ofJob);
	expect(stdout).toBe(all.map(([name]) => `${name}: worked 1000 44 ${group} ${sets}\n`).join(""));
	for (const [name, node] of all) {
		expect(flagsOf(flags[name]?.[0] ?? "").filter((each) => each.startsWith("--device"))).toEqual(
			["usb-serial", "camera"].includes(name) ? [`--device ${node}:${node}:rw`] : [],
		);
	}
});

it("it does not work without the group, nor without the node", async () => {
	const [noGroup, noNode] = await Promise.all([runAll(given(), () => "--user app"), runAll([], ofJob)]);
	const nothing = all.map(([name]) => `${name}: \n`).join("");
	expect([noGroup.stdout, noNode.stdout]).toEqual([nothing, nothing]);
});
