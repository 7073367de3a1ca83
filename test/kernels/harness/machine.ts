import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, outcome } from "../../e2e/harness/process.ts";
import type { Case } from "./case.ts";
import { caseDirectory, writeInitramfs } from "./initramfs.ts";
import { debianKernel, type Release } from "./kernel.ts";

/** From the first instruction to the last report. It takes 15 on two quiet processors. */
const deadlineSeconds = 600;

/** By this word on its command line the probe knows that it may harm the machine. */
const emulated = "abdicate.emulated";

export interface Machine {
	readonly version: string;
	/** What the kernel and init said. */
	readonly log: string;
	/** Of every case that was reported, by its name. */
	readonly outcomes: ReadonlyMap<string, Outcome>;
	/** Why it ended before the last case. */
	readonly failure: string | undefined;
}

/** Which of them decides over labels in a machine: Linux runs one at a time. */
export type Module = "apparmor" | "selinux";

/** Boots the kernel once, runs all cases in it one after the other, and powers it off. */
export async function runInMachine(release: Release, module: Module, cases: readonly Case[]): Promise<Machine> {
	const directory = mkdtempSync(join(tmpdir(), "abdicate-kernel-"));
	try {
		const kernel = debianKernel(release);
		const [log, report] = [join(directory, "log"), join(directory, "report")];
		const ended = await emulate(kernel.image, module, writeInitramfs(kernel, cases, directory), log, report);
		const lines = readIfThere(report).split("\n");
		const isDone = lines.some((line) => line.trim() === "done");
		return {
			version: kernel.version,
			log: readIfThere(log),
			outcomes: new Map(lines.flatMap((line) => parseReport(line, cases))),
			failure: isDone ? undefined : `the machine ended before the last case: ${ended}`,
		};
	} finally {
		rmSync(directory, { recursive: true, force: true });
	}
}

/** Resolves to how the emulator ended. */
function emulate(image: string, module: Module, initramfs: string, log: string, report: string): Promise<string> {
	const child = spawn(
		"qemu-system-x86_64",
		[
			...["-accel", "tcg", "-m", "512", "-display", "none", "-nic", "none", "-no-reboot", "-monitor", "none"],
			...["-serial", `file:${log}`, "-serial", `file:${report}`, "-kernel", image, "-initrd", initramfs],
			...["-append", `console=ttyS0 quiet panic=-1 lsm=landlock,lockdown,yama,${module},bpf ${emulated}`],
		],
		{ stdio: ["ignore", "ignore", "pipe"] },
	);
	let errors = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		errors += text;
	});
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => {
			errors += `not done within ${deadlineSeconds} s`;
			child.kill("SIGKILL");
		}, deadlineSeconds * 1000);
		child.once("error", reject);
		child.once("close", (status, signal) => {
			clearTimeout(timer);
			resolve(`qemu ended with ${signal ?? status} ${errors}`);
		});
	});
}

function readIfThere(file: string): string {
	return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** `case NUMBER STATUS STDOUT STDERR`, the last two in base64 and perhaps empty. */
function parseReport(line: string, cases: readonly Case[]): [string, Outcome][] {
	const [, number, status, stdout = "", stderr = ""] = /^case (\d+) (\d+) (\S*) (\S*)\s*$/.exec(line) ?? [];
	const found = cases.find((_, index) => caseDirectory(index) === number);
	const text = (base64: string) => Buffer.from(base64, "base64").toString("utf8");
	return found === undefined ? [] : [[found.name, outcome(Number(status), text(stdout), text(stderr))]];
}
