import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { binary, probeFile, root } from "../../e2e/harness/paths.ts";
import { houseFile, namespaces } from "../../harness/house/house.ts";
import { scratchDirectory } from "../../harness/house/trees.ts";
import type { AccountFiles, Start } from "./starts.ts";

/** test/compat/place/cases.c */
export const casesFile = join(root, "build/cases");
/** test/compat/place/recorder.c */
export const recorderFile = join(root, "build/recorder");
const place = join(import.meta.dirname, "../place");

/** Whose programs are run: those that drop-ins replace, or ours under their names and at their places. */
export type Side = "there" | "here";

/** What is replaced, and where it lies on Debian. */
export const replaced = {
	gosu: "/usr/sbin/gosu",
	"su-exec": "/usr/sbin/su-exec",
	tini: "/usr/bin/tini",
	"dumb-init": "/usr/bin/dumb-init",
	setpriv: "/usr/bin/setpriv",
	capsh: "/usr/sbin/capsh",
	getpcaps: "/usr/sbin/getpcaps",
	pscap: "/usr/bin/pscap",
} as const;

/** What a program came to. */
export interface Ran {
	/** 128+n when signal n ended it. */
	readonly status: number;
	/** As it saw itself. */
	readonly pid: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface Case {
	readonly start: Start;
	readonly words: readonly string[];
	/** Sent one after the other when it has said that it is ready; 0 is none. */
	readonly signals?: readonly number[];
}

const device = (name: string, major: number, minor: number) => ["node", `/dev/${name}`, "c", "666", `${major}`, `${minor}`];

function rootOperations(side: Side, accounts: AccountFiles): string[] {
	return [
		...["overlay", "/"],
		...["mount", "proc", "proc", "/proc", "0", ""],
		...["mount", "tmpfs", "tmp", "/tmp", "0", "mode=1777"],
		...["mount", "tmpfs", "dev", "/dev", "0", "mode=755"],
		...[device("null", 1, 3), device("zero", 1, 5), device("full", 1, 7), device("random", 1, 8), device("urandom", 1, 9)].flat(),
		...device("tty", 5, 0),
		...["link", "/proc/self/fd", "/dev/fd"],
		...["stdin", "stdout", "stderr"].flatMap((name, fd) => ["link", `/proc/self/fd/${fd}`, `/dev/${name}`]),
		...[
			"copy",
			casesFile,
			"/cases",
			"copy",
			probeFile,
			"/case/CMD",
			"copy",
			probeFile,
			"/case/probe",
			"copy",
			recorderFile,
			"/case/RECORD",
		],
		...["script.sh", ".script.sh", "tini-shebang.sh", "di-shebang.sh", "benv.sh", "no-interpreter"].flatMap((name) => [
			"copy",
			join(place, name),
			`/case/${name}`,
		]),
		...["file", "/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\n"],
		...["file", "/etc/hostname", "box\n"],
		...["file", "/etc/shadow", "root:*:19000::::::\napp:*:19000::::::\n"],
		...["passwd", "group"].flatMap((name) => accountOperations(name, accounts)),
		...(side === "there" ? [] : Object.values(replaced).flatMap((path) => ["bind", binary, path])),
		...["hostname", "box"],
	];
}

function accountOperations(name: string, accounts: AccountFiles): string[] {
	if (accounts === "bare") {
		return ["remove", `/etc/${name}`];
	}
	const files = [name, ...(accounts === "broken" ? [`${name}-broken`] : [])];
	return ["write", `/etc/${name}`, files.map((file) => readFileSync(join(place, file), "utf8")).join("")];
}

/** Runs cases one after the other in a house: a copy-on-write view of this machine's files, with accounts of its own. */
export function runCases(side: Side, accounts: AccountFiles, cases: readonly Case[]): Promise<readonly Ran[]> {
	const words = ["run", namespaces(false), "1", scratchDirectory(), ...rootOperations(side, accounts), "--", "--", "/cases"];
	const input = cases.flatMap(({ start, words: each, signals = [] }) => {
		const all = [...start.operations, "--", ...each];
		return [start.isFirst ? "first" : "here", signals.join(), `${all.length}`, ...all];
	});
	return new Promise((resolve, reject) => {
		const child = spawn(houseFile, words, { stdio: ["pipe", "pipe", "inherit", "pipe"] });
		const chunks: Buffer[] = [];
		child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
		child.once("error", reject);
		child.once("close", (status) => {
			const ran = readAll(Buffer.concat(chunks));
			return status === 0 && ran.length === cases.length
				? resolve(ran)
				: reject(new Error(`the house ended with ${status} after ${ran.length} cases`));
		});
		child.stdin?.end(input.map((each) => `${each}\0`).join(""));
	});
}

function readAll(bytes: Buffer): Ran[] {
	const ran: Ran[] = [];
	for (let at = 0; at < bytes.length; ) {
		const end = bytes.indexOf("\n", at);
		const [status = 0, pid = 0, out = 0, err = 0] = bytes.toString("utf8", at, end).split(" ").map(Number);
		const from = end + 1;
		ran.push({
			status,
			pid,
			stdout: bytes.toString("utf8", from, from + out),
			stderr: bytes.toString("utf8", from + out, from + out + err),
		});
		at = from + out + err;
	}
	return ran;
}
