import { writeSync } from "node:fs";
import type { Host, Reads } from "../sys/native.ts";
import { attempt, files } from "./files.ts";
import { processReads } from "./process.ts";
import { parseYaml } from "./yaml.ts";

/** What the tools need of the border, over Node. Nothing here changes anything but standard output and standard error. */
export function nodeHost(): Host {
	const reads: Reads = { ...processReads, ...files, parseYaml };
	return { ...reads, write, exit: (status: number) => process.exit(status) } as unknown as Host;
}

function write(fd: number, text: string): number {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; ) {
		const count = attempt(() => writeSync(fd, bytes, at));
		if (count < 0) {
			return count;
		}
		at += count;
	}
	return bytes.length;
}
