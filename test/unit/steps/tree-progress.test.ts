import { expect, it } from "vitest";
import { reachTree } from "../../../src/steps/trees/tree.ts";
import type { Host } from "../../../src/sys/native.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { plan } from "./context.ts";

it("a tree is told by the changes made to it, of which an entry may have two", () => {
	const nothing = { seen: 12, changed: 0, modesChanged: 0, hardLinked: 0, otherMounts: 0, failed: 0, failedButMet: 0, failures: [] };
	const ownTree: Host["ownTree"] = (_, __, progress) => {
		progress(6, 10);
		now = 2000;
		progress(12, 20);
		return nothing;
	};
	let now = 0;
	const files = { "/data": { kind: "directory", mode: 0o755 } } as const;
	const kernel = new FakeKernel({ process: dockerRoot(), files, overrides: { ownTree, open: () => 0, clock: () => now } });
	const goal = plan("own", { path: "/data", modes: { files: "0640", dirs: "0750" } }, kernel);
	const told: string[] = [];
	const context = {
		host: kernel.host,
		target: { uid: 1000, gid: 1000, groups: [] } as never,
		progress: (message: string) => void told.push(message),
	};
	reachTree(goal, "different", "/data", () => "tree", context);
	expect(told).toEqual(['12 entries seen and 20 changes made so far in "/data"']);
});
