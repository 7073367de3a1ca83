import { describe, expect, it } from "vitest";
import { howEnded } from "../../../src/steps/common/how-ended.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const killed = (limit: string) => {
	const files = {
		"/proc/self/cgroup": "0::/\n",
		"/proc/self/mountinfo": "30 1 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
		"/sys/fs/cgroup/cgroup.controllers": "memory\n",
		"/sys/fs/cgroup/memory.events": "low 0\noom_kill 1\n",
		"/sys/fs/cgroup/memory.max": `${limit}\n`,
	};
	return howEnded(new FakeKernel({ process: dockerRoot(), files }).host, 9);
};

describe("a program that the kernel ended for want of memory", () => {
	it("may be given twice the limit that it met", () => {
		expect(killed("25165824").message).toContain("of which this container may use 24 MiB");
		expect(killed("25165824").remedy).toEqual([
			"twice as much, say: docker run --memory 48m ... | compose: mem_limit: 48m | kubernetes: resources.limits.memory: 48Mi",
		]);
	});

	it("without a limit of its own met that of others", () => {
		expect(killed("max").remedy).toEqual([
			"this container has no limit of its own: let it use less, or give the machine, or the group that it is in, more",
		]);
	});
});
