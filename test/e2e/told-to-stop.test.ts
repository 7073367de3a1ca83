import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHost } from "./harness/host.ts";
import { ownerOf, volume } from "./steps/volume.ts";

/** A start as the first process of its namespace, to which the signal comes with the nth call of that name. */
async function toldAt(call: string, nth: number, step: object, signal = "TERM") {
	const { status, stdout, stderr, trace } = await runHost({
		config: { user: "65534:65534", workdir: "/", setup: [step] },
		args: ["--", "/bin/echo", "the workload runs"],
		strace: ["-f", "-e", `trace=${call}`, "-e", `inject=${call}:signal=${signal}:when=${nth}`],
		wrapper: ["unshare", "--pid", "--fork"],
	});
	const told = /error\[INTERRUPTED\] setup\[0\] (\w+) .*: (told.*)/.exec(stderr);
	return { told: [status, stdout, told?.[1], told?.[2]], calls: trace.split("\n").filter((line) => line.includes(`${call}(`)).length };
}

const end = (step: string, status = 143, signal = "TERM") => [status, "", step, `told to stop by SIG${signal} while waiting`];
const many = "for d in $(seq 40); do mkdir $d; touch $d/1 $d/2; done; for i in $(seq 200); do touch f$i; done";

describe("a first process that is told to stop", () => {
	it.each([
		["HUP", 129],
		["INT", 130],
		["QUIT", 131],
		["TERM", 143],
	])("by SIG%s ends a copy where it is, and takes away what it has begun", async (signal, status) => {
		const [source, data] = [volume(many), volume("true")];
		const { told, calls } = await toldAt("utimensat", 70, { copy: { from: source, to: data } }, signal);
		expect([told, readdirSync(data)]).toEqual([end("copy", status, signal), []]);
		expect(calls).toBe(128);
	});

	it("ends the copy of a long file after a chunk", async () => {
		const [source, data] = [volume("head -c 80000000 /dev/zero > long"), volume("true")];
		const { told, calls } = await toldAt("copy_file_range", 2, { copy: { from: source, to: join(data, "new") } });
		expect([told, readdirSync(data), calls]).toEqual([end("copy"), [], 2]);
	});

	it("does not go on waiting for another container", async () => {
		const [source, data] = [volume("touch f"), volume("mkdir -m 700 .abdicate-copy")];
		const other = spawn("sh", ["-c", 'exec 9<"$1"; flock 9; echo locked; cat', "sh", join(data, ".abdicate-copy")]);
		await once(other.stdout, "data");
		const { told } = await toldAt("flock", 2, { copy: { from: source, to: data, lock_timeout: "30m" } });
		other.stdin.end();
		expect([told, readdirSync(data)]).toEqual([end("copy"), [".abdicate-copy"]]);
	});

	it("does not go on looking for what is missing", async () => {
		const source = volume(many);
		const data = volume(`cp -a ${source}/. .`);
		const { told, calls } = await toldAt("getdents64", 20, { copy: { from: source, to: data, if: "entry-absent" } });
		expect([told[0], told[1], calls < 40]).toEqual([143, "", true]);
	});

	it("ends a walk where it is, and its top stays as it was", async () => {
		const data = volume("mkdir d; cd d; touch $(seq 5000); chown -R 4242:4242 ..");
		const { told, calls } = await toldAt("fchownat", 100, { own: data });
		expect([told, ownerOf(data), calls < 2000]).toEqual([end("own"), "0:4242", true]);
	});

	it("removes no more", async () => {
		const data = volume(`mkdir old; cd old; ${many}`);
		const { told } = await toldAt("unlinkat", 5, { remove: { path: join(data, "old"), recursive: true } });
		expect([told, readdirSync(data), readdirSync(join(data, "old")).length > 0]).toEqual([end("remove"), ["old"], true]);
	});

	it("waits for no name server and no server", async () => {
		const { told } = await toldAt("ppoll", 2, { wait_for: { tcp: "192.0.2.1:1", timeout: "10m" } });
		expect(told).toEqual(end("wait_for"));
	});
});
