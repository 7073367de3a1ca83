import { describe, expect, it } from "vitest";
import type { Log } from "../../../src/report/log.ts";
import { observeRuntime, speakingHere } from "../../../src/sys/runtime.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const id = "0123456789abcdef".repeat(4);
const mounted = (root: string) => ({ "/proc/self/mountinfo": `1 2 0:1 ${root} /etc/resolv.conf rw - ext4 /dev/sda rw\n` });

describe("who has started this process", () => {
	it.each<[string | undefined, Readonly<Record<string, string>>, readonly string[]]>([
		[undefined, {}, []],
		["docker", { "/.dockerenv": "" }, []],
		["docker", mounted(`/var/lib/docker/containers/${id}/resolv.conf`), []],
		["nerdctl", mounted(`/var/lib/nerdctl/1/containers/default/${id}/resolv.conf`), []],
		["podman", mounted(`/containers/overlay-containers/${id}/userdata/resolv.conf`), []],
		["podman", { "/run/.containerenv": "" }, []],
		["kubernetes", mounted("/var/lib/kubelet/pods/1/etc-hosts"), []],
		["kubernetes", { "/.dockerenv": "" }, ["KUBERNETES_SERVICE_HOST=10.0.0.1"]],
		["systemd", {}, ["INVOCATION_ID=1"]],
		["docker", { "/.dockerenv": "" }, ["INVOCATION_ID=1"]],
	])("%s by %j and %j", (runtime, files, environment) => {
		const { host } = new FakeKernel({ process: dockerRoot(), files, environment });
		expect(observeRuntime(host)).toBe(runtime);
	});
});

it("what a run warns of is told in the words of who has started it", () => {
	const { host } = new FakeKernel({ process: dockerRoot(), files: {}, environment: ["KUBERNETES_SERVICE_HOST=10.0.0.1"] });
	const told: unknown[] = [];
	const log = speakingHere({ warn: (...words: unknown[]) => told.push(words) } as unknown as Log, host);
	log.warn("a", { code: "STEP_FAILED", remedy: ["docker run --x ... | kubernetes: y"] });
	log.warn("b");
	expect(told).toEqual([
		["a", { code: "STEP_FAILED", remedy: ["kubernetes: y"] }],
		["b", { remedy: undefined }],
	]);
});
