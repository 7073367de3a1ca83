import { describe, expect, it } from "vitest";
import { must } from "../../../src/sys/act.ts";
import { errno, errnoName } from "../../../src/sys/errno.ts";
import { mustRead, readSmallFile, SyscallError, withDescriptor } from "../../../src/sys/observe.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const kernel = (files = {}) => new FakeKernel({ process: dockerRoot(), files });

describe("must", () => {
	it("rule 2.4: throws what the kernel refused", () => {
		const { host } = kernel().failOn("setgroups", errno.EPERM);
		expect(() => must(host, "setgroups", [5])).toThrow("setgroups: EPERM");
	});

	it("passes arguments and result on", () => {
		const { host, calls } = kernel();
		expect(must(host, "setresuid", 5, 6, 7)).toBe(0);
		expect(calls).toEqual([["setresuid", 5, 6, 7]]);
	});
});

describe("mustRead", () => {
	it("gives values back and throws a negative errno", () => {
		expect([mustRead("call", 0), mustRead("call", "text"), mustRead("call", [-1])]).toEqual([0, "text", [-1]]);
		expect(() => mustRead("getgroups", -12)).toThrow(new SyscallError("getgroups", 12));
	});
});

describe("SyscallError", () => {
	it("knows its call and its errno by name", () => {
		const error = new SyscallError("mount", -errno.EACCES);
		expect([error.message, error.call, error.errno, error.is("EPERM", "EACCES"), error.is("EPERM")]).toEqual([
			"mount: EACCES",
			"mount",
			13,
			true,
			false,
		]);
	});

	it("names what it has no name for by its number", () => {
		expect([errnoName(1), errnoName(-38), errnoName(-200)]).toEqual(["EPERM", "ENOSYS", "errno 200"]);
	});
});

describe("withDescriptor and readSmallFile", () => {
	it("close in any case", () => {
		const { host, files } = kernel({ "/a": "text" });
		expect(readSmallFile(host, "/a")).toBe("text");
		expect(() =>
			withDescriptor(host, host.openRead(-100, "/a", 0, 0), () => {
				throw new Error("inside");
			}),
		).toThrow("inside");
		expect(files.openCount).toBe(0);
	});

	it("give the errno of a file that is missing or too large", () => {
		const { host } = kernel({ "/a": "text" });
		expect([readSmallFile(host, "/b"), readSmallFile(host, "/a", 3), readSmallFile(host, "/a", 4)]).toEqual([
			-errno.ENOENT,
			-errno.EFBIG,
			"text",
		]);
	});
});
