// Runs the programs of the lanes, and ends what takes too long.
import { spawn } from "node:child_process";

/** Minutes, of a file of tests and of anything that is none: long enough for a machine that does ten things at once. */
const deadline = Number(process.env.FILE_MINUTES ?? 15);

const running = new Set();

/** What ends when it is not stopped in time; the process group of `child` with it. */
function watch(child, say) {
	const timers = new Map();
	return {
		start: (what) => {
			const end = () => {
				say(`\nnot done within ${deadline} min: ${what}\n`);
				process.kill(-child.pid, "SIGKILL");
			};
			timers.set(what, setTimeout(end, deadline * 60_000));
		},
		stop: (what) => {
			clearTimeout(timers.get(what));
			timers.delete(what);
		},
		stopAll: () => {
			for (const timer of timers.values()) {
				clearTimeout(timer);
			}
		},
	};
}

/**
 * Runs a program to its end; its output is kept as one piece, so that lanes at the same time do not mix. It has a process group
 * of its own, so that what it started ends with it, when time is up or when this program is interrupted. With `hasFiles` each file that the
 * program names on descriptor 3, as files-reporter.mjs does, has the deadline, and otherwise the program.
 */
export function run([program, ...args], { env = process.env, hasFiles = false } = {}) {
	return new Promise((done) => {
		let output = "";
		const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe", hasFiles ? "pipe" : "ignore"], detached: true });
		const times = watch(child, (text) => {
			output += text;
		});
		const finish = (result) => {
			times.stopAll();
			running.delete(child.pid);
			done(result);
		};
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding("utf8").on("data", (text) => {
				output += text;
			});
		}
		child.once("spawn", () => {
			running.add(child.pid);
			times.start(program);
		});
		if (hasFiles) {
			watchFiles(child.stdio[3], program, times);
		}
		child.once("error", (error) => finish({ ok: false, output: error.message }));
		child.once("close", (status) => finish({ ok: status === 0, output }));
	});
}

/** The program itself has the deadline before its first file and after its last. */
function watchFiles(stream, program, times) {
	let rest = "";
	let open = 0;
	stream.setEncoding("utf8").on("data", (text) => {
		const lines = (rest + text).split("\n");
		rest = lines.pop();
		for (const [what, file] of lines.map((line) => line.split(" "))) {
			open += what === "start" ? 1 : -1;
			times[what === "start" ? "start" : "stop"](file);
			times.stop(program);
			if (open === 0) {
				times.start(program);
			}
		}
	});
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
	process.once(signal, () => {
		for (const pid of running) {
			process.kill(-pid, "SIGTERM");
		}
		process.exit(130);
	});
}
