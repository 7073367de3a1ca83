import { type Case, lineOf, start } from "../harness/case.ts";
import type { Release } from "../harness/kernel.ts";
import { app, report } from "../harness/report.ts";

const wall = { write: ["/data"], bind: [8080] };
const config = (more: object = {}) => ({ user: "app", setup: [{ own: "/data" }], landlock: { ...wall, ...more } });
const at = JSON.stringify(config()).indexOf('{"write"') + 1;

/** What each may, and what the wall says about it; a file of the user's lies outside. */
const prepare = "mkdir /tmp/own; touch /tmp/own/file; chown -R 1000:1000 /tmp/own";
type Answers = Readonly<Record<string, string | null>>;
const inside: Answers = { "write /data/new": null, "open /data": null, "truncate /data/new": null, "bind 8080": null };
const outside: Answers = {
	"open /": "EACCES",
	"read /tmp/own/file": "EACCES",
	"write /tmp/own/file": "EACCES",
	"truncate /tmp/own/file": "EACCES",
	"bind 8081": "EACCES",
};

function tried(name: string, more: object, answers: Answers, on: readonly Release[], ...stderr: string[]): Case {
	const acts = Object.entries(answers).map(([words, errno]) => ({ act: words.split(" ")[0] as string, ok: errno === null, errno }));
	return {
		name,
		config: config(more),
		script: start(`-- /probe try ${Object.keys(answers).join(" -- ")}`, { prepare }),
		expected: { status: 0, stderr, acts: acts.map((act) => (act.act === "read" && act.ok ? { ...act, content: "" } : act)) },
		on,
	};
}

const changed = "abdicate: changed  setup[0] own /data to 1000:1000 (mismatched): 1 of 1 entries re-owned";
const verified = "abdicate: verified drop: uid 1000, gid 1000, capabilities none, then /probe";
const walls = "abdicate: confined walls: landlock ABI 6 (files, bind, abstract_sockets, signals)";
const noLandlock = "this kernel has no Landlock, or a seccomp filter hides it (landlock_create_ruleset: ENOSYS)";
const nothingWalled = `abdicate: warning: landlock: the file system stays open; TCP ports stay open: ${noLandlock}`;
const all = Object.fromEntries(Object.keys(outside).map((act) => [act, null]));
const walled = report({ ...app, more: { opensRoot: false } });
/** Where there are rules for ports, a filter closes other ways to them. */
const guarded = report({ ...app, more: { opensRoot: false, seccomp: 2, seccompFilters: 1 } });

export const landlock: readonly Case[] = [
	{
		name: "no Landlock: what is written is demanded",
		config: config(),
		script: start("-- /probe"),
		expected: {
			status: 125,
			stderr: [
				`abdicate: error[LANDLOCK_UNAVAILABLE] /etc/case.yaml:1:${at} landlock: ${noLandlock}`,
				...lineOf(config(), at),
				"  a kernel from Linux 5.13 on with CONFIG_SECURITY_LANDLOCK, and a runtime whose filter knows the call: a newer Docker",
				"  or minimum: 0, which starts the workload without this wall where there is none",
			],
		},
		on: ["bullseye"],
	},
	{
		name: "no Landlock: minimum 0 goes on without, and says so",
		config: config({ minimum: 0 }),
		script: start("-v -- /probe"),
		expected: {
			status: 0,
			stderr: [nothingWalled, changed, verified],
			probe: report(app),
		},
		on: ["bullseye"],
	},
	tried("no Landlock: nothing is walled then", { minimum: 0 }, { ...inside, ...all }, ["bullseye"], nothingWalled),
	{
		name: "ABI 2: what is written is demanded",
		config: config(),
		script: start("-- /probe"),
		expected: {
			status: 125,
			stderr: [
				`abdicate: error[LANDLOCK_UNAVAILABLE] /etc/case.yaml:1:${at} landlock: what is written takes Landlock ABI 4 (Linux 6.7), for bind; this kernel has ABI 2`,
				...lineOf(config(), at),
				"  a kernel from Linux 6.7 on",
				"  or minimum: 2, which goes without: truncate(2) is not refused anywhere; ioctl(2) on devices is not refused; TCP ports stay open",
			],
		},
		on: ["bookworm"],
	},
	{
		name: "ABI 2: minimum 2 walls what it can, and says what it cannot",
		config: config({ minimum: 2 }),
		script: start("-v -- /probe"),
		expected: {
			status: 0,
			stderr: [
				"abdicate: note: landlock: truncate(2) is not refused anywhere; ioctl(2) on devices is not refused; TCP ports stay open: this kernel has Landlock ABI 2",
				changed,
				verified,
				"abdicate: confined walls: landlock ABI 2 (files)",
			],
			probe: walled,
		},
		on: ["bookworm"],
	},
	tried("ABI 2: all but that is walled", { minimum: 2 }, { ...inside, ...outside, "truncate /tmp/own/file": null, "bind 8081": null }, [
		"bookworm",
	]),
	{
		name: "ABI 6: all is walled, and nothing is said to be missing",
		config: config({ scope: ["signals", "abstract_sockets"] }),
		script: start("-v -- /probe"),
		expected: { status: 0, stderr: [changed, verified, walls], probe: guarded },
		on: ["trixie"],
	},
	tried("ABI 6: what is written may be done and nothing else", {}, { ...inside, ...outside }, ["trixie"]),
];
