import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseIab, parseLibcapText, parseMask, parseNames } from "../../src/capability/libcap-text.ts";
import { securebits } from "../../src/capability/securebits.ts";
import { CapabilitySet } from "../../src/capability/set.ts";
import { debian } from "./harness/images.ts";
import { binary } from "./harness/paths.ts";
import { until } from "./harness/poll.ts";
import { runProcess } from "./harness/process.ts";
import { startContainer } from "./harness/run.ts";

/** What a program says of one process, each in its own words, in one form. Capabilities are masks. */
interface Said {
	readonly effective: string;
	readonly permitted: string;
	readonly inheritable: string;
	readonly bounding: string;
	readonly ambient: string;
	readonly noNewPrivileges: boolean;
	/** Of the asking process alone. */
	readonly securebits: number;
	readonly uid: readonly number[];
	readonly gid: number;
	readonly groups: readonly number[];
}

/** All that the tested kernel knows, which libcap's `=` means. */
const all = CapabilitySet.fromBits((2n << BigInt(readFileSync("/proc/sys/kernel/cap_last_cap", "utf8").trim())) - 1n);

let directory: string;
const endings: (() => unknown)[] = [];

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "abdicate-peers-"));
	chmodSync(directory, 0o755);
	copyFileSync(binary, join(directory, "abdicate"));
	chmodSync(join(directory, "abdicate"), 0o755);
});

afterEach(async () => {
	for (const end of endings.splice(0)) {
		await end();
	}
	rmSync(directory, { recursive: true, force: true });
});

/** Run by the child: it tells of itself, and becomes a program that peers outside can ask about. */
const report = (inspect: string) => `capsh --print; ${inspect} inspect; ${inspect} inspect --json; exec sleep 300`;

interface Child {
	readonly pid: number;
	readonly output: string;
}

async function startOnHost(words: readonly string[]): Promise<Child> {
	const started = collect(words[0] ?? "", words.slice(1));
	return { pid: await sleeping(started, () => started.child.pid), output: started.output() };
}

interface Started {
	readonly child: ChildProcess;
	/** All that was said so far. */
	readonly output: () => string;
}

function collect(program: string, args: readonly string[]): Started {
	const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
	let text = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (chunk: string) => {
			text += chunk;
		});
	}
	endings.push(() => void child.kill("SIGKILL"));
	return { child, output: () => text };
}

/** The pid, once it runs what the report ends with. */
function sleeping({ child, output }: Started, pid: () => number | undefined): Promise<number> {
	return until("the child has reported and sleeps", () => {
		if (child.exitCode !== null) {
			throw new Error(`the child ended with ${child.exitCode}: ${output()}`);
		}
		const found = pid();
		return found !== undefined && commandOf(found) === "sleep" && output().endsWith("}\n") ? found : undefined;
	});
}

function commandOf(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
	} catch {
		return "";
	}
}

async function startInDocker(add: readonly string[], flags: readonly string[] = []): Promise<Child> {
	const container = await startContainer({
		image: debian,
		entrypoint: "bash",
		args: ["-c", report("/abdicate")],
		caps: { drop: ["ALL"], add },
		flags,
	});
	endings.push(container.remove);
	const { stdout } = await container.waitFor("the report", async () => {
		const logs = await container.logs();
		return logs.stdout.endsWith("}\n") && commandOf(container.pid()) === "sleep" ? logs : undefined;
	});
	return { pid: container.pid(), output: stdout };
}

interface RuncProcess {
	readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids?: readonly number[] };
	readonly capabilities: Readonly<Record<"bounding" | "effective" | "permitted" | "inheritable" | "ambient", readonly string[]>>;
	readonly noNewPrivileges: boolean;
}

/** The root file system is made of the machine's own programs, read-only. */
async function startInRunc(process: RuncProcess): Promise<Child> {
	const [bundle, state, id] = [join(directory, "bundle"), join(directory, "state"), `abdicate-test-${randomUUID()}`];
	mkdirSync(join(bundle, "rootfs"), { recursive: true });
	const bind = (source: string, destination = source) => ({ destination, source, type: "bind", options: ["rbind", "ro"] });
	writeFileSync(
		join(bundle, "config.json"),
		JSON.stringify({
			ociVersion: "1.0.2",
			process: { ...process, args: ["bash", "-c", report("/abdicate")], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], cwd: "/" },
			root: { path: "rootfs" },
			mounts: [
				{ destination: "/proc", type: "proc", source: "proc" },
				...["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc"].map((path) => bind(path)),
				bind(join(directory, "abdicate"), "/abdicate"),
			],
			linux: { namespaces: ["pid", "mount", "ipc", "uts", "network"].map((type) => ({ type })) },
		}),
	);
	const pidFile = join(directory, "pid");
	const started = collect("runc", ["--root", state, "run", "--bundle", bundle, "--pid-file", pidFile, id]);
	endings.push(() => runProcess("runc", ["--root", state, "delete", "--force", id]));
	const pid = () => {
		try {
			return Number(readFileSync(pidFile, "utf8"));
		} catch {
			return undefined;
		}
	};
	return { pid: await sleeping(started, pid), output: started.output() };
}

function match(pattern: RegExp, text: string): string {
	const found = pattern.exec(text)?.[1];
	if (found === undefined) {
		throw new Error(`nothing matches ${pattern}: ${text}`);
	}
	return found;
}

function mask(set: CapabilitySet | undefined): string {
	if (set === undefined) {
		throw new Error("not a set");
	}
	return set.hex();
}

const names = (text: string) => mask(text === "" ? CapabilitySet.empty : parseNames(text, all));

function capshSays(output: string): Said {
	const current = parseLibcapText(match(/^Current: (.*)$/m, output), all);
	return {
		effective: mask(current?.effective),
		permitted: mask(current?.permitted),
		inheritable: mask(current?.inheritable),
		bounding: names(match(/^Bounding set =(.*)$/m, output)),
		ambient: names(match(/^Ambient set =(.*)$/m, output)),
		noNewPrivileges: match(/no-new-privs=([01])/, output) === "1",
		securebits: Number(match(/^Securebits: [0-7]+\/(0x[0-9a-f]+)\//m, output)),
		uid: [Number(match(/^uid=([0-9]+)/m, output)), Number(match(/ euid=([0-9]+)/, output))],
		gid: Number(match(/^gid=([0-9]+)/m, output)),
		groups: numbers(match(/^groups=(.*)$/m, output).replace(/\([^)]*\)/g, "")),
	};
}

function numbers(text: string): number[] {
	return text
		.split(/[ ,]+/)
		.filter((word) => word !== "")
		.map(Number);
}

function bitsOf(listed: readonly string[]): number {
	return listed.reduce((sum, name) => sum | securebits[name as keyof typeof securebits], 0);
}

function jsonSays(text: string): Said {
	const { sets, uids, gids, groups, noNewPrivileges, securebits: bits } = JSON.parse(text);
	const set = (listed: readonly string[]) => names(listed.join());
	return {
		effective: set(sets.effective),
		permitted: set(sets.permitted),
		inheritable: set(sets.inheritable),
		bounding: set(sets.bounding),
		ambient: set(sets.ambient),
		noNewPrivileges,
		securebits: bits === null ? Number.NaN : bitsOf(bits),
		uid: [uids[0], uids[1]],
		gid: gids[0],
		groups,
	};
}

const ofDocker =
	"CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,NET_BIND_SERVICE,NET_RAW,SYS_CHROOT,MKNOD,AUDIT_WRITE,SETFCAP";

/** A set in the words of inspect. */
function saidSet(said: string): string {
	const listed = (text: string | undefined) => CapabilitySet.fromBits(BigInt(`0x${names((text ?? "").replaceAll(", ", ","))}`));
	const [, missing] = /^all but (.+)$/.exec(said) ?? [];
	const [usual, more, less] = /^Docker's default set(?:, and (.+?))?(?:, without (.+))?$/.exec(said) ?? [];
	if (usual !== undefined) {
		return mask(CapabilitySet.fromBits(listed(ofDocker).bits | listed(more).bits).minus(listed(less)));
	}
	return said === "none" ? nothing : mask(said === "all" ? all : missing === undefined ? listed(said) : all.minus(listed(missing)));
}

const setNames = ["bounding", "permitted", "effective", "inheritable", "ambient"] as const;

/** Each of the five stands once, and those that are equal stand together. */
function saidSets(output: string): Sets {
	const rows = match(/^ {2}capabilities +((?:.*\n {4,})*.*)$/m, output).split(/\n +/);
	const said = rows.map((each) => {
		const [title = "", text = ""] = each.split(": ");
		return [title === "all five sets" ? setNames : title.split(", "), saidSet(text)] as const;
	});
	expect(said.flatMap(([titles]) => titles).sort()).toEqual([...setNames].sort());
	expect(new Set(said.map(([, set]) => set)).size).toBe(said.length);
	return Object.fromEntries(said.flatMap(([titles, set]) => titles.map((each) => [each, set]))) as unknown as Sets;
}

/** Securebits in the words of inspect: what is locked stands first. */
function saidBits(said: string): number {
	const [listed = "", meaning = ""] = said.split(": ");
	const [, locked = "", others = ""] = /^(?:(.*) \(locked\)(?:, |$))?(.*)$/.exec(listed) ?? [];
	const words = (text: string) => text.split(", ").filter((each) => each !== "" && each !== "none");
	const bits = [
		...words(locked).flatMap((each) => [each, `${each}_locked`]),
		...words(others).map((each) => each.replace(/ \(locked off\)$/, "_locked")),
	];
	expect(bits.filter((each) => !(each in securebits))).toEqual([]);
	expect(meaning).toContain(`uid 0 gets ${bits.includes("noroot") ? "no capability" : "capabilities"} by exec`);
	return bitsOf(bits);
}

/** Real, effective, saved and of the file system: one number where all are that. */
function saidIds(said: string): number[] {
	const [, ...several] = /^real (\d+), effective (\d+), saved (\d+), file system (\d+)$/.exec(said) ?? [];
	return several.length > 0 ? several.map(Number) : Array<number>(4).fill(/^\d+$/.test(said) ? Number(said) : Number.NaN);
}

const hidden = "unknown: the kernel tells them to the process itself alone";

function textSays(output: string): Said {
	const row = (title: string) => match(new RegExp(`^ {2}${title} +(.*)$`, "m"), output);
	const [bits, groups] = [row("securebits"), row("groups")];
	return {
		...saidSets(output),
		noNewPrivileges: row("no_new_privs") === "on",
		securebits: bits === hidden ? Number.NaN : saidBits(bits),
		uid: saidIds(row("uid")).slice(0, 2),
		gid: saidIds(row("gid"))[0] ?? -1,
		groups: groups === "none" ? [] : numbers(groups),
	};
}

type Sets = Pick<Said, "effective" | "permitted" | "inheritable" | "bounding" | "ambient">;

async function getpcapsSays(pid: number): Promise<Sets> {
	const [text, tuple] = await Promise.all([runProcess("getpcaps", [`${pid}`]), runProcess("getpcaps", ["--iab", `${pid}`])]);
	// A quoted text form stands before the tuple when the tuple does not say all.
	const state = parseLibcapText(match(/^[0-9]+: "?([^"[]*)/m, text.stdout + text.stderr), all);
	const iab = match(/\[(.*)\]/, tuple.stdout + tuple.stderr);
	const vectors = iab === "" ? { ambient: CapabilitySet.empty, blocked: CapabilitySet.empty } : parseIab(iab, all);
	return {
		effective: mask(state?.effective),
		permitted: mask(state?.permitted),
		inheritable: mask(state?.inheritable),
		bounding: mask(all.minus(vectors?.blocked ?? all)),
		ambient: mask(vectors?.ambient),
	};
}

interface PscapRow {
	readonly permitted: string;
	readonly hasAmbient: boolean;
	readonly hasBounding: boolean;
}

/** pscap lists processes that hold something, with a mark for a bounding (+) and an ambient (@) set that is not empty. */
async function pscapSays(pid: number): Promise<PscapRow | undefined> {
	const { stdout } = await runProcess("pscap", ["-a"]);
	const held = new RegExp(`^[0-9]+ +${pid} +[^ ]+ +sleep +(.*)$`, "m").exec(stdout)?.[1];
	const [, listed = "", marks = ""] = /^(.*?)((?: [@+])*)$/.exec(held?.trim() ?? "") ?? [];
	return held === undefined
		? undefined
		: { permitted: listed === "full" ? all.hex() : names(listed), hasAmbient: marks.includes("@"), hasBounding: marks.includes("+") };
}

function asPscap({ permitted, effective, ambient, bounding }: Sets): PscapRow | undefined {
	const none = CapabilitySet.empty.hex();
	const holds = permitted !== none || effective !== none;
	return holds ? { permitted, hasAmbient: ambient !== none, hasBounding: bounding !== none } : undefined;
}

function setsOf({ effective, permitted, inheritable, bounding, ambient }: Said): Sets {
	return { effective, permitted, inheritable, bounding, ambient };
}

/** All that can be asked about the child says one thing, which is returned. */
async function agreed({ pid, output }: Child): Promise<Said> {
	const [ownText, ownJson] = [output.slice(output.indexOf("\nGuessed mode")), output.slice(output.indexOf("\n{\n"))];
	const peer = capshSays(output);
	expect(textSays(ownText), "the text of inspect in the child").toEqual(peer);
	expect(jsonSays(ownJson), "the JSON of inspect in the child").toEqual(peer);
	const outside = { ...peer, securebits: Number.NaN };
	const [text, json] = await Promise.all([runProcess(binary, ["inspect", `${pid}`]), runProcess(binary, ["inspect", `${pid}`, "--json"])]);
	expect(textSays(text.stdout), "the text of inspect from outside").toEqual(outside);
	expect(jsonSays(json.stdout), "the JSON of inspect from outside").toEqual(outside);
	expect(await getpcapsSays(pid), "getpcaps").toEqual(setsOf(peer));
	expect(await pscapSays(pid), "pscap").toEqual(asPscap(peer));
	return peer;
}

const caps = (...listed: readonly string[]) => names(listed.join());
const nothing = caps();

/** What the machine itself allows, from which a bounding set starts. */
const bounding = parseMask(match(/^CapBnd:\s*(\S+)$/m, readFileSync("/proc/self/status", "utf8"))) ?? all;

describe("inspect says what capsh --print, getpcaps and pscap say", () => {
	it("of a child of capsh --inh= --drop= --user=nobody", async () => {
		const shell = ["--", "-c", report(join(directory, "abdicate"))];
		const child = await startOnHost(["capsh", "--inh=", "--drop=cap_net_raw,cap_sys_chroot", "--user=nobody", ...shell]);
		expect(await agreed(child)).toEqual({
			...{ effective: nothing, permitted: nothing, inheritable: nothing, ambient: nothing },
			bounding: mask(bounding.minus(CapabilitySet.of("NET_RAW", "SYS_CHROOT"))),
			...{ noNewPrivileges: false, securebits: 0, uid: [65534, 65534], gid: 65534, groups: [65534] },
		});
	});

	it("of a child of setpriv with an ambient and a bounding set, groups and no_new_privs", async () => {
		const child = await startOnHost([
			...[
				"setpriv",
				"--reuid",
				"1234",
				"--regid",
				"1235",
				"--groups",
				"44,4321",
				"--no-new-privs",
				"--inh-caps",
				"+net_bind_service,+chown",
			],
			...["--ambient-caps", "+net_bind_service", "--bounding-set", "-all,+net_bind_service,+chown,+setuid"],
			...["bash", "-c", report(join(directory, "abdicate"))],
		]);
		expect(await agreed(child)).toEqual({
			...{ effective: caps("NET_BIND_SERVICE"), permitted: caps("NET_BIND_SERVICE"), ambient: caps("NET_BIND_SERVICE") },
			...{ inheritable: caps("CHOWN", "NET_BIND_SERVICE"), bounding: caps("CHOWN", "NET_BIND_SERVICE", "SETUID") },
			...{ noNewPrivileges: true, securebits: 0, uid: [1234, 1234], gid: 1235, groups: [44, 4321] },
		});
	});

	it("of a child of setpriv with securebits, where root is not special", async () => {
		const child = await startOnHost([
			...["setpriv", "--clear-groups", "--inh-caps", "+chown", "--securebits", "+noroot,+noroot_locked,+no_setuid_fixup"],
			...["bash", "-c", report(join(directory, "abdicate"))],
		]);
		expect(await agreed(child)).toEqual({
			...{ effective: nothing, permitted: nothing, ambient: nothing, inheritable: caps("CHOWN"), bounding: bounding.hex() },
			...{ noNewPrivileges: false, securebits: 0x07, uid: [0, 0], gid: 0, groups: [] },
		});
	});

	it("of docker run --cap-drop ALL --cap-add", async () => {
		const held = caps("CHOWN", "KILL", "NET_BIND_SERVICE");
		expect(await agreed(await startInDocker(["CHOWN", "KILL", "NET_BIND_SERVICE"], ["--group-add=44"]))).toEqual({
			...{ effective: held, permitted: held, inheritable: nothing, bounding: held, ambient: nothing },
			...{ noNewPrivileges: false, securebits: 0, uid: [0, 0], gid: 0, groups: [0, 44] },
		});
	});

	it("of docker run --cap-drop ALL --cap-add for a user, with no-new-privileges", async () => {
		const flags = ["--user=1000:1000", "--security-opt=no-new-privileges"];
		expect(await agreed(await startInDocker(["NET_BIND_SERVICE"], flags))).toEqual({
			...{ effective: nothing, permitted: nothing, inheritable: nothing, ambient: nothing, bounding: caps("NET_BIND_SERVICE") },
			...{ noNewPrivileges: true, securebits: 0, uid: [1000, 1000], gid: 1000, groups: [1000] },
		});
	});

	it("of runc with the five sets for a user", async () => {
		const three = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
		const child = await startInRunc({
			user: { uid: 1234, gid: 1235, additionalGids: [44, 4321] },
			capabilities: {
				bounding: [...three, "CAP_SETUID"],
				permitted: three,
				effective: ["CAP_KILL"],
				inheritable: three.slice(1),
				ambient: three.slice(2),
			},
			noNewPrivileges: true,
		});
		expect(await agreed(child)).toEqual({
			...{ effective: caps("NET_BIND_SERVICE"), permitted: caps("NET_BIND_SERVICE"), ambient: caps("NET_BIND_SERVICE") },
			...{ inheritable: caps("KILL", "NET_BIND_SERVICE"), bounding: caps("CHOWN", "KILL", "NET_BIND_SERVICE", "SETUID") },
			...{ noNewPrivileges: true, securebits: 0, uid: [1234, 1234], gid: 1235, groups: [44, 4321] },
		});
	});

	it("of runc with the five sets for root", async () => {
		const child = await startInRunc({
			user: { uid: 0, gid: 0 },
			capabilities: {
				bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"],
				permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"],
				effective: ["CAP_CHOWN"],
				inheritable: ["CAP_SETUID"],
				ambient: ["CAP_SETUID"],
			},
			noNewPrivileges: false,
		});
		const held = caps("CHOWN", "KILL", "SETUID");
		expect(await agreed(child)).toEqual({
			...{ effective: held, permitted: held, inheritable: caps("SETUID"), bounding: held, ambient: caps("SETUID") },
			...{ noNewPrivileges: false, securebits: 0, uid: [0, 0], gid: 0, groups: [] },
		});
	});
});
