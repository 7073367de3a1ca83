import { describe, expect, it } from "vitest";
import { processLimit } from "../../../src/steps/common/process-limits.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel, unprivileged } from "../../fake/index.ts";

const status = (uid: number, threads: number) => `Name:\tx\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nThreads:\t${threads}\n`;

const cgroup = (most: string, now: number) => ({
	"/proc/self/cgroup": "0::/\n",
	"/proc/self/mountinfo": "30 1 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
	"/sys/fs/cgroup/pids.max": `${most}\n`,
	"/sys/fs/cgroup/pids.current": `${now}\n`,
});

const none = 0xffff_ffff_ffff_ffffn;

function limitOf(call: string, files: object, { soft = none, uid = 1000 } = {}) {
	const getrlimit: Host["getrlimit"] = () => [soft, none];
	const process = uid === 0 ? dockerRoot() : unprivileged(uid, uid);
	const processes = { "/proc/7/status": status(1000, 3), "/proc/8/status": status(1000, 1), "/proc/9/status": status(0, 40) };
	return processLimit(new FakeKernel({ process, files: { ...processes, ...files }, overrides: { getrlimit } }).host, call);
}

describe("which limit refuses a process", () => {
	it("is that of the container where it is used up", () => {
		expect(limitOf("fork", cgroup("20", 20), { soft: 4n })).toEqual({
			message: "this container has 20 processes and threads, as many as it may (pids.max 20 of its cgroup)",
			remedy: ["twice as many, say: docker run --pids-limit 40 ... | compose: pids_limit: 40 | kubernetes: podPidsLimit of the kubelet"],
		});
		expect([cgroup("20", 12), cgroup("max", 20), {}].map((files) => limitOf("fork", files))).toEqual([undefined, undefined, undefined]);
	});

	it("is that of the user where so many are seen", () => {
		expect(limitOf("fork", cgroup("max", 20), { soft: 4n })).toEqual({
			message: "RLIMIT_NPROC lets uid 1000 have 4 processes and threads, of which 4 are seen here, and those in other containers count too",
			remedy: [
				"more of them, where that limit is set: docker run --ulimit nproc=10 ... | compose: ulimits: {nproc: 10} | or here: limits: {nproc: 10}",
			],
		});
		expect([limitOf("fork", {}, { soft: 5n }), limitOf("fork", {}, { soft: 4n, uid: 0 })]).toEqual([undefined, undefined]);
	});

	it("is never that of the container for a program, and that of the user whatever is seen", () => {
		expect(limitOf("execve", cgroup("20", 20))).toBe(undefined);
		expect(limitOf("execve", cgroup("20", 20), { soft: 50n })?.message).toContain(
			"have 50 processes and threads, of which 4 are seen here",
		);
	});
});
