import { safeParse } from "valibot";
import { describe, expect, it } from "vitest";
import { devicesSetting } from "../../../../src/departure/devices-setting.ts";

const read = (written: unknown) => {
	const { success, output, issues = [] } = safeParse(devicesSetting(), written);
	return success ? output : issues.map(({ path, message }) => [(path ?? []).map(({ key }) => key).join("."), message]);
};

const alone = "expected the path alone, as the container has it, and access: rw, r or w beside it";
const below = "expected the path of a device below /dev, such as /dev/net/tun; terminals and what lies in memory come with it";

describe("what stands at devices", () => {
	it("is a word or a list", () => {
		expect([
			read("none"),
			read("docker-default"),
			read(["/dev/fuse", { path: "/dev/sda", access: "r" }, "/dev/disk/by-path/pci-0000:00:1f.2-ata-1"]),
		]).toEqual([
			"none",
			[],
			[
				{ path: "/dev/fuse", access: "rw" },
				{ path: "/dev/sda", access: "r" },
				{ path: "/dev/disk/by-path/pci-0000:00:1f.2-ata-1", access: "rw" },
			],
		]);
	});

	it("is refused at the item that is wrong, in its own words", () => {
		expect(read(["/dev/fuse", { path: "/dev/sda", access: "rwm" }, "/etc/x", { paht: "/dev/kvm" }])).toEqual([
			["1.access", "expected rw, r or w"],
			["2.path", below],
			["3.paht", 'unknown key; did you mean "path"?'],
			["3.path", "this key is required"],
		]);
		expect(read("/dev/fuse")).toEqual([
			["", "expected none, docker-default or a list of further devices, each a path below /dev or {path, access}"],
		]);
	});

	it("takes no device as Docker writes it, and no pattern", () => {
		expect(read(["/dev/fuse:/dev/fuse:rwm", "/dev/fuse:rw", "/dev/sda:/dev/xvda", "/dev/dri/*", "/dev/tty?"])).toEqual([
			["0.path", alone],
			["1.path", alone],
			["2.path", alone],
			["3.path", below],
			["4.path", below],
		]);
	});
});
