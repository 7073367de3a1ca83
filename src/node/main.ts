import { renderDiagnostic } from "../report/failure.ts";
import { runTools } from "../tools/tools.ts";
import { nodeHost } from "./host.ts";

const usage = 2;
const defect = 125;

/** What only the binary can do: it changes a process, or looks at one by calls that Node does not have. */
const onlyBinary: readonly string[] = ["run", "enter", "inspect"];
const printing: readonly string[] = ["--help", "-h", "--version", "--dry-run"];

/** The tools under Node, for a laptop or CI: the same sources as in the binary, over what Node can see. */
async function main(): Promise<void> {
	const host = nodeHost();
	// Where the small modules that stand in for Node's look for it, as in the binary.
	(globalThis as { host?: unknown }).host = host;
	const [, ...args] = host.argv();
	const [first] = args;
	const end = args.indexOf("--");
	const prints = (end < 0 ? args : args.slice(0, end)).some((word) => printing.includes(word));
	if (!prints && (first === undefined || first.startsWith("-") || onlyBinary.includes(first))) {
		const what = first !== undefined && onlyBinary.includes(first) ? first : "run";
		host.write(
			2,
			renderDiagnostic({
				code: "USAGE",
				message: `${what} needs the binary: this package only checks, plans and explains`,
				remedy: ["abdicate --help lists what there is", "in an image: COPY the binary abdicate and make it the ENTRYPOINT"],
			}),
		);
		host.exit(usage);
	}
	try {
		await runTools(host, args);
	} catch (error) {
		const remedy = error instanceof Error ? [error.stack ?? ""] : [];
		host.write(2, renderDiagnostic({ code: "INTERNAL", message: String(error), remedy }));
		host.exit(defect);
	}
}

void main();
