import { describe, expect, it } from "vitest";
import { runHost } from "./harness/host.ts";

const user = "1234:1234";

/** What a process says of itself, as the kernel has it; of process 1, which is the init, and of the workload. */
const report = `
import json, os
def state(pid):
    lines = dict(line.split(":\\t") for line in open(f"/proc/{pid}/status").read().splitlines() if ":\\t" in line)
    names = ["Name", "Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "PPid"]
    found = {name: lines[name].strip() for name in names}
    found["fds"] = sorted(os.listdir(f"/proc/{pid}/fd"))
    found["cwd"] = os.readlink(f"/proc/{pid}/cwd")
    found["argv"] = open(f"/proc/{pid}/cmdline").read()
    return found
mine = state("self"); mine.pop("Name"); mine.pop("argv"); mine.pop("fds")
rollup = dict(line.split(":") for line in open("/proc/1/smaps_rollup").read().splitlines()[1:])
size = {name: int(rollup[name].split()[0]) for name in ["Rss", "Anonymous"]}
same = os.readlink("/proc/1/fd/1") == os.readlink("/proc/self/fd/1") and open("/proc/1/environ").read() == open("/proc/self/environ").read()
print(json.dumps({"init": state(1), "workload": mine, "size": size, "same": same, "session": os.getsid(0) == os.getpid()}))
`;

const none = "0".repeat(16);
const workload = {
	Uid: "1234\t1234\t1234\t1234",
	Gid: "1234\t1234\t1234\t1234",
	Groups: "1234",
	CapInh: none,
	CapPrm: none,
	CapEff: none,
	CapBnd: none,
	CapAmb: none,
	NoNewPrivs: "1",
	Seccomp: "0",
	PPid: "1",
	cwd: "/var",
};
const init = { ...workload, Name: "abdicate-init", Seccomp: "2", PPid: "0", fds: ["0", "1", "2"], cwd: "/", argv: "abdicate-init\0" };

/** Signals that are ignored and blocked, as a careless parent may leave them. */
const careless = ["env", "--ignore-signal=CHLD,PIPE,INT", "--block-signal=TERM,USR1"];
const run = (command: string, config: object = {}, options: object = {}) =>
	runHost({ config: { user, init: true, workdir: "/var", ...config }, args: ["--", "bash", "-c", command], ...options });

describe("an init of its own", () => {
	it.each([
		["of an ordinary start", []],
		["of a careless one", careless],
	])("has the workload's user and nothing else: %s", async (_, wrapper) => {
		const config = { user, init: true, workdir: "/var" };
		const { status, stdout, stderr } = await runHost({ config, wrapper, args: ["--", "python3", "-c", report] });
		expect([status, stderr]).toEqual([0, ""]);
		const { size, ...found } = JSON.parse(stdout) as { size: { Rss: number; Anonymous: number } };
		expect(found).toEqual({ init, workload, same: true, session: false });
		expect(size.Rss).toBeLessThanOrEqual(1024);
		expect(size.Anonymous).toBeLessThanOrEqual(100);
	});

	it.each([0, 1, 42, 126, 127, 128, 200, 255])("ends with the workload's own status: %i", async (status) => {
		expect((await run(`exit ${status}`)).status).toBe(status);
	});

	it.each([
		["HUP", 129],
		["KILL", 137],
		["TERM", 143],
		["RTMIN+3", 165],
	])("ends with 128 and the number of the signal that killed it: %s", async (signal, status) => {
		expect((await run(`kill -${signal} $$; sleep 1; exit 7`)).status).toBe(status);
	});

	it("passes on what comes from outside, to a workload of another user by KILL that it keeps", async () => {
		const trapping = 'trap "echo told; exit 9" TERM; kill -TERM 1; for i in $(seq 100); do sleep 0.05; done';
		expect(await run(trapping)).toMatchObject({ status: 9, stdout: "told\n" });
		const kept = { capabilities: { keep: ["SETUID", "SETGID", "KILL"] } };
		const become = `(sleep 0.4; kill -TERM 1) & exec setpriv --reuid 4321 --regid 4321 --clear-groups bash -c 'trap "echo told; exit 9" TERM; for i in $(seq 100); do sleep 0.05; done'`;
		expect(await run(become, kept)).toMatchObject({ status: 9, stdout: "told\n" });
		const without = await run(become.replace("seq 100", "seq 20"), { capabilities: { keep: ["SETUID", "SETGID"] } });
		expect(without).toMatchObject({ status: 0, stdout: "" });
		expect(without.stderr).toMatch(/the workload keeps SETUID.*\n.*signal 15 could not be sent to process 2/);
	});

	it("sends something else where it is told to, and ends with another status", async () => {
		const config = { init: { signals: { USR1: "QUIT", HUP: "none" }, exit_codes: { 9: 0 } } };
		const command = 'trap "echo quit; exit 9" QUIT; kill -HUP 1; kill -USR1 1; for i in $(seq 100); do sleep 0.05; done';
		expect(await run(command, config)).toMatchObject({ status: 0, stdout: "quit\n" });
	});

	it("leaves no zombie, and tells who is left to end where there is time for it", async () => {
		const orphans = 'for i in $(seq 300); do (sleep 0.1 &); done; sleep 0.6; ps -e -o stat= | grep -c "^Z"; exit 3';
		expect(await run(orphans)).toMatchObject({ status: 3, stdout: "0\n" });
		const flushing = `(setsid bash -c 'trap "sleep 0.2; echo flushed; exit" TERM; touch /tmp/.flush; for i in $(seq 100); do sleep 0.05; done' &); sleep 0.5; exit 3`;
		expect(await run(flushing, { init: { grace: "3s" } })).toMatchObject({ status: 3, stdout: "flushed\n" });
		expect(await run(flushing)).toMatchObject({ status: 3, stdout: "" });
	});

	it.each([
		["clone", "EAGAIN", /drop init: fork: EAGAIN/],
		["pipe2", "EMFILE", /drop init: pipe: EMFILE/],
		["execveat", "EACCES", /drop init-ready: execveat: EACCES/],
	])("never lets the workload run without it: %s fails with %s", async (call, errno, said) => {
		const strace = ["-f", "-e", "signal=none", "-e", `inject=${call}:error=${errno}`];
		const { status, stdout, stderr } = await run("echo ran", {}, { strace });
		expect([status, stdout]).toEqual([125, ""]);
		expect(stderr).toMatch(said);
	});

	it("never lets it run when the init cannot do one of its own calls, or runs it with an init that is whole", async () => {
		const { trace } = await run("echo ran", {}, { strace: ["-f"] });
		const lines = trace
			.split("\n")
			.map((line) => /^(\d+) +(\w+)\(/.exec(line))
			.filter((found) => found !== null);
		const [, pid] = lines.find(([, , name]) => name === "execveat") as RegExpExecArray;
		const calls = lines.flatMap(([, of, name]) => (of === pid ? [name as string] : []));
		const first = calls.indexOf("execveat") + 1;
		const own = calls.slice(first, calls.indexOf("rt_sigtimedwait")).map((name, index) => {
			return [name, calls.slice(0, first + index + 1).filter((each) => each === name).length] as const;
		});
		// The C library's own are behind it, and what it may go on without.
		const needed = own.filter(([name]) => ["rt_sigprocmask", "rt_sigaction", "close", "close_range", "capget", "capset"].includes(name));
		expect(needed.length).toBeGreaterThanOrEqual(7);
		const ends = await Promise.all(
			needed.map(async ([name, nth]) => {
				const strace = ["-f", "-e", "signal=none", "-e", `trace=${name}`, "-e", `inject=${name}:error=ENOMEM:when=${nth}`];
				const done = await run("grep -c '^CapEff:.*0000000000000000' /proc/$PPID/status", {}, { strace });
				return [name, done.status, done.stdout];
			}),
		);
		// Behind the byte that says so nothing fails any more.
		const [refused, whole] = [ends.slice(0, -1), ends.at(-1)];
		expect(refused.filter(([, status, stdout]) => status !== 125 || stdout !== "")).toEqual([]);
		expect(whole).toEqual(["close", 0, "1\n"]);
	});

	it.each(["/sbin/init", "/lib/systemd/systemd"])("is refused beside another init: %s", async (name) => {
		const { status, stderr } = await runHost({ config: { user: "root", init: true }, args: ["--", name] });
		expect([status, /error\[(\w+)\]/.exec(stderr)?.[1]]).toEqual([125, "INIT_REFUSED"]);
	});

	it("gives the workload default actions and an empty mask, whatever the start had", async () => {
		const { stdout } = await run("exec grep -E 'Sig(Blk|Ign)' /proc/self/status", {}, { wrapper: careless });
		expect(stdout).toBe(`SigBlk:\t${none}\nSigIgn:\t${none}\n`);
	});

	it("is there by an option as well, and not for a second program", async () => {
		const named = { config: { user }, args: ["--init", "--", "sh", "-c", "cat /proc/1/comm"] };
		expect(await runHost(named)).toMatchObject({ status: 0, stdout: "abdicate-init\n" });
		const entered = { config: { user, init: true }, args: ["enter", "--", "cat", "/proc/1/comm"] };
		expect(await runHost(entered)).toMatchObject({ status: 0, stdout: "cat\n" });
	});
});
