import { describe, expect, it } from "vitest";
import { exceptions } from "../../../src/confine/seccomp/exceptions.ts";
import { runHost } from "../harness/host.ts";

/** How a program of this machine ends behind a filter, as somebody who holds nothing. */
async function ends(seccomp: unknown, args: readonly string[]): Promise<"works" | "fails"> {
	const { status, stderr } = await runHost({ config: { user: "nobody", seccomp }, args: ["--", ...args] });
	expect(stderr).not.toContain("abdicate: error");
	return status === 0 ? "works" : "fails";
}

const sandbox = ["bwrap", "--ro-bind", "/", "/", "--unshare-all", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "true"];
const rooted = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs none /mnt && umount /mnt"];

/** docker-default, and these calls. */
const allowing = (...allow: string[]) => ({ profile: "docker-default", allow });

describe("docker-default refuses a user namespace", () => {
	it.each([
		["bwrap", sandbox],
		["unshare", rooted],
	])("to %s, and its exception opens it", async (_, program) => {
		expect([await ends("none", program), await ends("docker-default", program), await ends(allowing("bwrap"), program)]).toEqual([
			"works",
			"fails",
			"works",
		]);
	});
});

describe("the exception bwrap", () => {
	it.each(exceptions.bwrap.calls)("is not enough for bwrap without %s", async (call) => {
		const others = exceptions.bwrap.calls.filter((each) => each !== call);
		expect(await ends(allowing(...others), sandbox)).toBe("fails");
	});

	it.each(["unshare", "mount", "umount2"])("is not enough for a mount in a user namespace without %s", async (call) => {
		const others = exceptions.bwrap.calls.filter((each) => each !== call);
		expect(await ends(allowing(...others), rooted)).toBe("fails");
	});

	it("has more than a mount in a user namespace needs", async () => {
		expect(await ends(allowing("unshare", "mount", "umount2"), rooted)).toBe("works");
	});
});
