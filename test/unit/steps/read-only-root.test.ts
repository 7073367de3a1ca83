import { describe, expect, it } from "vitest";
import { refusal } from "../../../src/steps/common/refusal.ts";
import { errno } from "../../../src/sys/errno.ts";
import { SyscallError } from "../../../src/sys/observe.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

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
});
