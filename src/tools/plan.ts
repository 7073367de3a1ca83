import { credentialLines } from "../drop/verify.ts";
import type { Plan } from "../plan/plan.ts";
import { fail } from "../report/failure.ts";
import { printable, quoted } from "../report/text.ts";
import { parseOptions } from "../run/options.ts";
import { makePlan } from "../run/run.ts";
import { describeStep } from "../steps/index.ts";
import type { Host } from "../sys/native.ts";

/** Prints the very plan that a run with these options would apply here and now. */
export async function planCommand(host: Host, { format }: { readonly format: string }, args: readonly string[]): Promise<void> {
	const { plan } = await makePlan(host, parseOptions(args), "run");
	host.write(1, render(plan, format));
}

export const planFormats = ["text", "json"] as const;

function render(plan: Plan, format: string): string {
	switch (format) {
		case "text":
			return renderText(plan);
		case "json":
			return `${JSON.stringify(plan, printableMember, 2)}\n`;
		default:
			return fail("USAGE", `--format ${quoted(format)}: expected text or json`);
	}
}

/** Values of an environment, the workload's or a step's, may be secrets: a plan shows the names alone. */
function printableMember(key: string, value: unknown): unknown {
	if (key === "environment" && Array.isArray(value)) {
		return value.map((entry: string) => entry.slice(0, entry.indexOf("=")));
	}
	if (key === "content" && typeof value === "string") {
		return `${value.length} characters`;
	}
	return typeof value === "bigint" ? value.toString() : value;
}

function renderText(plan: Plan): string {
	const rows: [string, string][] = [
		["command", plan.command.argv.map(printable).join(" ")],
		["user", `${plan.identity.name ?? plan.identity.uid}, home ${plan.identity.home}`],
		...plan.setup.map(({ label, action }): [string, string] => [label, `${action.kind} ${describeStep(action)}`]),
		...Object.entries(credentialLines(plan.drop.expected)).map(([part, value]): [string, string] => [part, value]),
		["workdir", plan.drop.workdir ?? "unchanged"],
		...plan.process.limits.map(({ name, soft, hard }): [string, string] => [`limit ${name}`, `${soft}:${hard}`]),
		...plan.notes.map((note): [string, string] => ["note", note]),
	];
	const width = Math.max(...rows.map(([name]) => name.length));
	return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}
