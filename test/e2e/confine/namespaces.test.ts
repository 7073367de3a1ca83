import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { told } from "../../harness/told.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import { nearlyPrivileged, startContainer } from "../harness/run.ts";

const privileged = { add: ["SYS_ADMIN"] };
const kinds = ["mnt", "ipc", "uts", "net"];
const links = kinds.map((name) => `readlink /proc/self/ns/${name}`).join("; ");
const user = "1000:1000";

/** Which the workload has others of than the start, and than a step. */
async function changed(config: object) {
	const { status, stdout, stderr } = await runHost({
		config: { user, ...config, setup: [{ run: ["sh", "-c", links] }] },
		wrapper: ["sh", "-c", `${links}; exec "$@"`, "sh"],
		args: ["--", "sh", "-c", links],
	});
	const found = stdout.trim().split("\n");
	const [start, step, workload] = [0, 4, 8].map((first) => found.slice(first, first + 4)) as [string[], string[], string[]];
	const other = (than: readonly string[]) => kinds.filter((_, index) => than[index] !== workload[index]);
	return { status, stderr, start: other(start), step: other(step), all: found.length };
}

describe("namespaces", () => {
	it.each<[object, { start: string[]; step: string[] }]>([
		[{}, { start: [], step: [] }],
		[{ namespaces: "uts" }, { start: ["uts"], step: [] }],
		[{ namespaces: ["mount", "uts"] }, { start: ["mnt", "uts"], step: [] }],
	])("of %j are other ones than those of the start, and the steps lie inside", async (config, others) => {
		expect(await changed(config)).toEqual({ status: 0, stderr: "", all: 12, ...others });
	});

	it("of messages bring mounts of their own, where queues are mounted", async () => {
		const { status, stdout, stderr } = await runHouse({
			image: busybox,
			caps: privileged,
			config: { user: "app", namespaces: "ipc" },
			args: ["--", "grep", "-c", " - mqueue ", "/proc/self/mountinfo"],
		});
		expect([status, stdout, stderr]).toEqual([0, "2\n", ""]);
	});

	it.each([true, false])("of networks have loopback alone, up where NET_ADMIN is held (%s), and begin after the steps", async (isUp) => {
		const { status, stdout, stderr } = await runHouse({
			image: busybox,
			caps: { add: ["SYS_ADMIN", ...(isUp ? ["NET_ADMIN"] : [])] },
			network: "host",
			config: { user: "app", namespaces: "net", setup: [{ run: ["cat", "/proc/net/dev"] }] },
			args: ["-v", "--", "sh", "-c", "cat /proc/net/dev; ip -o link show lo"],
		});
		const [step = [], workload = []] = stdout
			.split("Inter-|")
			.slice(1)
			.map((table) => [...table.matchAll(/^ *([a-z]\S*):/gm)].map(([, name]) => name));
		expect([status, step.length > 1, workload, /<[^>]*\bUP\b/.test(stdout)]).toEqual([0, true, ["lo"], isUp]);
		expect(stderr.includes("loopback stays down: to bring it up takes NET_ADMIN")).toBe(!isUp);
	});

	it("of networks are new ones where the start has nothing but loopback, which others may be in", async () => {
		const networks = async (more: object) => {
			const link = ["readlink", "/proc/self/ns/net"];
			const config = { user: "app", setup: [{ run: link }], ...more };
			const { status, stdout } = await runHouse({ image: busybox, caps: privileged, config, args: ["--", ...link] });
			return [status, new Set(stdout.trim().split("\n")).size];
		};
		expect(await networks({ namespaces: ["mount", "net"] })).toEqual([0, 2]);
		expect(await networks({})).toEqual([0, 1]);
	});

	it("leave a host name that a step sets with the workload alone", async () => {
		const { status, stdout, stderr } = await runHouse({
			image: busybox,
			caps: privileged,
			config: { user: "app", namespaces: ["uts"], setup: [{ hostname: "inner" }] },
			args: ["--", "hostname"],
		});
		expect([status, stdout, stderr]).toEqual([0, "inner\n", ""]);
	});
});

describe("a start without SYS_ADMIN", () => {
	it("keeps what is apart already, as in any container", async () => {
		const { status, stdout, stderr } = await runHouse({
			image: busybox,
			config: { user: "app", namespaces: ["mount", "ipc", "uts", "net"] },
			args: ["-v", "--", "true"],
		});
		expect([status, stdout, stderr.split("\n").filter((line) => line.includes("namespaces"))]).toEqual([
			0,
			"",
			[
				"abdicate: note: namespaces: mount, ipc, uts: that of the start is not the machine's, and stays",
				"abdicate: note: namespaces: net: there is nothing but loopback",
			],
		]);
	});
});

describe("enter", () => {
	const namespaces = ["mount", "ipc", "uts", "net", "cgroup"];
	const links = (pid: string) => ["sh", "-c", `for name in mnt ipc uts net cgroup; do readlink /proc/${pid}/ns/$name; done`];

	it("is in the namespaces of the first program, and refuses where the runtime leaves it out of one", async () => {
		const start = (flags: readonly string[]) =>
			startContainer({
				image: busybox,
				flags: [...nearlyPrivileged, ...flags],
				config: { user: "app", namespaces },
				args: ["--", "sleep", "600"],
			});
		const look = ["/abdicate", "enter", "--", ...links("self")];
		const [own, machines] = [await start(["--cgroupns=private"]), await start(["--ipc=host", "--uts=host", "--cgroupns=host"])];
		const isUp = async (container: typeof own) => (await container.exec(["cat", "/proc/1/comm"])).stdout === "sleep\n";
		await Promise.all([own, machines].map((each) => each.waitFor("its workload", () => isUp(each))));
		const ofFirst = await own.exec(links("1"));
		expect(ofFirst.stdout.trim().split("\n")).toHaveLength(5);
		expect(await own.exec(look)).toMatchObject({ status: 0, stderr: "", stdout: ofFirst.stdout });
		const refused = await machines.exec(look);
		expect([refused.status, refused.stdout]).toEqual([125, ""]);
		const left = [...refused.stderr.matchAll(/enter takes no namespaces, .* than the first program's: (.*)/g)].map(([, names]) => names);
		expect(left).toEqual(["cgroup", "ipc, uts"]);
		const remedies = [
			"give the container a cgroup namespace of its own: docker run --cgroupns private ... | compose: cgroup: private",
			"leave the machine's ipc out: docker run without --ipc host | compose: without ipc: host",
			"leave the machine's uts out: docker run without --uts host | compose: without uts: host",
		];
		for (const remedy of remedies) {
			expect(refused.stderr).toContain(`\n${told(remedy, "docker")}\n`);
		}
		own.remove();
		machines.remove();
	});
});
