// Compares the binary's size and the cost of one start with bench/budget.json. With --record, writes what it finds there.
// The start is a whole one: a user, an owned directory, a kept capability, the verification. It needs root, strace and valgrind.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

process.chdir(resolve(import.meta.dirname, ".."));
const binary = resolve("dist/abdicate");
const recordFile = "bench/budget.json";
const largest = 2_250_000;
/** Instructions vary a little with the length of paths and the machine's account files. */
const tolerance = 1.02;

const nobody = 65534;
const directory = mkdtempSync(join(tmpdir(), "abdicate-budget-"));

function start(measure, ...command) {
	const config = join(directory, "entrypoint.yaml");
	const { status, stdout, stderr } = spawnSync(measure[0], [...measure.slice(1), binary, "--config", config, "--", ...command], {
		encoding: "utf8",
		env: { PATH: process.env.PATH },
		maxBuffer: 1 << 26,
	});
	return { status, stdout, stderr };
}

/** How often the heap grows depends on where the kernel puts it, which is random. */
const growsHeap = /^(brk|mmap|munmap|mremap|mprotect)\(/;

/** From the exec of the binary to the exec of the workload, both included. */
function systemCalls() {
	const trace = join(directory, "trace");
	const { status, stderr } = start(["strace", "-qq", "-o", trace], resolve("build/probe"), "exit", "7");
	const calls = readFileSync(trace, "utf8")
		.trim()
		.split("\n")
		.filter((line) => !growsHeap.test(line));
	const execs = calls.flatMap((line, index) => (/^execve\(.* = 0$/.test(line) ? [index] : []));
	if (status !== 7 || execs.length !== 2) {
		throw new Error(`strace: the workload did not start: status ${status}\n${stderr}`);
	}
	return execs[1] - execs[0] + 1;
}

/** Up to an exec that fails, because a counter does not outlive one that works. */
function instructions() {
	const broken = join(directory, "broken");
	// A header without the rest of the file: found executable, refused by the kernel.
	writeFileSync(broken, readFileSync("build/probe").subarray(0, 64), { mode: 0o755 });
	const { status, stderr } = start(["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"], broken);
	const found = /I\s+refs:\s+([\d,]+)/.exec(stderr);
	if (status !== 126 || found === null) {
		throw new Error(`valgrind: expected status 126, got ${status}\n${stderr}`);
	}
	return Number(found[1].replaceAll(",", ""));
}

function measure() {
	const data = join(directory, "data");
	mkdirSync(data);
	chownSync(data, nobody, nobody);
	chmodSync(directory, 0o755);
	const config = { user: `${nobody}:${nobody}`, setup: [{ own: data }], capabilities: { keep: ["NET_BIND_SERVICE"] } };
	writeFileSync(join(directory, "entrypoint.yaml"), JSON.stringify(config), { mode: 0o644 });
	return { bytes: statSync(binary).size, systemCalls: systemCalls(), instructions: instructions() };
}

function excesses(found, recorded) {
	return [
		found.bytes > largest && `bytes: ${found.bytes}, the limit is ${largest}`,
		found.systemCalls !== recorded.systemCalls && `system calls: ${found.systemCalls}, recorded are ${recorded.systemCalls}`,
		found.instructions > recorded.instructions * tolerance && `instructions: ${found.instructions}, recorded are ${recorded.instructions}`,
	].filter(Boolean);
}

try {
	const found = measure();
	console.log(JSON.stringify(found));
	if (process.argv.includes("--record")) {
		writeFileSync(recordFile, `${JSON.stringify({ systemCalls: found.systemCalls, instructions: found.instructions }, null, "\t")}\n`);
	}
	const problems = excesses(found, JSON.parse(readFileSync(recordFile, "utf8")));
	for (const problem of problems) {
		console.error(problem);
	}
	if (problems.length > 0) {
		console.error("if the change is meant: make budget RECORD=1");
		process.exitCode = 1;
	}
} finally {
	rmSync(directory, { recursive: true, force: true });
}
