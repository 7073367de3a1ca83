import type { Output } from "../../../report/log.ts";

/** What was asked for goes to a descriptor, and that was all. The exit status. */
export function print(output: Output, fd: number, lines: readonly string[]): number {
	output.write(fd, lines.map((line) => `${line}\n`).join(""));
	return 0;
}
