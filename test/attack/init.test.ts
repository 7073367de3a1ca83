import { describe, expect, it } from "vitest";
import { inHouse, rounds } from "./harness/house.ts";

/**
 * What the workload's own filter refuses it tries by another process of its user, which it may trace: it makes that one call mkdir(2), by
 * ptrace(2), as a debugger does, and says what came of it. x86_64
 */
const puppeteer = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
victim = os.getppid() if sys.argv[1] == "parent" else int(sys.argv[1])
try:
    os.mkdir("/tmp/own"); print("own: made")
except PermissionError: print("own: refused")
def ask(request, address=0, data=0):
    if libc.ptrace(request, victim, address, data) < 0 and ctypes.get_errno() != 0:
        print("no ptrace"); sys.exit(0)
ask(16)
os.waitpid(victim, 0x40000000)
registers = (ctypes.c_ulonglong * 27)()
ask(12, 0, ctypes.addressof(registers))
place = (registers[19] - 1024) & ~7
for at, word in enumerate((b"/tmp/driven\\0".ljust(16, b"\\0")[:8], b"/tmp/driven\\0".ljust(16, b"\\0")[8:])):
    ask(5, place + 8 * at, struct.unpack("Q", word)[0])
changed = (ctypes.c_ulonglong * 27)(*registers)
# rax, orig_rax, rdi, rsi, and the instruction that it waits in once more.
changed[10], changed[15], changed[14], changed[13], changed[16] = 83, 2**64 - 1, place, 0o755, registers[16] - 2
ask(13, 0, ctypes.addressof(changed))
ask(9)
os.waitpid(victim, 0x40000000)
ask(12, 0, ctypes.addressof(changed))
print("driven:", ctypes.c_longlong(changed[10]).value)
ask(13, 0, ctypes.addressof(registers))
ask(17)
`;

const start = (config: string, act: string) => `
	cat > /tmp/puppeteer.py <<'END'
${puppeteer}
END
	chmod 644 /tmp/puppeteer.py
	config <<< '${config}'
	${act}
	ls -d /tmp/driven 2>/dev/null || true
`;

/** All that the parent has, by what its user may read of it. */
const reader = `
import os, re
parent, found = os.getppid(), 0
words = re.compile(b"hid" + b"den-secret|no_new_" + b"privileges|unset" + b": ")
for line in open(f"/proc/{parent}/maps"):
    low, high = (int(each, 16) for each in line.split()[0].split("-"))
    if "w" not in line.split()[1]: continue
    with open(f"/proc/{parent}/mem", "rb", 0) as memory:
        memory.seek(low)
        found += len(words.findall(memory.read(high - low)))
descriptors = " ".join(sorted(os.listdir(f"/proc/{parent}/fd")))
print(f"memory {found}, descriptors {descriptors}, environment", b"SECRET" in open(f"/proc/{parent}/environ", "rb").read())
`;

/**
 * Every init that comes to be it seizes by ptrace(2) as soon as it may, and says around how many of them there
 * is no filter then but those that are around everybody.
 */
const ambush = `
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
done, seen = {os.getpid(), os.getppid(), 1}, []
end = time.time() + float(sys.argv[1])
print("armed", flush=True)
newest = os.getpid()
while time.time() < end:
    for pid in range(newest - 40, newest + 60):
        if pid in done or pid < 2 or libc.ptrace(0x4206, pid, 0, 0) != 0: continue
        newest = max(newest, pid)
        libc.ptrace(0x4207, pid, 0, 0)
        os.waitpid(pid, 0x40000000)
        try:
            name = open(f"/proc/{pid}/cmdline").read().split(chr(0))[0]
            fields = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
            if name == "abdicate-init":
                done.add(pid)
                seen.append(int(fields["Seccomp_filters"]))
        except OSError: pass
        libc.ptrace(17, pid, 0, 0)
print("seized", "some" if len(seen) > 0 else "none", "bare", sum(each == int(sys.argv[2]) for each in seen))
`;

const eperm = -1;
const filtered = "seccomp: {profile: docker-default, allow: [ptrace], deny: [mkdir, mkdirat]}";

describe("an init is no way around the workload's walls", () => {
	it("rule 4.14: refuses what the workload makes it do, where another process of the same user does it", async () => {
		const ours = await inHouse(
			start(`{user: app, init: true, ${filtered}}`, "/abdicate -- /usr/bin/python3 /tmp/puppeteer.py parent 2>&1"),
		);
		expect(ours.stdout).toBe(`own: refused\ndriven: ${eperm}\n`);
		const naive = `app sleep 5 & sleep .3; victim=$(pgrep -n -x sleep); /abdicate -- /usr/bin/python3 /tmp/puppeteer.py $victim 2>&1`;
		const careless = await inHouse(start(`{user: app, ${filtered}}`, naive));
		expect(careless.stdout).toBe("own: refused\ndriven: 0\n/tmp/driven\n");
	});

	it("rule 4.14: has a filter from its first instruction on", async () => {
		const number = rounds(25);
		const race = (starts: string) => `
			cat > /tmp/ambush.py <<'END'
${ambush}
END
			chmod 644 /tmp/ambush.py
			config <<< '{user: app, init: true, ${filtered}}'
			outer=$(sed -n 's/^Seccomp_filters:[^0-9]*//p' /proc/self/status)
			app /usr/bin/python3 /tmp/ambush.py ${2 + number / 10} $outer > /tmp/said & attacker=$!
			until grep -q armed /tmp/said; do sleep .01; done
			for i in $(seq ${number}); do ${starts}; done
			wait $attacker
			tail -n 1 /tmp/said
		`;
		const ours = await inHouse(race("/abdicate -- /bin/true"), { seconds: 60 + number });
		expect(ours.stdout).toBe("seized some bare 0\n");
		// One that keeps what it was given, and has no filter therefore.
		const careless = await inHouse(race("app /abdicate as tini -s -- /bin/true"), { seconds: 60 + number });
		expect(careless.stdout).toMatch(/^seized some bare [1-9]/);
	}, 180_000);

	it("rule 4.14: is out of reach behind Landlock", async () => {
		const config = "{user: app, init: true, landlock: {write: [/tmp]}}";
		const walled = await inHouse(start(config, "/abdicate -- /usr/bin/python3 /tmp/puppeteer.py parent 2>&1"));
		expect(walled.stdout).toBe("own: made\nno ptrace\n");
	});

	it("rule 4.14: has nothing to be read: neither configuration nor secret, and no descriptor but the workload's", async () => {
		const held = await inHouse(`
			cat > /tmp/read.py <<'END'
${reader}
END
			chmod 644 /tmp/read.py
			config <<< '{user: app, init: true, env: {unset: [SECRET]}}'
			SECRET=hidden-secret /abdicate -- /usr/bin/python3 /tmp/read.py
		`);
		expect(held.stdout).toBe("memory 0, descriptors 0 1 2, environment False\n");
	});
});
