// A reporter of vitest for run.mjs: a line on descriptor 3 when a file of tests starts, and one when it has ended.
import { writeSync } from "node:fs";
import { relative } from "node:path";

export default class FilesReporter {
	onTestModuleStart(module) {
		say("start", module);
	}

	onTestModuleEnd(module) {
		say("end", module);
	}
}

function say(what, { moduleId }) {
	writeSync(3, `${what} ${relative(process.cwd(), moduleId)}\n`);
}
