import { linesOf, type Runtime } from "../../src/report/ways.ts";

/** A remedy as it stands below its error, where nothing tells what has started the process, or in a container of Docker's. */
export function told(remedy: string, runtime?: Runtime): string {
	return linesOf(remedy, runtime)
		.map((line) => `  ${line}`)
		.join("\n");
}

/** The same, where lines are compared. */
export function toldLines(remedy: string, runtime?: Runtime): string[] {
	return told(remedy, runtime).split("\n");
}
