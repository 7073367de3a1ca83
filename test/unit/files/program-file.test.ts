import { describe, expect, it } from "vitest";
import { programFault } from "../../../src/files/program-file.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

describe("a script", () => {
	const faultOf = (mode: number, overrides = false) => {
		const files = { "/s": { mode, content: "#!/bin/sh\n" }, "/bin/sh": { mode: 0o755, content: "#!/bin/sh\n" } };
		const { host } = new FakeKernel({ process: dockerRoot(), files });
		const viewer = { uid: toUid(1000), gid: toGid(1000), groups: [toGid(1000)] };
		return programFault(host, "/s", { viewer, overrides, workdir: "/", isSettled: (path) => path === "/s" });
	};

	it("has to be readable by who executes it: its interpreter opens it as that one", () => {
		expect([faultOf(0o755), faultOf(0o701, true)]).toEqual([undefined, undefined]);
		for (const mode of [0o701, 0o711]) {
			expect(faultOf(mode)).toMatchObject({
				message: "it is a script, which its interpreter has to read, and the user may not",
				remedy: ["chmod o+rx /s in the image"],
			});
		}
		expect(faultOf(0o700)).toMatchObject({ message: "the user may not execute it" });
	});
});
