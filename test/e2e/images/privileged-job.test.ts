import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ContainerOptions, nearlyPrivileged, runContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { describeJob } from "./job.ts";
import { itself, refused } from "./rows.ts";

const makefile = "all: $(OUT)/hello\n\t@$(OUT)/hello\n$(OUT)/hello: hello.c\n\t@$(CC) -o $@ $<\n";
const program = '#include <stdio.h>\nint main(void) { puts("built and run"); return 0; }\n';
let images: string;

/** A file system of sources in a file; the loop device that shows it frees itself. */
async function prepare(): Promise<void> {
	const sources = volume(`printf '%s' '${makefile}' >Makefile; printf '%s' '${program}' >hello.c`);
	images = volume("true");
	execFileSync("mke2fs", ["-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", sources, join(images, "sources.img"), "4M"], { stdio: "pipe" });
}

/** The kernel's own choice of a device, and all that it may choose. */
const loops = ["--device", "/dev/loop-control", "--device-cgroup-rule", "b 7:* rwm"];
const job = describeJob("privileged-job", {
	user: "builder",
	prepare,
	given: () => ({ volumes: [`${images}:/image:ro`] }),
	place: "/out",
	found: () => "chown 4242:4242 .",
	command: ["make", "--directory", "/sources", "OUT=/out"],
	prints: "make: Entering directory '/sources'\nbuilt and run\nmake: Leaving directory '/sources'\n",
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP", "SYS_ADMIN", "MKNOD"],
		devices: ["--device", "/dev/loop-control:/dev/loop-control:rw"],
		options: ["--device-cgroup-rule 'b 7:* rwm'"],
	},
	missed: ["--cap-add SYS_ADMIN", "--device-cgroup-rule 'b 7:* rwm'"],
	always: { caps: { add: ["SYS_ADMIN", "MKNOD"] }, flags: loops },
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": { ends: itself, start: { flags: [...loops, "--read-only", "--tmpfs", "/tmp"] } },
		// Docker gives capabilities to root alone: nobody else can mount, or have a /dev without the device.
		"uid 1000": "125 CONFINE_REFUSED",
		"a random uid with gid 0": "125 CONFINE_REFUSED",
	},
	more: {
		"root, privileged": { ends: itself, start: { caps: {}, flags: [...nearlyPrivileged, ...loops] } },
		"root, as Docker starts it": { ends: refused, start: { caps: {}, flags: [] } },
	},
});

/** Ways out of a privileged container, each as far as it does no harm; and what the kernel says. */
const attempts = `
import ctypes, os, socket, subprocess, tempfile
libc = ctypes.CDLL(None, use_errno=True)
def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
def attempt(what, act):
    try:
        print(what + ":", act() or "done")
    except OSError as error:
        print(what + ":", os.strerror(error.errno))
def opened(path, flags=os.O_WRONLY):
    return lambda: os.close(os.open(path, flags))
os.chdir(tempfile.mkdtemp())
os.mkdir("root")
attempt("core_pattern", opened("/proc/sys/kernel/core_pattern"))
attempt("keys", lambda: len(open("/proc/keys").read(1)))
attempt("firmware", lambda: len(os.listdir("/sys/firmware")))
attempt("loop-control", opened("/dev/loop-control", os.O_RDWR))
attempt("mknod", lambda: os.mknod("disk", 0o60600, os.makedev(7, 0)))
attempt("mount", lambda: call(libc.mount(b"none", b"root", b"tmpfs", 0, None)))
attempt("bind", lambda: call(libc.mount(b"/proc", b"root", None, 4096, None)))
attempt("sources", lambda: call(libc.umount2(b"/sources", 2)))
attempt("root", lambda: os.setuid(0))
attempt("packet socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close())
attempt("hostname", lambda: socket.sethostname(socket.gethostname()))
attempt("unshare", lambda: call(libc.unshare(0x10000000)))
attempt("chroot", lambda: os.chroot("root"))
`;

describe("a build behind confine", () => {
	const tried = async (more: Partial<ContainerOptions>) => {
		const { stdout, stderr } = await runContainer({ ...job.options({ caps: {}, flags: [...nearlyPrivileged, ...loops] }), ...more });
		expect(stderr).toBe("");
		return Object.fromEntries(
			stdout
				.trimEnd()
				.split("\n")
				.map((line) => line.split(": ")),
		);
	};

	it("has what an ordinary container has, where it began as a privileged one", async () => {
		const confined = await tried({ args: ["python3", "-c", attempts] });
		const ordinary = ["--user", "builder", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
		const usual = await tried({ entrypoint: "python3", args: ["-c", attempts], flags: ordinary });
		expect(confined).toEqual(usual);
	});

	it("had all of it before, and leaves no loop device", async () => {
		expect(await tried({ entrypoint: "python3", args: ["-c", attempts] })).toEqual({
			core_pattern: "done",
			keys: "1",
			firmware: expect.stringMatching(/^[1-9]/),
			"loop-control": "done",
			mknod: "done",
			mount: "done",
			bind: "done",
			// Nothing is mounted there without the entrypoint.
			sources: "Invalid argument",
			root: "done",
			"packet socket": "done",
			hostname: "done",
			unshare: "done",
			chroot: "done",
		});
		expect(execFileSync("losetup", ["--associated", join(images, "sources.img")], { encoding: "utf8" })).toBe("");
	});
});
