import { describe, expect, it } from "vitest";
import { capabilityNames, parseCapability } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { explainable, render } from "../../../src/tools/explain/explain.ts";
import { capabilityGuide, dockerDefaults } from "../../../src/tools/guides/capability-guide.ts";
import { writeSchema } from "../../../src/tools/schema/schema.ts";

describe("explain", () => {
	it("a capability", async () => {
		expect(await render("cap_net_raw")).toBe(
			[
				"CAP_NET_RAW: a capability, number 13, mask 0x0000000000002000",
				"  allows      open raw and packet sockets",
				"  danger      medium: forge ARP and DNS answers, read the traffic of the segment",
				"  docker      granted by default; --cap-drop takes it away",
				"  instead     unprivileged ping by net.ipv4.ping_group_range",
				"  used by     ping, arping, tcpdump, telegraf",
				"",
			].join("\n"),
		);
	});

	it.each([
		["noroot", "noroot: a securebit, 0x01"],
		["own", "own: a setup step"],
		["groups", "groups: a key of entrypoint.yaml"],
		["groups.from_path", "groups.from_path: a key of entrypoint.yaml"],
		["limits.nofile", "limits.nofile: a key of entrypoint.yaml"],
		["setup.when.held", "setup.when.held: a key of entrypoint.yaml"],
		["own.policy", "own.policy: a field of the step own"],
		["user_unknown", "USER_UNKNOWN: an error code"],
	])("%s", async (name, title) => {
		expect((await render(name)).split("\n")[0]).toBe(title);
	});

	it("a key with its default and the keys inside it", async () => {
		expect(await render("env.clear")).toBe(
			"env.clear: a key of entrypoint.yaml\n  means       Begin with an empty environment.\n  default     false\n",
		);
		expect(await render("capabilities.sets")).toBe(
			[
				"capabilities.sets: a key of entrypoint.yaml",
				"  means       The five sets one by one, in runc's words. It stands alone.",
				"  keys        capabilities.sets.bounding, capabilities.sets.permitted, capabilities.sets.effective, capabilities.sets.inheritable, capabilities.sets.ambient",
				"",
			].join("\n"),
		);
	});

	it("a row of the departure, and the key that it shares its name with", async () => {
		expect(await render("session-keyring")).toBe(
			[
				"session-keyring: a row of the departure, in the act give up",
				"  stands here a keyring belongs to the uid and gid that join it, and root's own would be of no use to the user",
				"  after uid   it would be root's",
				"  key         session_keyring",
				"",
			].join("\n"),
		);
		expect((await render("securebits")).split("\n").filter((line) => line.startsWith("securebits: "))).toEqual([
			"securebits: a key of entrypoint.yaml",
			"securebits: a row of the departure, in the act give up",
		]);
	});

	it("a step with its fields", async () => {
		expect(await render("run")).toBe(
			[
				"run: a setup step",
				"  does        Runs one program, without a shell, as the user and with the capabilities named, and waits for it.",
				"  fields      run.command, run.user, run.capabilities, run.env, run.timeout, run.cwd, run.output, run.creates, run.background, run.ready",
				"",
			].join("\n"),
		);
	});

	it("everything that completion offers", async () => {
		const names = explainable((await writeSchema()).keys);
		expect(names.length).toBeGreaterThan(180);
		for (const name of names) {
			expect((await render(name)).startsWith(`${capabilityNames.includes(name as never) ? "CAP_" : ""}${name}: a`)).toBe(true);
		}
	});

	it("suggests what may have been meant", async () => {
		await expect(render("net_rav")).rejects.toThrow('"net_rav" is nothing that can be explained; did you mean "NET_RAW"?');
	});

	it("has something to say about all 41, in lower case and without a final period", () => {
		expect(Object.keys(capabilityGuide)).toEqual([...capabilityNames]);
		for (const { allows, abuse, instead } of Object.values(capabilityGuide)) {
			for (const text of [allows, abuse, instead]) {
				expect(text).toMatch(/^[^ ].*[^. ]$/);
			}
		}
	});

	it("knows Docker's fourteen as the mask a container shows", () => {
		expect(CapabilitySet.from(dockerDefaults.flatMap((name) => parseCapability(name) ?? [])).hex()).toBe("00000000a80425fb");
	});
});
