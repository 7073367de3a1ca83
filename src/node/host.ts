import { writeSync } from "node:fs";
import { errno } from "../sys/errno.ts";
import type { Host } from "../sys/native.ts";
import { acts } from "./acts.ts";
import { attempt, files } from "./files.ts";
import { processReads } from "./process.ts";
import { parseYaml } from "./yaml.ts";

/** What the tools need of the border, over Node. Nothing here changes anything but standard output, standard error and a file that is rewritten. */
export function nodeHost(): Host {
	const here: Partial<Host> = { ...processReads, ...files, ...acts, parseYaml, write, exit: (status: number) => process.exit(status) };
	// A call that Node does not have answers as a kernel without it.
	return new Proxy(here, { get: (known, name) => known[name as keyof Host] ?? (() => -errno.ENOSYS) }) as Host;
}

/** A pipe that somebody made non-blocking is full; its reader needs a moment. */
function pause(): void {
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

function write(fd: number, text: string): number {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; ) {
		const count = attempt(() => writeSync(fd, bytes, at));
		if (count < 0 && count !== -errno.EAGAIN) {
			return count;
		}
		if (count < 0) {
			pause();
		}
		at += Math.max(0, count);
	}
	return bytes.length;
}
