import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "@swc/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/report/failure.ts";
import { shellWord } from "../../../src/report/shell.ts";
import { quoted } from "../../../src/report/text.ts";
import { joined, linesOf, type Runtime } from "../../../src/report/ways.ts";
import { yamlQuoted } from "../../../src/report/yaml.ts";
import { spokenBy } from "../../../src/sys/runtime.ts";
import { runs } from "../harness/runs.ts";

const grant =
	'docker run --cap-add CHOWN ... | compose: cap_add: [CHOWN] | kubernetes: securityContext.capabilities.add: ["CHOWN"] | systemd: CapabilityBoundingSet=CAP_CHOWN';

describe("a remedy in the words of whoever is there", () => {
	it.each<[Runtime | undefined, readonly string[]]>([
		[undefined, ["docker run --cap-add CHOWN ...", "compose: cap_add: [CHOWN]", 'kubernetes: securityContext.capabilities.add: ["CHOWN"]']],
		["docker", ["docker run --cap-add CHOWN ...", "compose: cap_add: [CHOWN]"]],
		["podman", ["podman run --cap-add CHOWN ..."]],
		["nerdctl", ["nerdctl run --cap-add CHOWN ..."]],
		["kubernetes", ['kubernetes: securityContext.capabilities.add: ["CHOWN"]']],
		["systemd", ["systemd: CapabilityBoundingSet=CAP_CHOWN"]],
	])("%s", (runtime, lines) => {
		expect(linesOf(grant, runtime)).toEqual(lines);
	});

	it("leads in once, and leaves what is of no tool to all", () => {
		const remedy = "or without the machine's: docker run --x ... | kubernetes: y | or on_disk: allow";
		expect(linesOf(remedy)).toEqual(["or without the machine's:", "  docker run --x ...", "  kubernetes: y", "or on_disk: allow"]);
		expect(linesOf(remedy, "kubernetes")).toEqual(["or without the machine's: kubernetes: y", "or on_disk: allow"]);
		expect(linesOf(remedy, "systemd")).toEqual(linesOf(remedy));
		expect(linesOf("chown app /data", "docker")).toEqual(["chown app /data"]);
	});

	it("is the same when it is said once more", () => {
		for (const runtime of [undefined, "docker", "podman", "kubernetes", "systemd"] as const) {
			const lines = linesOf(`lead: ${grant}`, runtime);
			expect(lines.flatMap((line) => linesOf(line, runtime))).toEqual(lines);
		}
	});

	it("of a limit each has its own form, and a Pod has none", () => {
		const remedy = "docker run --ulimit fsize=-1";
		const pods = "a Pod has no field for it, the runtime of its node has: LimitFSIZE of containerd.service, default_ulimits of CRI-O";
		expect(linesOf(remedy, "docker")).toEqual(["docker run --ulimit fsize=-1 ...", "compose: ulimits: {fsize: -1}"]);
		expect(linesOf(remedy, "kubernetes")).toEqual([`kubernetes: ${pods}`]);
		expect(linesOf(remedy, "systemd")).toEqual(["systemd: LimitFSIZE=infinity"]);
		expect(linesOf(remedy).flatMap((line) => linesOf(line))).toEqual(linesOf(remedy));
	});

	it("what comes from a user stays in its quotes, whatever it holds", () => {
		const hostile = fc
			.array(fc.constantFrom(" | ", "compose: ", "kubernetes: ", "docker run ", ": ", "'", '"', "\\", "a", "\n", "$'", " "))
			.map((each) => each.join(""));
		fc.assert(
			fc.property(hostile, (text) => {
				const words = [shellWord(text), yamlQuoted(text), quoted(text)] as const;
				const remedy = `the machine's: docker run --x ${words[0]} ... | compose: x: [${words[1]}] | kubernetes: ${words[2]}`;
				expect(linesOf(remedy)).toEqual([
					"the machine's:",
					`  docker run --x ${words[0]} ...`,
					`  compose: x: [${words[1]}]`,
					`  kubernetes: ${words[2]}`,
				]);
			}),
			{ numRuns: runs(2000) },
		);
	});
});

describe("remedies of several errors", () => {
	const error = (message: string, ...remedy: string[]): Diagnostic => ({ code: "STEP_FAILED", message, remedy });
	const device = 'docker run --device /dev/fuse ... | compose: devices: ["/dev/fuse"] | kubernetes: a device plugin';

	it("are one line with all flags, told with the last", () => {
		const other = grant.replaceAll("CHOWN", "SYS_ADMIN");
		const [first, second, third, fourth] = joined([
			error("a", grant),
			error("b", device, "or: docker run --y ..."),
			error("c", other),
			error("d", "chown"),
		]);
		expect([first?.remedy, second?.remedy, fourth?.remedy]).toEqual([[], ["or: docker run --y ..."], ["chown"]]);
		expect(third?.remedy).toEqual([
			'docker run --cap-add CHOWN --device /dev/fuse --cap-add SYS_ADMIN ... | compose: cap_add: [CHOWN, SYS_ADMIN], devices: ["/dev/fuse"] | kubernetes: securityContext.capabilities.add: ["CHOWN", "SYS_ADMIN"]; a device plugin | systemd: CapabilityBoundingSet=CAP_CHOWN; CapabilityBoundingSet=CAP_SYS_ADMIN',
		]);
	});

	it("name in a list what several take once, and part no value at its comma", () => {
		const lists = (...items: string[]) => `docker run --tmpfs /a ... | compose: tmpfs: [${items.join(", ")}]`;
		const [, second] = joined([error("a", lists('"/a"', '"/b:size=1,mode=1"')), error("b", lists('"/c"', '"/a"'))]);
		expect(second?.remedy).toEqual(['docker run --tmpfs /a ... | compose: tmpfs: ["/a", "/b:size=1,mode=1", "/c"]']);
	});

	it("have one mapping of a key", () => {
		const limit = (name: string) => `docker run --ulimit ${name}=5`;
		const [, second] = joined([error("a", limit("nofile")), error("b", limit("nproc"))]);
		expect(linesOf(second?.remedy?.[0] ?? "", "docker")).toEqual([
			"docker run --ulimit nofile=5 --ulimit nproc=5 ...",
			"compose: ulimits: {nofile: 5, nproc: 5}",
		]);
	});

	it("stay as they are where there is one", () => {
		const all = [error("a", device, "or this"), error("b", "chown")];
		expect(joined(all)).toEqual(all);
	});
});

const src = join(import.meta.dirname, "../../../src");

interface Node {
	readonly type?: string;
	readonly [key: string]: unknown;
}

/** All texts, with a word for every hole. */
function textsIn(part: unknown): string[] {
	if (part === null || typeof part !== "object") {
		return [];
	}
	const node = part as Node;
	const own =
		node.type === "StringLiteral"
			? [`${node["value"]}`]
			: node.type === "TemplateLiteral"
				? [(node["quasis"] as Node[]).map(({ cooked }) => `${cooked}`).join("HOLE")]
				: [];
	return [...own, ...Object.values(node).flatMap(textsIn)];
}

it("whatever in the sources names several tools is written so that it can be told in the words of one", () => {
	const part = /^(?:docker run |compose: |kubernetes: |systemd: |or |of |and |HOLE$|paths: )/;
	const isWay = (text: string) => {
		const [first = "", ...others] = text.split(" | ");
		return /(?:^|: |-> |or |; )docker run /.test(first) && others.every((each) => part.test(each));
	};
	const texts = readdirSync(src, { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".ts"))
		.flatMap((name) =>
			textsIn(parseSync(readFileSync(join(src, name), "utf8"), { syntax: "typescript", target: "es2022" }).body)
				.flatMap((text) => text.split("\n"))
				.map((text) => `${name}: ${text}`),
		)
		.filter((text) => text.includes(" | ") && /docker run |compose: |kubernetes: /.test(text));
	expect(texts.length).toBeGreaterThan(40);
	expect(texts.filter((text) => !isWay(text.replace(/^\S+: /, "")))).toEqual([]);
});

it("leaves the pipe of a shell in its line", () => {
	expect(linesOf("docker inspect IMAGE | abdicate init -")).toEqual(["docker inspect IMAGE | abdicate init -"]);
	expect(linesOf("docker run --init ... | or here: a | b")).toEqual(["docker run --init ...", "or here: a | b"]);
});

it("what helps with several is told with the last as text, and with each as data", () => {
	const all = [
		{ message: "a", remedy: ["mount /proc", "docker run --cap-add CHOWN ..."] },
		{ message: "b", remedy: ["mount /proc", "docker run --cap-add FOWNER ..."] },
	];
	expect(spokenBy(all, "docker").map(({ remedy }) => remedy)).toEqual([
		[],
		["docker run --cap-add CHOWN --cap-add FOWNER ...", "mount /proc"],
	]);
	expect(spokenBy(all, "docker", "json")).toEqual(all);
});
