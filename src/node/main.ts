import { callOf, prints, speechFor } from "../cli/call.ts";
import { logFor } from "../cli/log-for.ts";
import { unknownWords } from "../cli/log-words.ts";
import { unexplained } from "../cli/unexplained.ts";
import { type Diagnostic, Failure } from "../report/failure.ts";
import { tell } from "../report/tell.ts";
import { spokenHere } from "../sys/runtime.ts";
import { runTools } from "../tools/tools.ts";
import { nodeHost } from "./host.ts";

const usage = 2;
const defect = 125;

/** What changes a process or an image, or looks at a process by calls that Node does not have. */
const needBinary: readonly string[] = ["run", "enter", "as", "inspect", "compile"];

/** The tools under Node, for a laptop or CI: the same sources as in the binary, over what Node can see. */
async function main(): Promise<void> {
	const host = nodeHost();
	// Where the small modules that stand in for Node's look for it, as in the binary.
	(globalThis as { host?: unknown }).host = host;
	const [, ...args] = host.argv();
	const speech = await speechFor(args, host.environ());
	if (speech.unknown !== undefined) {
		(await logFor(host, speech)).warn(unknownWords(speech.unknown));
	}
	try {
		const { wants } = callOf(args);
		const what = wants === "tools" ? args[0] : wants;
		if (what !== undefined && needBinary.includes(what) && !prints(args)) {
			tell(host, speech, [onlyBinary(what)]);
			host.exit(usage);
		}
		await runTools(host, args, speech);
	} catch (error) {
		tell(host, speech, error instanceof Failure ? spokenHere(host, error.diagnostics) : [unexplained(error)]);
		host.exit(error instanceof Failure ? usage : defect);
	}
}

function onlyBinary(what: string): Diagnostic {
	return {
		code: "USAGE",
		message: `${what} needs the binary: this package only checks, plans and explains`,
		remedy: ["abdicate --help lists what there is", "in an image: COPY the binary abdicate and make it the ENTRYPOINT"],
	};
}

void main();
