import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Container, ContainerOptions } from "../harness/run.ts";
import { as, buildExample, droppedTo, outcomeOf } from "./example.ts";

let image: string;
beforeAll(() => {
	image = buildExample("static", undefined, (context) => {
		execFileSync("gcc", ["-static", "-O2", "-o", join(context, "server"), join(context, "server.c")], { stdio: "pipe" });
	});
});

/** From the machine, inside the container's network: the image has no client. */
async function serves(container: Container): Promise<boolean> {
	try {
		const reply = execFileSync(
			"nsenter",
			["--net", "--target", String(container.pid()), "curl", "--silent", "--max-time", "2", "http://127.0.0.1/"],
			{
				encoding: "utf8",
				stdio: "pipe",
			},
		);
		return /^uid \d+, answer \d+\n$/.test(reply);
	} catch {
		return false;
	}
}

const dropped = droppedTo("10001:10001");
const guarded = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];

describe("a static server in an empty image", () => {
	it.each<[string, Partial<ContainerOptions>, string]>([
		["root", {}, dropped],
		["root, where ports are guarded", { flags: guarded }, dropped],
		[
			"root, only with what the plan asks for",
			{ flags: guarded, caps: { drop: ["ALL"], add: ["CHOWN", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE"] } },
			dropped,
		],
		["root, without any capability", { caps: { drop: ["ALL"] } }, "125 CAPABILITY_MISSING"],
		["root, no-new-privileges", { flags: ["--security-opt", "no-new-privileges"] }, dropped],
		["root, read-only, with a place for its state", { flags: ["--read-only", "--tmpfs", "/state"] }, dropped],
		["root, read-only", { flags: ["--read-only"] }, "125 STEP_FAILED"],
		["its user, with a place for its state", { user: "10001:10001", flags: ["--tmpfs", "/state:uid=10001,mode=700"] }, as(10_001, 10_001)],
	])("ends as it should when started as %s", async (_, start, expected) => {
		expect(await outcomeOf({ image, ...start }, serves)).toBe(expected);
	});
});
