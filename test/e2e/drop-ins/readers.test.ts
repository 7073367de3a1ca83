import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseMask } from "../../../src/capability/libcap-text.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { binary, root } from "../harness/paths.ts";
import { runProcess } from "../harness/process.ts";

const holder = join(import.meta.dirname, "held.pl");

/** What this machine gives its root, from which the processes are made. */
const machine = (line: string) =>
	parseMask(new RegExp(`^${line}:\\s*(\\S+)`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "");
const [held, allowed] = [machine("CapPrm"), machine("CapBnd")].map((set) => set ?? CapabilitySet.empty) as [CapabilitySet, CapabilitySet];

const mask = fc.oneof(
	fc.constantFrom(0n, (1n << 41n) - 1n),
	fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 4 }).map((bits) => bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)),
	fc.bigInt({ min: 0n, max: (1n << 41n) - 1n }),
);

interface Held {
	readonly name: string;
	readonly uid: number;
	readonly sets: readonly CapabilitySet[];
}

/** Effective, permitted, inheritable, ambient, bounding, within what the kernel allows of them. */
const process: fc.Arbitrary<Held> = fc
	.record({
		masks: fc.tuple(mask, mask, mask, mask, mask),
		uid: fc.constantFrom(0, 1, 1000, 65534, 3_000_000_000),
		name: fc.constantFrom("server", "a b", "(x) y", "fifteen-bytes-x", "slash\\n"),
	})
	.map(({ masks, uid, name }) => {
		const [e, p, i, a, b] = masks.map(CapabilitySet.fromBits) as [
			CapabilitySet,
			CapabilitySet,
			CapabilitySet,
			CapabilitySet,
			CapabilitySet,
		];
		const [bounding, permitted] = [b.intersection(allowed), p.intersection(held)];
		const inheritable = i.intersection(bounding);
		const ambient = a.intersection(permitted).intersection(inheritable);
		return { name, uid, sets: [e.intersection(permitted), permitted, inheritable, ambient, bounding] };
	});

/** One of each kind that pscap words differently, and others. */
const { empty } = CapabilitySet;
const chosen: readonly Held[] = [
	{ name: "everything", uid: 0, sets: [allowed, held, empty, empty, allowed].map((set) => set.intersection(held)) },
	{ name: "nothing", uid: 1000, sets: [empty, empty, empty, empty, empty] },
	{ name: "lowered", uid: 0, sets: [empty, held, empty, empty, allowed] },
	...fc.sample(process, { numRuns: 24, seed: 18 }),
];

const words = ({ name, uid, sets }: Held) => [name, `${uid}`, ...sets.map((set) => set.hex())];
const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "abdicate-readers-"));
	chmodSync(directory, 0o755);
	copyFileSync(binary, join(directory, "abdicate"));
	for (const name of ["getpcaps", "pscap"]) {
		symlinkSync("abdicate", join(directory, name));
	}
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a script in a PID namespace whose second process is an ordinary one, among such processes; `$ours` is the folder of ours, `$pids` are theirs. */
async function amongThem(script: string, processes: readonly Held[] = chosen): Promise<string> {
	const lines = [
		"sleep 600 &",
		"set -e; mount -t tmpfs none /mnt; cd /mnt; touch pids",
		...processes.map((each) => `perl ${holder} ${words(each).map(quote).join(" ")} >>pids &`),
		`for try in $(seq 600); do [ "$(wc -l <pids)" = ${processes.length} ] && break; sleep 0.05; done`,
		`ours=${directory}; pids=$(sort -n pids)`,
		script,
	];
	const namespaces = ["--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"];
	const { stdout, stderr, status } = await runProcess("unshare", [...namespaces, "bash", "-c", lines.join("\n")]);
	expect([status, stderr]).toEqual([0, ""]);
	return stdout;
}

/** What theirs and ours print, on both outputs, and their statuses. */
async function both(
	program: string,
	args: string,
	processes?: readonly Held[],
	before = "",
): Promise<readonly [theirs: string, ours: string]> {
	const line = (path: string) => `${path} ${args} 2>&1 || echo "status $?"`;
	const [theirs = "", ours = ""] = (await amongThem(`${before}${line(program)}; echo ----; ${line(`$ours/${program}`)}`, processes)).split(
		"----\n",
	);
	return [theirs, ours];
}

describe("getpcaps says what libcap's says", () => {
	it.each(["", "--verbose", "--ugly", "--legacy", "--iab", "--iab --verbose", "--iab --ugly"])(
		"of processes with any sets: %s",
		async (options) => {
			const [theirs, ours] = await both("getpcaps", `${options} 1 $pids 2`);
			expect(ours).toBe(theirs);
			expect(ours.trimEnd().split("\n")).toHaveLength(chosen.length + 2);
		},
	);

	it("of itself, whatever it was started with", async () => {
		const starts = [
			"",
			"setpriv --reuid=1000 --regid=1000 --clear-groups",
			"setpriv --bounding-set=-kill --inh-caps=+chown --ambient-caps=+chown",
			"capsh --inh=cap_chown --drop=cap_kill --user=nobody --shell=/usr/bin/env --",
		];
		const line = (program: string) => starts.map((start) => `${start} ${program} 0 00 -0 +0 ' 0' --verbose 0`).join("\n");
		const ours = await amongThem(line("$ours/getpcaps"), []);
		expect(ours).toBe(await amongThem(line("getpcaps"), []));
		expect(ours.split("\n")).toHaveLength(starts.length * 6 + 1);
	});

	it.each([
		"",
		"--help",
		"-h",
		"--usage",
		"word",
		"1x",
		"0x1",
		"-1",
		"2147483648",
		"4294967297",
		"99999999999999999999",
		"2147483647",
		"--unknown 1",
		"-v 1",
		"1 word 1",
		"word 1",
		"1 --help",
		"--iab 2147483647 1",
	])("and ends as it, saying something on the same output: getpcaps %s", async (args) => {
		const run = (program: string) => amongThem(`${program} ${args} 2>errors || echo "status $?"; test -s errors && echo said`, []);
		expect(await run("$ours/getpcaps")).toBe(await run("getpcaps"));
	});

	it("without a /proc too", async () => {
		const line = (program: string) => `${program} 1 2`;
		const [theirs, ours] = (
			await amongThem(`mount -t tmpfs none /proc; ${line("getpcaps")}; echo ----; ${line("$ours/getpcaps")}`, [])
		).split("----\n");
		expect(ours).toBe(theirs);
		expect(ours).toMatch(/^1: =/);
	});
});

/** The keys of the table on a page. */
function keysOf(page: string): string[] {
	const text = readFileSync(join(root, "docs/drop-ins", page), "utf8");
	return [...(text.split("## What differs")[1] ?? "").matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, key = ""]) => key);
}

/** What both come to, where they are meant to differ. */
const intended: Readonly<
	Record<string, Readonly<Record<string, { args: string; before?: string; processes?: readonly Held[]; theirs: RegExp; ours: RegExp }>>>
> = {
	getpcaps: {
		"empty-pid": { args: "''", theirs: /^: =/, ours: /USAGE.*\nstatus 1\n$/ },
		"iab-of-itself": { args: "--iab 0", theirs: /^ no IAB value for 0\n0: ".*"status 1\n$/, ours: /^0: "=ep[^"]*"( \[.*\])?\n$/ },
		license: { args: "--license", theirs: /Morgan/, ours: /^abdicate.*Apache-2\.0\n$/ },
	},
	pscap: {
		"second-process": { args: "", theirs: /^$/, ours: /^ppid.*\n1 {5}2 {5}root {8}sleep {15}\S.*\n$/ },
		"large-uid": {
			args: "| grep 1294967",
			processes: [{ name: "large", uid: 3_000_000_000, sets: [held, held, empty, empty, empty] }],
			theirs: /-1294967296 {2}large/,
			ours: /^status 1\n$/,
		},
		"control-characters": {
			args: "| grep large",
			processes: [{ name: "\u001b[2Jlarge", uid: 0, sets: [held, held, empty, empty, empty] }],
			theirs: /root {8}\x1b\[2Jlarge {9}/,
			ours: /root {8}\\x1b\[2Jlarge {6}/,
		},
		"no-proc": { args: "", before: "mount -t tmpfs none /proc; ", theirs: /^$/, ours: /PROCESS_UNKNOWN.*\n.*\nstatus 1\n$/ },
	},
};

describe.each(Object.entries(intended))("what differs of %s", (program, cases) => {
	it("is what its page says", () => {
		expect(keysOf(`${program}.md`)).toEqual(Object.keys(cases));
	});

	it.each(Object.entries(cases))("%s", async (_, { args, before = "", processes = [], theirs, ours }) => {
		const found = await both(program, args, processes, before);
		expect(found[0]).toMatch(theirs);
		expect(found[1]).toMatch(ours);
	});
});

describe("pscap says what libcap-ng's says", () => {
	it.each(["-a", ""])("of processes with any sets: pscap %s", async (args) => {
		const [theirs, ours] = await both("pscap", args);
		// The second process of the namespace, which theirs leaves out.
		expect(ours.split("\n").filter((line) => !line.startsWith("1     2 "))).toEqual(theirs.split("\n").map(unsigned));
		expect(theirs.split("\n").length).toBeGreaterThan(10);
	});

	it("of processes in another user namespace", async () => {
		const start = "unshare --user --map-root-user sleep 600 & until grep -q sleep /proc/$!/comm; do :; done";
		const [theirs = "", ours = ""] = (await amongThem(`${start}; pscap; echo ----; $ours/pscap`, [])).split("----\n");
		expect(ours.replace(/^1 {5}2 .*\n/m, "")).toBe(theirs);
		expect(ours).toMatch(/ sleep \* {13}full \+\n$/);
	});

	it.each(["-x", "-a -a", "--tree", "-p 1", "-a x", "1"])("and ends as it: pscap %s", async (args) => {
		const run = (program: string) => amongThem(`${program} ${args} 2>errors || echo "status $?"; test -s errors && echo said`, []);
		expect(await run("$ours/pscap")).toBe(await run("pscap"));
	});
});

/** With a uid as it is. */
function unsigned(line: string): string {
	return line.replace(/-\d+ +/, (text) => `${Number(text) + 2 ** 32}`.padEnd(12));
}
