import { describe, expect, it } from "vitest";
import type { Identity } from "../../../src/identity/identity.ts";
import { toGid, toUid } from "../../../src/identity/ids.ts";
import { refuseShapedProgram } from "../../../src/steps/programs/program.ts";
import { dockerRoot, type FakeEntry, FakeKernel } from "../../fake/index.ts";
import { refusalOf } from "./context.ts";

type Files = Readonly<Record<string, Partial<FakeEntry> | string>>;

const directory = (uid: number, mode = 0o755): Partial<FakeEntry> => ({ kind: "directory", uid, mode });
const program = (content: string, uid = 0, mode = 0o755): Partial<FakeEntry> => ({ kind: "file", content, uid, mode });
const image: Files = {
	"/data": directory(1000),
	"/data/x": program("\x7fELF", 1000),
	"/opt": directory(0),
	"/opt/mine": program("\x7fELF", 1000),
	"/bin/sh": program("\x7fELF"),
	"/bin/python3.11": program("\x7fELF"),
	"/bin/env": program("\x7fELF"),
	"/bin/busybox": program("\x7fELF"),
	"/tmp": directory(0, 0o1777),
	"/tmp/f": program("\x7fELF"),
	"/tmp/d": directory(0),
	"/tmp/d/f": program("\x7fELF"),
};
const app: Identity = { uid: toUid(1000), gid: toGid(1000), groups: [toGid(1000)], name: "app", home: "/home/app" };
const root = { uid: toUid(0), gid: toGid(0), groups: [toGid(0)] };
const redis = { uid: toUid(999), gid: toGid(999), groups: [toGid(999)] };

interface Case {
	readonly files?: Files;
	readonly path?: string;
	readonly child?: typeof root;
	readonly capabilities?: readonly string[];
	readonly target?: Identity;
}

/** Why the words are not run, or `runs`. */
function verdict(argv: readonly string[], { files = {}, path = "/bin", child = root, capabilities = [], target = app }: Case = {}): string {
	const { host: reads } = new FakeKernel({ process: dockerRoot(), files: { ...image, ...files } });
	try {
		refuseShapedProgram(argv as [string], { reads, path, workdir: "/data" }, { identity: child, capabilities, target });
		return "runs";
	} catch {
		const message = refusalOf(() =>
			refuseShapedProgram(argv as [string], { reads, path, workdir: "/data" }, { identity: child, capabilities, target }),
		);
		return message.replace(/^STEP_FAILED: "[^"]*" is not run with more than the workload has: /, "");
	}
}

const byWorkload = (path: string) => `the workload can write to "${path}"`;
const instead = (path: string, at = path) => `it would run "${path}", and ${byWorkload(at)}`;
const elfWith = (loader: string) => {
	const little = (value: number, bytes: number) =>
		String.fromCharCode(...Array.from({ length: bytes }, (_, at) => (value / 256 ** at) & 0xff));
	const header = `${little(3, 8)}${little(120, 8)}${little(0, 16)}${little(loader.length + 1, 8)}${little(0, 16)}`;
	return `\x7fELF\x02\x01${little(0, 26)}${little(64, 8)}${little(0, 14)}${little(56, 2)}${little(1, 2)}${little(0, 6)}${header}${loader}\0`;
};

describe("a program that has more than the workload", () => {
	it.each<[string, readonly string[], Case, string]>([
		["root's", ["/bin/sh"], {}, "runs"],
		["one that is not there", ["/opt/none"], {}, "runs"],
		["one that is not there, where the workload could make it", ["/data/none"], {}, byWorkload("/data")],
		["the workload's", ["/opt/mine"], {}, byWorkload("/opt/mine")],
		["with the workload's ids and a capability", ["/opt/mine"], { child: app as never, capabilities: ["CHOWN"] }, byWorkload("/opt/mine")],
		["with the workload's ids and nothing else", ["/opt/mine"], { child: app as never }, "runs"],
		["where the workload is root", ["/opt/mine"], { target: { ...root, name: "root", home: "/" } }, "runs"],
		["a third user's", ["/opt/p"], { files: { "/opt/p": program("", 999) } }, 'uid 999 can write to "/opt/p"'],
		["its own", ["/opt/p"], { files: { "/opt/p": program("", 999) }, child: redis }, "runs"],
		[
			"its own, with a capability",
			["/opt/p"],
			{ files: { "/opt/p": program("", 999) }, child: redis, capabilities: ["CHOWN"] },
			'uid 999 can write to "/opt/p"',
		],
		["in a directory to which everybody can add", ["/tmp/f"], {}, byWorkload("/tmp")],
		["in a directory below one", ["/tmp/d/f"], {}, "runs"],
	])("%s", (_, argv, more, expected) => {
		expect(verdict(argv, more)).toBe(expected);
	});

	it.each<[string, readonly string[], Files, string]>([
		["the interpreter of a script", ["/opt/s"], { "/opt/s": program("#! /data/x -e\n") }, instead("/data/x", "/data")],
		["a relative one", ["/opt/s"], { "/opt/s": program("#!bin/sh\n") }, 'its interpreter "bin/sh" is no absolute path'],
		["what env finds", ["/opt/s"], { "/opt/s": program("#!/bin/env mine\n") }, instead("/opt/mine")],
		["what env is told with -S", ["/opt/s"], { "/opt/s": program("#!/bin/env -S A=b mine -x\n") }, instead("/opt/mine")],
		["what BusyBox' env finds", ["/bin/busybox", "env", "mine"], {}, instead("/opt/mine")],
		[
			"what env is told to take from elsewhere",
			["/opt/s"],
			{ "/opt/s": program("#!/bin/env -S PATH=/data x\n") },
			"env is told another PATH",
		],
		[
			"the interpreter of what env finds",
			["/opt/s"],
			{ "/opt/s": program("#!/bin/env t\n"), "/bin/t": program("#!/data/x\n") },
			instead("/data/x", "/data"),
		],
		["a command of env", ["/bin/env", "-u", "A", "mine"], {}, instead("/opt/mine")],
		["the script of a shell", ["/bin/sh", "-e", "/data/x"], {}, instead("/data/x", "/data")],
		["the script of a shell, from where it runs", ["/bin/sh", "x"], {}, instead("/data/x", "/data")],
		["what a shell is told itself", ["/bin/sh", "-ec", 'chown "$1"', "sh", "/data/x"], {}, "runs"],
		["the words of a script", ["/bin/sh", "/opt/s", "/data/x"], { "/opt/s": program("") }, "runs"],
		["the value of an option, then the script", ["/bin/sh", "-o", "pipefail", "/data/x"], {}, instead("/data/x", "/data")],
		["the script of Python", ["/bin/python3.11", "-B", "/data/x"], {}, instead("/data/x", "/data")],
		["a module of Python", ["/bin/python3.11", "-m", "x", "/data/x"], {}, "runs"],
		["the script of BusyBox' shell", ["/bin/busybox", "sh", "/data/x"], {}, instead("/data/x", "/data")],
		["the loader", ["/opt/e"], { "/opt/e": program(elfWith("/data/ld.so")) }, instead("/data/ld.so", "/data")],
		["a loader of root", ["/opt/e"], { "/opt/e": program(elfWith("/bin/sh")) }, "runs"],
		[
			"the loader by its name",
			["/bin/ld-linux-x86-64.so.2", "/bin/sh"],
			{ "/bin/ld-linux-x86-64.so.2": program("") },
			"it is the dynamic loader, which runs what it is given",
		],
		["what BusyBox is told to be BusyBox for", ["/bin/busybox", "busybox", "sh", "/data/x"], {}, instead("/data/x", "/data")],
		["the program of a launcher", ["/bin/timeout", "-k", "5", "10", "mine"], { "/bin/timeout": program("") }, instead("/opt/mine")],
		[
			"the script of a launcher's shell",
			["/bin/nice", "-n", "5", "/bin/sh", "/data/x"],
			{ "/bin/nice": program("") },
			instead("/data/x", "/data"),
		],
		["a launcher's program of root's", ["/bin/flock", "/data/lock", "/bin/sh", "-c", "/data/x"], { "/bin/flock": program("") }, "runs"],
		["scripts without end", ["/opt/s"], { "/opt/s": program("#!/opt/s\n") }, "it is a script of a script of a script"],
	])("is judged with %s", (_, argv, files, expected) => {
		expect(verdict(argv, { files, path: "/opt:/bin" })).toBe(expected);
	});

	it("is not run when what it begins with cannot be read", () => {
		const { host } = new FakeKernel({ process: dockerRoot(), files: { "/opt/s": program("#!/data/x\n") } });
		const reads = new Proxy(host, { get: (each, name: keyof typeof host) => (name === "read" ? () => -13 : each[name]) });
		expect(
			refusalOf(() =>
				refuseShapedProgram(["/opt/s"], { reads, path: "", workdir: "/" }, { identity: root, capabilities: [], target: app }),
			),
		).toBe('STEP_FAILED: "/opt/s" is not run with more than the workload has: what "/opt/s" begins with cannot be read');
	});
});
