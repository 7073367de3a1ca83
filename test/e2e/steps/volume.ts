import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];
afterAll(() => {
	for (const directory of made.splice(0)) {
		rmSync(directory, { recursive: true, force: true });
	}
});

/** A directory of the machine for `--volume`, filled by a shell script that starts in it. Gone after the last test of the file. */
export function volume(script: string): string {
	const top = mkdtempSync(join(tmpdir(), "abdicate-volume-"));
	made.push(top);
	const directory = join(top, "data");
	execFileSync("sh", ["-euc", `mkdir -m 755 "$1"; chmod 755 "$1/.."; cd "$1"; ${script}`, "volume", directory], { stdio: "pipe" });
	return directory;
}

/** The commands that make a stage as a run that died leaves one. */
export function stage(name: string): string {
	return `mkdir -m 700 ${name}; mkdir ${name}/.abdicate-new-stage`;
}

/** `uid:gid` of what lies there, links not followed. */
export function ownerOf(directory: string, name = "."): string {
	const { uid, gid } = lstatSync(join(directory, name));
	return `${uid}:${gid}`;
}

/** `uid:gid mode`, the mode in octal. */
export function stateOf(directory: string, name = "."): string {
	return `${ownerOf(directory, name)} ${(lstatSync(join(directory, name)).mode & 0o7777).toString(8).padStart(4, "0")}`;
}

/** The lines of `-v` about steps, without the program's name: `changed  setup[0] ...`. */
export function stepLines(stderr: string): string[] {
	return stderr
		.split("\n")
		.filter((line) => / setup\[/.test(line))
		.map((line) => line.replace(/^abdicate: /, ""));
}
