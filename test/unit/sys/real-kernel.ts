import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import type { FakeEntry } from "../../fake/entry.ts";
import type { FakeProcess, Ids } from "../../fake/process.ts";

/** One process on the real kernel: the errno of each call, and its state before and after exec. `after` is an errno when exec failed. */
export interface Replayed {
	readonly results: readonly number[];
	readonly before: FakeProcess;
	readonly after: FakeProcess | number;
}

export interface Replayer {
	readonly program: string;
	/** A directory that only uid 1000 may enter. */
	readonly home: string;
	/** A copy of the program that is installed like this entry, owned by root. */
	install(name: string, entry: Pick<FakeEntry, "mode" | "capabilities">): string;
	run(lines: readonly string[]): Replayed[];
	remove(): void;
}

/** Why the real kernel cannot be asked here; `undefined` when it can. */
export function missingForRealKernel(): string | undefined {
	if (process.getuid?.() !== 0) {
		return "not root";
	}
	const [major = 0, minor = 0] = release().split(".").map(Number);
	if (major < 6 || (major === 6 && minor < 18)) {
		return "the fake kernel has the exec rules of 6.18, this kernel is older";
	}
	try {
		execFileSync("cc", ["--version"], { stdio: "ignore" });
		return undefined;
	} catch {
		return "no C compiler";
	}
}

export function buildReplayer(): Replayer {
	const directory = mkdtempSync(join(tmpdir(), "abdicate-replay-"));
	const program = join(directory, "replay");
	execFileSync("cc", ["-O1", "-o", program, join(import.meta.dirname, "replay.c")]);
	const home = join(directory, "home");
	mkdirSync(home, { mode: 0o700 });
	chownSync(home, 1000, 1000);
	chmodSync(directory, 0o755);
	chmodSync(program, 0o755);
	return {
		program,
		home,
		install: (name, { mode, capabilities }) => {
			const path = join(directory, name);
			copyFileSync(program, path);
			chmodSync(path, mode);
			if (capabilities !== undefined) {
				const { permitted, inheritable, effective } = capabilities;
				execFileSync(program, ["--grant", path, permitted.toString(), inheritable.toString(), Number(effective).toString()]);
			}
			return path;
		},
		run: (lines) =>
			execFileSync(program, { input: `${lines.join("\n")}\n`, encoding: "utf8", maxBuffer: 1 << 28 })
				.trimEnd()
				.split("\n")
				.map(parseReplayed),
		remove: () => rmSync(directory, { recursive: true }),
	};
}

function parseReplayed(line: string): Replayed {
	const [results = "", before = "", after = ""] = line.split("#");
	return {
		results: results.trim() === "" ? [] : results.trim().split(" ").map(Number),
		before: parseState(before),
		after: after.includes("|") ? parseState(after) : -Number(after),
	};
}

function parseState(text: string): FakeProcess {
	const fields = text.split("|");
	const numbers = (index: number) => (fields[index] === "" ? [] : (fields[index] as string).split(",").map(Number));
	const bits = (index: number) => BigInt(`0x${fields[index]}`);
	return {
		uids: numbers(0) as unknown as Ids,
		gids: numbers(1) as unknown as Ids,
		groups: numbers(2),
		bounding: bits(3),
		permitted: bits(4),
		effective: bits(5),
		inheritable: bits(6),
		ambient: bits(7),
		securebits: Number(fields[8]),
		noNewPrivs: fields[9] === "1",
		parentDeathSignal: Number(fields[10]),
		keyring: Number(fields[11]),
		isWalled: fields[12] === "1",
	};
}

/** A call of the border as a line of the replay program. */
export function replayLine(calls: readonly (readonly unknown[])[], program: string): string {
	return [...calls.map((call) => call.flat().map(String).join(" ")), `exec ${program}`].join(";");
}
