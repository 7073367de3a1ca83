import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../harness/house/run.ts";
import { schemaErrors } from "../harness/json-schema.ts";
import { busybox, debian } from "./harness/images.ts";
import { binary } from "./harness/paths.ts";
import { runProcess } from "./harness/process.ts";

type Told = Readonly<Record<string, unknown>> & { readonly unknown: Readonly<Record<string, string>> };

/** Every value of a JSON form by where it stands, a namespace by its kind. */
function valuesIn(value: unknown, where = ""): [where: string, value: unknown][] {
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		const isNamespaces = where === "namespaces";
		return isNamespaces
			? (value as { kind: string }[]).flatMap(({ kind, ...rest }) => valuesIn(rest, `namespaces.${kind}`))
			: [[where, value]];
	}
	return Object.entries(value).flatMap(([name, each]) => valuesIn(each, where === "" ? name : `${where}.${name}`));
}

/** What was read, and what was not: that is null, and has a reason. Fails for a value that is another than root's. */
function comparedWith(truth: Told, seen: Told): string[] {
	expect([schemaErrors("inspect", truth), schemaErrors("inspect", seen)]).toEqual([[], []]);
	const { unknown: _, ...rest } = truth;
	const told = new Map(valuesIn(seen));
	const reasons = Object.keys(seen.unknown);
	const isUnknown = (where: string) => reasons.some((each) => where === each || where.startsWith(`${each}.`));
	const wrong = valuesIn(rest).filter(
		([where, value]) => !isUnknown(where) && JSON.stringify(told.get(where)) !== JSON.stringify(value) && value !== null,
	);
	expect(wrong).toEqual([]);
	expect(valuesIn(seen).filter(([where, value]) => value === null && !isUnknown(where))).toEqual([]);
	return reasons;
}

const whole = (text: string) => text.split("\u0000").map((each) => JSON.parse(each) as Told);
const members = (told: Told) => new Set(Object.keys(told.unknown).map((each) => each.split(".")[0]));

/** A victim that listens on a privileged port, has groups and something in its environment; root's word about it comes first. */
async function seenBy(viewers: readonly string[], start: string) {
	const script = `${start} & pid=$!; sleep 0.5
${["/abdicate inspect $pid --json", ...viewers].join("; printf '\\0'; ")}; kill -9 $pid`;
	const { stdout, stderr } = await runHouse({ image: debian, entrypoint: "sh", args: ["-c", script], caps: { add: ["ALL"] } });
	if (!stdout.startsWith("{")) {
		throw new Error(`${stdout}${stderr}`);
	}
	return whole(stdout);
}

const listening = `perl -MSocket -e 'socket(A, PF_INET, SOCK_RAW, 1) or die; sleep 300'`;
const victim = (how: string) => `env - SECRET=1 setpriv ${how} ${listening}`;
const inspect = "/abdicate inspect $pid --json";
const asApp = `setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all --bounding-set=-all`;

describe("inspect of what it may not read", () => {
	it("is told by root as the kernel has it", async () => {
		const [truth] = await seenBy([], victim("--groups 44,45 --no-new-privs --inh-caps=-all,+chown"));
		const { pid, groups, sets, noNewPrivileges, privilegedSockets, environment, unknown } = truth as Told;
		expect({ groups, sets, noNewPrivileges, privilegedSockets, environment }).toMatchObject({
			groups: [44, 45],
			noNewPrivileges: true,
			privilegedSockets: [{ kind: "raw", address: "0.0.0.0", protocol: 1 }],
			environment: ["SECRET"],
			sets: { inheritable: ["CHOWN"], ambient: [] },
		});
		expect(pid).toBeGreaterThan(1);
		expect(unknown["securebits"]).toBe("the kernel tells them to the process itself alone");
		// A house has no cgroups.
		expect([...members(truth as Told)]).toEqual(["securebits", "limits"]);
	});

	it.each([
		[
			"another user",
			asApp,
			/it is uid 0 gid 0, this is 1000 1000, and SYS_PTRACE is not held$|for uid 0 alone, and DAC_READ_SEARCH and SYS_PTRACE are not held$/,
		],
		[
			"another user with SYS_PTRACE",
			"setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all,+sys_ptrace --ambient-caps=+sys_ptrace",
			/it is for uid 0 alone, and DAC_READ_SEARCH is not held$/,
		],
		[
			"root without SYS_PTRACE",
			"capsh --drop=cap_sys_ptrace --inh= --",
			/it is permitted .*SYS_PTRACE.*, which is not effective here, and SYS_PTRACE is not held$/,
		],
		[
			"root of another user namespace",
			"unshare --user --map-root-user",
			/it is in another user namespace, where SYS_PTRACE held here counts for nothing$/,
		],
	])("%s is told all but what the kernel refuses, with its reason", async (_, how, reason) => {
		const viewer = how.startsWith("capsh") ? `${how} -c "${inspect}"` : `${how} ${inspect}`;
		const [truth, seen] = (await seenBy([viewer], victim("--groups 44,45"))) as [Told, Told];
		const refused = comparedWith(truth, seen);
		// Who may trace is told the namespaces.
		const hidden = how.includes("+sys_ptrace") ? ["privilegedSockets"] : ["namespaces", "privilegedSockets"];
		expect(hidden.filter((each) => !members(seen).has(each))).toEqual([]);
		expect(seen["privilegedSockets"]).toBeNull();
		const ofTruth = [...Object.keys(truth.unknown), "groups"];
		for (const where of refused.filter((each) => !ofTruth.includes(each))) {
			expect(seen.unknown[where]).toMatch(reason);
		}
	});

	it("a process that hidepid hides is told by capget, and all else unknown", async () => {
		const mount = "mount -t proc -o hidepid=2 proc /proc";
		const [truth, seen] = (await seenBy([`${mount}; ${asApp} ${inspect}`], victim("--groups 44,45"))) as [Told, Told];
		comparedWith(truth, seen);
		const reason = "/proc is mounted with hidepid=invisible, and SYS_PTRACE is not held";
		expect(Object.entries(seen).filter(([, value]) => value !== null && typeof value !== "object")).toEqual([
			["pid", truth["pid"]],
			["landlock", truth["landlock"]],
		]);
		expect(seen.unknown["groups"]).toBe(`open /proc/${truth["pid"]}/status: ENOENT: ${reason}`);
	});

	it("of a user's own process that may not be dumped, and of one that holds more", async () => {
		const own = "setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=+chown --ambient-caps=+chown sleep 300";
		const [truth, seen] = (await seenBy([`${asApp} ${inspect}`], own)) as [Told, Told];
		comparedWith(truth, seen);
		expect(seen.unknown["environment"]).toMatch(/it is permitted CHOWN, which is not effective here, and SYS_PTRACE is not held$/);
	});

	it("a zombie has nothing left but what it was, and that is told as none", async () => {
		const zombie = "for each in /proc/[0-9]*; do grep -q '^State:.Z' $each/status && zombie=${each#/proc/}; done";
		const [, seen] = (await seenBy(
			[`${zombie}; /abdicate inspect $zombie --json`],
			"setpriv --groups 44,45 perl -e 'if (fork) {sleep 300}'",
		)) as [Told, Told];
		expect(schemaErrors("inspect", seen)).toEqual([]);
		expect(seen).toMatchObject({ state: "zombie", groups: [44, 45], arguments: [], environment: [], privilegedSockets: [] });
		expect(members(seen)).toEqual(new Set(["securebits", "limits"]));
	});

	it("tells of this process without a /proc, and with that of another pid namespace, by its calls", async () => {
		const run = (script: string) => runHouse({ image: debian, entrypoint: "sh", args: ["-c", script], caps: { add: ["ALL"] } });
		const { stdout } = await run(
			"/abdicate inspect --json; printf '\\0'; unshare --pid --fork /abdicate inspect --json; printf '\\0'; umount -l /proc; /abdicate inspect --json",
		);
		const [truth, nested, bare] = whole(stdout) as [Told, Told, Told];
		for (const [seen, reason] of [
			[nested, "the /proc here is that of another pid namespace"],
			[bare, "the kernel's /proc is not mounted"],
		] as const) {
			const { uids, gids, groups, sets, securebits, noNewPrivileges, seccomp } = seen;
			expect({ groups, sets, securebits, noNewPrivileges, seccomp }).toEqual(
				Object.fromEntries(["groups", "sets", "securebits", "noNewPrivileges", "seccomp"].map((name) => [name, truth[name]])),
			);
			expect([uids, gids]).toEqual([(truth["uids"] as number[]).slice(0, 3), (truth["gids"] as number[]).slice(0, 3)]);
			expect(seen.unknown["namespaces.net.id"]).toBe(reason);
			expect(seen.unknown["limits.pids"]).toBe(reason);
			expect(schemaErrors("inspect", seen)).toEqual([]);
		}
	});

	it.skipIf(!existsSync("/proc/2/status") || !/^PPid:\t0$/m.test(readFileSync("/proc/2/status", "utf8")))(
		"a thread of the kernel has no command, no environment and no descriptors",
		async () => {
			const seen = JSON.parse((await runProcess(binary, ["inspect", "2", "--json"])).stdout) as Told;
			expect(seen).toMatchObject({ state: "kernel thread", arguments: [], environment: [], privilegedSockets: [] });
			expect(schemaErrors("inspect", seen)).toEqual([]);
		},
	);

	it.skipIf(!existsSync("/usr/bin/runsc"))("in gVisor, whose status lacks lines, none of them is told as none", async () => {
		const state = mkdtempSync(join(tmpdir(), "abdicate-inspect-gvisor-"));
		try {
			const sandbox = ["--root", state, "--network=none", "--ignore-cgroups", "--platform=ptrace", "do"];
			const look = `${binary} inspect --json; printf '\\0'; sleep 60 & ${binary} inspect $! --json; printf '\\0'; cat /proc/$!/status; kill -9 $!`;
			const { stdout, stderr } = await runProcess("runsc", [...sandbox, "sh", "-c", look], {
				env: { PATH: process.env["PATH"] },
				seconds: 60,
			});
			const [own, other, status = ""] = stdout.split("\u0000");
			expect(stderr).toBe("");
			const [self, child] = [JSON.parse(own ?? ""), JSON.parse(other ?? "")] as [Told, Told];
			expect([schemaErrors("inspect", self), schemaErrors("inspect", child)]).toEqual([[], []]);
			expect(self.unknown["securebits"]).toBe(
				"prctl(PR_GET_SECUREBITS): EINVAL: the kernel, or the file system, does not take such a value",
			);
			const lines = { noNewPrivileges: "NoNewPrivs", seccomp: "Seccomp", groups: "Groups", "sets.ambient": "CapAmb", uids: "Uid" };
			for (const [member, line] of Object.entries(lines)) {
				const isTold = new RegExp(`^${line}:`, "m").test(status);
				expect([member, child.unknown[member]]).toEqual([
					member,
					isTold ? undefined : `/proc/${child["pid"]}/status of this kernel has no line ${line}`,
				]);
			}
		} finally {
			rmSync(state, { recursive: true, force: true });
		}
	});

	it("fits 80 columns, of which names are clipped on a terminal alone", async () => {
		const run = (env: Record<string, string>, ...args: string[]) =>
			runHouse({ image: busybox, args: ["inspect", ...args], env, caps: { add: ["ALL"] } });
		for (const args of [[], ["--namespaces"], ["--score"], ["--all"], ["--tree"]]) {
			const { stdout } = await run({ COLUMNS: "80" }, ...args);
			expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
			expect(stdout).not.toBe("");
		}
	});
});
