import { expect } from "vitest";
import { type HouseOptions, runHouse } from "../../harness/house/run.ts";
import { servers } from "../harness/images.ts";

/** Expressions of Python, each with what it comes to: ok, or the errno. */
export type Acts = Readonly<Record<string, string>>;

const script = `
import os, socket, fcntl, signal, sys, ctypes, errno
def tcp(): return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
def close(fd): os.close(fd)
def read(path): return open(path).read(1)
def write(path, flags=os.O_WRONLY): close(os.open(path, flags | os.O_APPEND))
def make(path): close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
def run(*argv):
    pid = os.fork()
    if pid == 0:
        try: os.execv(argv[0], argv)
        except OSError as error: os._exit(error.errno)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status != 0: raise OSError(status, "")
def connect(port, name="127.0.0.1"): tcp().connect((name, port))
def bind(port): tcp().bind(("127.0.0.1", port))
def abstract(name): socket.socket(socket.AF_UNIX).connect("\\0" + name)
def mount():
    if ctypes.CDLL(None, use_errno=True).mount(b"none", b"/tmp", b"tmpfs", 0, None): raise OSError(ctypes.get_errno(), "")`;

const perform = `
for act in sys.argv[1:]:
    try: eval(act); print("ok")
    except OSError as error: print(errno.errorcode[error.errno])
`;

/** Starts Python with a configuration, and expects of each act what it says. `ways`: more that the acts may call. */
export async function expectActs(landlock: object, acts: Acts, more: Partial<HouseOptions> = {}, ways = ""): Promise<void> {
	const { config, ...rest } = more;
	const outcome = await runHouse({
		image: servers,
		config: { user: "app", ...(config as object | undefined), landlock },
		args: ["--", "python3", "-c", script + ways + perform, ...Object.keys(acts)],
		...rest,
	});
	const found = outcome.stdout.trimEnd().split("\n");
	expect([outcome.status, outcome.stderr]).toEqual([0, ""]);
	expect(Object.fromEntries(Object.keys(acts).map((act, index) => [act, found[index]]))).toEqual(acts);
}
