import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { corrected } from "../../../src/report/correction.ts";
import { findAll } from "../../../src/tools/check/check.ts";
import type { Finding } from "../../../src/tools/check/lint/findings.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

/**
 * First files, as people write them who know Docker, Kubernetes, systemd or a shell. What the messages say to write is written, and again, until
 * nothing is told: by then it has to be the file beside it, `good/NAME.yaml`. UPDATE_GOOD=1 writes those, to be read.
 */
const folder = join(import.meta.dirname, "files");
const names = readdirSync(folder)
	.filter((name) => name.endsWith(".yaml"))
	.sort();
const mostRounds = 3;

async function findingsIn(text: string): Promise<readonly Finding[]> {
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: { "/etc/c.yaml": text, "/etc/passwd": "root:x:0:0::/root:/bin/sh\n", "/proc/self/exe": { mode: 0o755 } },
		environment: ["PATH=/bin"],
		overrides: { parseYaml },
	});
	return (await findAll(host, "/etc/c.yaml", { format: "text", image: false, imageUser: undefined, version: "1" })).findings;
}

interface Outcome {
	readonly text: string;
	readonly rounds: number;
	/** What is still told then. */
	readonly left: readonly string[];
}

async function mended(text: string, rounds = 0): Promise<Outcome> {
	const told = (await findingsIn(text)).filter(({ severity }) => severity !== "note");
	const next = corrected(
		text,
		told.flatMap(({ correction }) => correction ?? []),
	).text;
	return told.length === 0 || rounds === mostRounds || next === text
		? { text, rounds, left: told.map(({ code, line, message }) => `${line} ${code}: ${message}`) }
		: mended(next, rounds + 1);
}

/** A person has to know what is meant: how much of that there may be. */
/** What stands for another value, and which words a text is, is for who wrote it to say. */
const needPerson: readonly string[] = ["braces-and-colons.yaml", "indicators.yaml", "quotes-open.yaml"];

describe("a first file", () => {
	it.each(names)("%s is good when what is told has been written", async (name) => {
		const { text, rounds, left } = await mended(readFileSync(join(folder, name), "utf8"));
		const good = join(folder, "../good", name);
		if (process.env["UPDATE_GOOD"] === "1") {
			writeFileSync(good, text);
		}
		expect({ left, text, rounds: rounds >= 1 && rounds <= mostRounds }).toEqual({
			left: needPerson.includes(name) ? expect.anything() : [],
			text: readFileSync(good, "utf8"),
			rounds: true,
		});
	});

	it("is one of fifty, of which hardly any needs a person", () => {
		expect([names.length >= 50, needPerson.length <= 3]).toEqual([true, true]);
	});
});
