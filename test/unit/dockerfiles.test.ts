import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

/** What a fresh clone has, once the index is committed. */
const committed = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" })
	.split("\0")
	.filter((path) => path !== "" && existsSync(path));
const dockerfiles = committed.filter((path) => /(^|\/)Dockerfile$/.test(path));

/** What a Dockerfile takes that is nowhere: neither in its folder in a fresh clone, nor in a stage, nor an image with a name. */
function missingIn(text: string, has: (path: string) => boolean): string[] {
	const stages = new Set<string>();
	const named = new Map([...text.matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, name = "", value = ""]) => [name, value]));
	return text.split("\n").flatMap((line) => {
		const [, instruction, rest = ""] = /^(FROM|COPY|ADD)\s+(.*)$/.exec(line) ?? [];
		const words = rest.split(/\s+/);
		if (instruction === "FROM") {
			const argument = /^\$\{(\w+)\}$/.exec(words[0] ?? "")?.[1];
			stages.add(words[2] ?? "");
			return argument === undefined || named.has(argument) ? [] : [line];
		}
		const stage = /^--from=(.*)$/.exec(words[0] ?? "")?.[1];
		if (stage !== undefined) {
			return stages.has(stage) ? [] : [line];
		}
		return instruction === undefined ? [] : words.slice(0, -1).filter((source) => !has(source));
	});
}

const inFolder = (dockerfile: string) => (source: string) => {
	const path = join(dirname(dockerfile), source);
	return committed.some((each) => path === "." || each === path || each.startsWith(`${path}/`));
};

describe("a Dockerfile", () => {
	it.each(dockerfiles)("%s is built from what a fresh clone has", (path) => {
		expect(missingIn(readFileSync(path, "utf8"), inFolder(path))).toEqual([]);
	});

	it("is there for the project and for each example", () => {
		const folders = new Set(committed.flatMap((path) => /^examples\/[^/]+/.exec(path) ?? []));
		expect(dockerfiles.toSorted()).toEqual(["Dockerfile", ...[...folders].map((folder) => join(folder, "Dockerfile"))].toSorted());
	});

	it("that copies what is built by hand, or what no stage has, is found", () => {
		const text = "ARG A=b\nFROM ${A} AS one\nFROM ${B}\nCOPY dist/abdicate README.md /\nCOPY --from=two /a /\nCOPY --from=one /a /\n";
		expect(missingIn(text, inFolder("Dockerfile"))).toEqual(["FROM ${B}", "dist/abdicate", "COPY --from=two /a /"]);
	});

	it("gets all that is committed: what .dockerignore leaves out is made here", () => {
		const patterns = readFileSync(".dockerignore", "utf8")
			.split("\n")
			.filter((line) => line !== "" && !line.startsWith("#"));
		const isLeftOut = (path: string) => patterns.some((pattern) => path === pattern || path.startsWith(`${pattern}/`));
		expect(patterns.filter((pattern) => /[*?!]/.test(pattern))).toEqual([]);
		expect(committed.filter(isLeftOut)).toEqual([]);
	});

	it("of an example says how it is built, in the words of all the others", () => {
		const first = (path: string) => readFileSync(path, "utf8").split("\n", 1)[0]?.split("; ")[0];
		const examples = dockerfiles.filter((path) => path !== "Dockerfile");
		expect(examples.map(first)).toEqual(
			examples.map((path) => `# From the top of the repository: docker build --tag abdicate . && docker build ${dirname(path)}`),
		);
	});
});
