import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Host } from "../../../src/sys/native.ts";
import { runTools } from "../../../src/tools/tools.ts";

beforeAll(() => {
	vi.stubGlobal("__VERSION__", "1.2.3");
});
afterAll(() => {
	vi.unstubAllGlobals();
});

/** What is written, by descriptor, and the status at the end. */
async function outcome(words: readonly string[], format: "text" | "json" = "text") {
	const written: [number, string][] = [];
	const host = {
		argv: () => ["abdicate", ...words],
		write: (fd: number, text: string) => written.push([fd, text]),
		clockGettime: () => 0,
		windowColumns: () => -25,
		environ: () => [],
		exit: (status: number) => {
			throw Object.assign(new Error("exit"), { status });
		},
	} as unknown as Host;
	const { status } = await runTools(host, words, { format, level: 0 }).then(
		() => ({ status: undefined }),
		(ended: { status: number }) => ended,
	);
	return [status, ...written];
}

const help = (name: string) => `  abdicate ${name} --help says what ${name} takes\n`;

describe("wrong use of a tool is told as every error, with status 2", () => {
	it.each([
		[["plan", "--format", "podman"], '--format "podman": expected text or json or docker or compose or kubernetes or oci\n'],
		[["check", "--format", "xml"], '--format "xml": expected text or json or sarif\n'],
		[["plan", "--for", "x"], '--for "x": expected any-volume or this-start\n'],
		[["completion", "tcsh"], '"tcsh": expected bash or zsh or fish\n'],
		[["check", "--formt=x"], `unknown option "--formt"; did you mean "--format"?\n${help("check")}`],
		[["plan", "--format"], `--format needs a value: FORMAT\n${help("plan")}`],
		[["inspect", "--json\u001b[2J"], `unknown option "--json\\x1b[2J"; did you mean "--json"?\n${help("inspect")}`],
		[
			["plan", "/c.yaml", "--format", "docker", "sort", "-R"],
			`unknown option "-R"\n  where it is one of the command's, write -- before the command: abdicate plan [FILE] [OPTIONS] -- COMMAND [ARG...]\n${help("plan")}`,
		],
		[["plan", "--format", "docker", "-R"], `unknown option "-R"\n${help("plan")}`],
		[["decode"], `decode needs TEXT\n${help("decode")}`],
		[["check", "a", "b"], 'unexpected argument "b"\n  write -- before the command: abdicate check a -- b\n'],
		[["plan", "a", "b", "--", "c"], 'unexpected argument "b"\n  write -- before the command: abdicate plan a -- b\n'],
		[["compile", "a", "b"], `compile takes one argument, and here are 2\n${help("compile")}`],
		...[
			["check", "--user", "app"],
			["schema", "-c", "/c.yaml"],
			["inspect", "--init"],
			["plan", "-c", "/c.yaml"],
			["decode", "0", "--dry-run"],
			["completion", "bash", "--quiet"],
		].map((words): [string[], string] => {
			const option = words.find((word) => word.startsWith("-"));
			return [
				words,
				`unknown option "${option}"\n  ${option} is an option of run: abdicate --dry-run [OPTIONS] -- COMMAND plans a run with its options\n${help(words[0] ?? "")}`,
			];
		}),
	])("%j", async (words, said) => {
		expect(await outcome(words)).toEqual([2, [2, `abdicate: error[USAGE]: ${said}`]]);
	});

	it("an option of a run that only that one has, in the words of another that ends in a workload", async () => {
		expect((await outcome(["enter", "--dry-run"]))[0]).toBe(2);
	});

	it.each([
		["run", "--version"],
		["enter", "--version", "--", "id"],
		["check", "--version"],
		["as", "--version"],
	])("but %s %s prints the version", async (...words) => {
		const print = vi.spyOn(process.stdout, "write").mockReturnValue(true);
		expect([await outcome(words), print.mock.calls]).toEqual([[0], [["abdicate 1.2.3\n"]]]);
		print.mockRestore();
	});

	it("in JSON where that is asked for", async () => {
		const [status, [fd, text]] = (await outcome(["decode"], "json")) as [number, [number, string]];
		expect([status, fd, JSON.parse(text)]).toEqual([
			2,
			2,
			{
				time: "1970-01-01T00:00:00.000Z",
				severity: "error",
				code: "USAGE",
				step: null,
				message: "decode needs TEXT",
				remedy: [help("decode").trim()],
			},
		]);
	});
});
