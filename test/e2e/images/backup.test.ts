import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jobs } from "../harness/images.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { describeJob } from "./job.ts";
import { itself, refused } from "./rows.ts";

let data: string;
let password: string;
let repository: string;

/** The first snapshot makes the repository, which takes a second more: its key is derived slowly on purpose. */
async function prepare(image: string): Promise<void> {
	data = volume("mkdir -m 700 a; echo one >a/closed; chmod 600 a/closed; echo two >open; chown -R 4242:4242 .; mkdir -m 1777 shared");
	password = join(volume("umask 077; echo secret >password"), "password");
	repository = volume("true");
	const volumes = [`${data}:/data:ro`, `${repository}:/repository`, `${password}:/run/secrets/password:ro`];
	const first = await runContainer({ image, volumes, caps: { add: ["DAC_READ_SEARCH"] } });
	expect([first.status, first.stdout]).toEqual([0, "1 snapshots\n"]);
}

/** DAC_READ_SEARCH, 1 << 2, in all five sets. */
const readSearchAlone = (dropped: string) => dropped.replace("0 0 0 0 0", "4 4 4 4 4");

const backup = describeJob("backup", {
	user: "backup",
	prepare,
	given: () => ({ volumes: [`${data}:/data`, `${password}:/run/secrets/password:ro`] }),
	place: "/repository",
	found: () => `cp -a ${repository}/. .; chown -R 4242:4242 .`,
	command: ["backup"],
	prints: "2 snapshots\n",
	keeps: readSearchAlone,
	missed: ["--cap-add DAC_READ_SEARCH"],
	asks: { capabilities: ["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "SETGID", "SETUID", "SETPCAP"] },
	always: { caps: { add: ["DAC_READ_SEARCH"] } },
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": { ends: itself, start: { flags: ["--read-only", "--tmpfs", "/run/backup"] } },
		// Docker gives capabilities to root alone: nobody else could keep one.
		"uid 1000": refused,
		"a random uid with gid 0": refused,
	},
	more: {
		"root, as Docker starts it": { ends: refused, start: { caps: {} } },
	},
});

/** Tries what this capability opens, and says what the kernel says. */
const attempts = `
import ctypes, os, socket
def attempt(what, act):
    try:
        act()
        print(what, "done")
    except OSError as error:
        print(what, os.strerror(error.errno))
libc = ctypes.CDLL(None, use_errno=True)
handle = (ctypes.c_uint32 * 34)(128)
where = os.open("/data", os.O_RDONLY)
def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
attempt("handle", lambda: call(libc.name_to_handle_at(where, b"a/closed", handle, ctypes.byref(ctypes.c_int()), 0)))
attempt("by handle", lambda: call(libc.open_by_handle_at(where, handle, os.O_RDONLY)))
attempt("data", lambda: open("/data/a/closed").read())
attempt("shadow", lambda: open("/etc/shadow").read())
attempt("other volume", lambda: open("/other/secret").read())
attempt("through proc", lambda: open("/proc/self/root/other/secret").read())
attempt("write into data", lambda: open("/data/shared/new", "w"))
attempt("change data", lambda: open("/data/open", "w"))
attempt("write elsewhere", lambda: open("/tmp/new", "w"))
attempt("repository", lambda: open("/repository/new", "w"))
attempt("connect", lambda: socket.socket().connect(("127.0.0.1", 9)))
`;

describe("a backup with DAC_READ_SEARCH alone", () => {
	const tried = async (more: Partial<ContainerOptions>) => {
		const other = `${volume("umask 077; echo of another >secret")}:/other`;
		// The runtime's own filter would answer first.
		const { volumes = [], ...options } = backup.options({ flags: ["--security-opt", "seccomp=unconfined"] });
		const { stdout } = await runContainer({ ...options, ...more, volumes: [...volumes, other], args: ["python3", "-c", attempts] });
		return Object.fromEntries([...stdout.matchAll(/^(.*?) (done|[A-Z].*)$/gm)].map(([, what = "", answer = ""]) => [what, answer]));
	};

	it("reads what it saves, and writes its repository", async () => {
		expect(await tried({})).toEqual({
			data: "done",
			shadow: "Permission denied",
			"other volume": "Permission denied",
			"through proc": "Permission denied",
			handle: "done",
			"by handle": "Operation not permitted",
			"write into data": "Permission denied",
			"change data": "Permission denied",
			"write elsewhere": "Permission denied",
			repository: "done",
			connect: "Permission denied",
		});
	});

	it("read everything without the walls, and still changed nothing of others", async () => {
		const config = "user: backup\nsetup: [{ own: /repository }]\ncapabilities: { keep: [DAC_READ_SEARCH] }\n";
		expect(await tried({ config })).toEqual({
			data: "done",
			shadow: "done",
			"other volume": "done",
			"through proc": "done",
			handle: "done",
			"by handle": "done",
			"write into data": "done",
			"change data": "Permission denied",
			"write elsewhere": "done",
			repository: "done",
			connect: "Connection refused",
		});
	});

	it("has made the repository, and saved files of others that are closed", async () => {
		const restored = volume("true");
		const volumes = [`${repository}:/repository`, `${password}:/run/secrets/password:ro`, `${restored}:/restored`];
		const where = ["--repo", "/repository", "--password-file", "/run/secrets/password", "--no-cache"];
		const restore = [...where, "restore", "latest", "--target", "/restored"];
		expect((await runContainer({ image: jobs, entrypoint: "restic", args: restore, volumes })).status).toBe(0);
		const from = (file: string) => readFileSync(join(restored, "data", file), "utf8");
		expect([from("a/closed"), from("open"), readdirSync(join(restored, "data")).toSorted()]).toEqual([
			"one\n",
			"two\n",
			["a", "open", "shared"],
		]);
		expect(execFileSync("stat", ["-c", "%u:%g %a", join(restored, "data/a/closed")], { encoding: "utf8" })).toBe("4242:4242 600\n");
	});
});
