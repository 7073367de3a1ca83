// Counts one start: from the exec of the binary to the exec of the workload. It needs root, strace and valgrind.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

process.chdir(resolve(import.meta.dirname, "../.."));

/** In `/tmp` whatever the environment says: a start looks at each directory on the way to a file that it trusts, so that depth is counted. */
const top = mkdtempSync("/tmp/abdicate-budget-");
chmodSync(top, 0o755);
process.on("exit", () => rmSync(top, { recursive: true, force: true }));

const binary = placed("dist/abdicate");
const workload = placed("build/probe");

function placed(file) {
	const [, name] = file.split("/");
	const copy = join(top, name);
	copyFileSync(file, copy);
	chmodSync(copy, 0o755);
	return copy;
}

/** What Docker grants, so that a count is the same whatever this machine's root holds. */
const docker =
	"chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap".split(",");

/** Without what it would say of children, and without its files in /tmp. What it does not know of the kernel, it answers with ENOSYS. */
const cachegrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--child-silent-after-fork=yes", "--vgdb=no"];

/** A table of mounts as short as a container's, and as long on every machine: steps read it. */
const fewMounts = `
kept=" / /proc /dev $(stat --format=%m ${top}) "
for each in $(cut --delimiter=' ' --fields=2 /proc/self/mounts); do
	case $kept in *" $each "*) ;; *) umount --lazy "$each" 2>/dev/null ;; esac
done
exec "$@"`;

/** How often the heap grows depends on where the kernel puts it, which is random. */
const growsHeap = /^(brk|mmap|munmap|mremap|mprotect)\(/;

/**
 * A start's system calls, as strace prints them, and its instructions. `config` is a function of the directory that `fill` has
 * filled anew; `grants` are capabilities beside Docker's. `as` is a drop-in with its words up to the command, which has no configuration, and
 * `refused` its status when the kernel refuses the command.
 */
export function count({ config = () => ({}), fill = () => {}, grants = [], as, refused = 126 }) {
	const directory = join(top, "start");
	const run = (measure, command) => {
		rmSync(directory, { recursive: true, force: true });
		mkdirSync(directory, { mode: 0o755 });
		fill(directory);
		writeFileSync(join(directory, "entrypoint.yaml"), JSON.stringify(config(directory)), { mode: 0o644 });
		const held = [...docker, ...grants].map((name) => `+${name}`).join();
		const container = [
			"--pid",
			"--fork",
			"--kill-child",
			"--mount-proc",
			"--uts",
			"--net",
			"sh",
			"-c",
			fewMounts,
			"sh",
			withoutAuxv(),
			"setpriv",
			`--bounding-set=-all,${held}`,
			"--inh-caps=-all",
		];
		const options = { cwd: directory, encoding: "utf8", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, maxBuffer: 1 << 26 };
		const words = as === undefined ? ["--config", "entrypoint.yaml", "--"] : ["as", ...as];
		return spawnSync("unshare", [...container, ...measure, binary, ...words, ...command], options);
	};
	return { calls: systemCalls(run), instructions: instructions(run, refused) };
}

let built;
function withoutAuxv() {
	if (built === undefined) {
		built = join(top, "without-auxv");
		execFileSync("gcc", ["-O2", "-o", built, "bench/without-auxv.c"]);
	}
	return built;
}

function systemCalls(run) {
	const trace = join(top, "trace");
	const { status, stderr } = run(["strace", "-qq", "-o", trace], [workload, "exit", "7"]);
	const calls = readFileSync(trace, "utf8")
		.trim()
		.split("\n")
		.filter((line) => /^\w+\(/.test(line) && !growsHeap.test(line));
	const execs = calls.flatMap((line, index) => (/^execve\(.* = 0$/.test(line) ? [index] : []));
	if (status !== 7 || execs.length !== 2) {
		throw new Error(`strace: the workload did not start: status ${status}\n${stderr}`);
	}
	return calls.slice(execs[0], execs[1] + 1);
}

/** Up to an exec that fails, because a counter does not outlive one that works. */
function instructions(run, refused) {
	const broken = join(top, "broken");
	// A header without the rest of the file: found executable, refused by the kernel.
	writeFileSync(broken, readFileSync(workload).subarray(0, 64), { mode: 0o755 });
	return counted(run([...cachegrind, "--cachegrind-out-file=/dev/null"], [broken]), refused);
}

/** Of one that answers and starts nothing: its instructions. `text` is a configuration, whose file is the last word. */
export function countTool({ words, text }) {
	const file = join(top, "tool.yaml");
	writeFileSync(file, text ?? "");
	const [valgrind, ...options] = cachegrind;
	const all = [...options, "--cachegrind-out-file=/dev/null", binary, ...words, ...(text === undefined ? [] : [file])];
	return counted(spawnSync(valgrind, all, { cwd: top, encoding: "utf8", env: { PATH: process.env.PATH } }), 0);
}

function counted({ status, stderr }, expected) {
	const found = /I\s+refs:\s+([\d,]+)/.exec(stderr);
	if (status !== expected || found === null) {
		throw new Error(`valgrind: expected status ${expected}, got ${status}\n${stderr}`);
	}
	return Number(found[1].replaceAll(",", ""));
}
