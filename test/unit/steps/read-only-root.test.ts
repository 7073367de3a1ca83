import { describe, expect, it } from "vitest";
import { refusal } from "../../../src/steps/common/refusal.ts";
import { errno } from "../../../src/sys/errno.ts";
import { SyscallError } from "../../../src/sys/observe.ts";
import { dockerRoot, FakeKernel, unprivileged } from "../../fake/index.ts";

const lead = "it is the root itself (--read-only, readOnlyRootFilesystem: true): ";
const empty = (path: string) =>
	`${lead}mount a tmpfs or a volume there: docker run --tmpfs ${path} ... | compose: tmpfs: ["${path}"] | kubernetes: an emptyDir at ${path}`;
const full = (path: string) =>
	`${lead}do it in the Dockerfile (RUN chown, chmod, mkdir), or mount a volume there that begins with what the image has: docker run --volume NAME:${path} ... | compose: volumes: ["NAME:${path}"] | kubernetes: an emptyDir that an initContainer of this image fills (cp -a)`;

describe("a root that is read-only", () => {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: { "/srv": { kind: "directory" }, "/data/f": { content: "x" }, "/run": { kind: "directory" } },
	});

	it.each([
		["fchownat", "/srv", empty("/srv")],
		["fchownat", "/data", full("/data")],
		["fchownat", "/data/f", full("/data")],
		["mkdirat", "/run/app", empty("/run/app")],
		["mkdirat", "/data/new", empty("/data/new")],
		["open", "/run/key", empty("/run")],
		["open", "/data/key", full("/data")],
	])("is no place for %s of %s, which names where it goes", (call, path, remedy) => {
		const [{ remedy: told }] = refusal(new SyscallError(call, -errno.EROFS), { reads: host, path }).diagnostics;
		expect(told).toEqual([remedy]);
	});

	it("is told of by the directory itself where that is closed, and by no volume where that is the root", () => {
		const files = { "/data": { kind: "directory", mode: 0o700 }, "/data/f": { content: "x" } } as const;
		const asApp = new FakeKernel({ process: unprivileged(1000, 1000), files });
		const toldOf = (reads: typeof host, path: string) =>
			refusal(new SyscallError("open", -errno.EROFS), { reads, path }).diagnostics[0].remedy;
		expect([toldOf(asApp.host, "/data"), toldOf(host, "/new")]).toEqual([
			[full("/data")],
			[`${lead}do it in the Dockerfile (RUN chown, chmod, mkdir)`],
		]);
	});
});
