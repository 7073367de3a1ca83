import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { describe, expect, it } from "vitest";
import { type CapabilityName, capabilityNames } from "../../../src/capability/names.ts";
import { auditArch } from "../../../src/confine/seccomp/calls.ts";
import { type Call, type Filter, filterOf } from "../../harness/seccomp/bpf.ts";
import { capabilitySets, casesOf, dockersCapabilities, randomOf } from "../../harness/seccomp/cases.ts";
import { mayDiffer } from "../../harness/seccomp/docker-changes.ts";
import { answers, evaluated, isHardened, nameOf, told } from "../../harness/seccomp/evaluate.ts";
import { ours, programOf } from "../../harness/seccomp/ours.ts";
import { type Reference, readReference } from "../../harness/seccomp/reference.ts";
import { docker } from "../harness/docker.ts";
import { busybox, scratch } from "../harness/images.ts";
import { filterFile } from "../harness/paths.ts";
import { runContainer, startContainer } from "../harness/run.ts";

const [major = 0, minor = 0] = release().split(".", 2).map(Number);
const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
const kernel = [major, minor] as const;

const reference = readReference();

function dockersVersion(): [number, number, number] {
	return docker("version", "--format", "{{.Server.Version}}")
		.split(/[.+~-]/, 3)
		.map(Number) as [number, number, number];
}

/** Every filter that the kernel has of a process, the newest first. */
function filtersOf(pid: number): Filter[] {
	const lines = execFileSync(filterFile, ["read", String(pid)], { encoding: "utf8" })
		.trim()
		.split("\n");
	return lines.map((line) => filterOf(Buffer.from(line, "hex")));
}

async function dockersOwn(capabilities: readonly string[]): Promise<Filter> {
	const container = await startContainer({
		image: scratch,
		entrypoint: "/probe",
		args: ["sleep"],
		caps: { drop: ["ALL"], add: capabilities },
	});
	const [own, ...others] = filtersOf(container.pid());
	container.remove();
	expect(others).toEqual([]);
	return own as Filter;
}

describe("docker-default beside Docker's own filter", () => {
	// What a test machine lacks itself cannot be given.
	const bounding = BigInt(`0x${/^CapBnd:\t(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`);
	const isHere = (name: CapabilityName) => ((bounding >> BigInt(capabilityNames.indexOf(name))) & 1n) === 1n;
	// Each capability that a rule is about alone, Docker's, none and all; the others are compared with the profile.
	const sets = capabilitySets
		.filter(({ length }) => length < 2 || length === capabilityNames.length || length === dockersCapabilities.length)
		.map((names) => names.filter(isHere));
	// Debian's Docker 20.10 knows none that are newer than Linux 5.7; its profile has no rule about them either.
	const unknownToOld = ["PERFMON", "BPF", "CHECKPOINT_RESTORE"];

	it.skipIf(reference === undefined)("answers the same, but for what has changed since and for what is harder", async () => {
		const { debians, todays, version: itsVersion } = reference as Reference;
		const version = dockersVersion();
		const found: string[] = [];
		let tried = 0;
		const known = (capabilities: readonly CapabilityName[]) =>
			capabilities.filter((name) => version[0] > 20 || !unknownToOld.includes(name));
		const filters = await Promise.all(sets.map(async (set) => [set, await dockersOwn(known(set))] as const));
		for (const [index, [capabilities, theirs]] of filters.entries()) {
			const circumstances = { machine, capabilities, kernel } as const;
			const [own, then, today] = [await ours(circumstances), evaluated(debians, circumstances), evaluated(todays, circumstances)];
			const isOfDebian = version.join() === itsVersion.join();
			for (const call of casesOf(machine, 5000, randomOf(index))) {
				tried++;
				const answer = theirs(call);
				// What the profile is read by is right: hence it is right for the other machine too, which has no Docker here.
				if (isOfDebian && then(call) !== answer) {
					found.push(`${told(call)}: Docker's filter says ${answer.toString(16)}, its profile was read as ${then(call).toString(16)}`);
				}
				const unhardened = mayDiffer(version, nameOf(call.arch, call.nr), call.nr) ? today(call) : answer;
				const expected = unhardened === answers.allow && isHardened(call) ? answers.eperm : unhardened;
				if (own(call) !== expected) {
					found.push(`${told(call)}: ${own(call).toString(16)} instead of ${expected.toString(16)} with ${capabilities.join()}`);
				}
			}
		}
		console.log(`tried: ${tried} calls of docker-default against Docker's own filter, with ${sets.length} sets of capabilities`);
		expect(found.slice(0, 20)).toEqual([]);
	});
});

/** Every number there is, in each way to call this kernel; x32 is refused by kernels without it. */
const ranges = [
	["syscall", auditArch[machine], 0, 512],
	["syscall", auditArch[machine], 0x40000000, 0x40000000 + 560],
	["int80", auditArch.x86, 0, 512],
] as const;
/** No descriptor, no process, no address; and what is the first or nothing of most kinds. */
const words = [-1n, 0n].map((word) => BigInt.asUintN(64, word));
const tries = ranges.flatMap((range) => words.map((word) => ({ range, word })));

/**
 * sync writes to the disk of the machine, and has no argument; seccomp says something else to whoever has a filter; and of two the kernel
 * asks no filter, from 6.14 on, since it makes programs call them itself.
 */
const leftOut = ["sync", "seccomp", "uretprobe", "uprobe"];

const unconfined = ["--security-opt=seccomp=unconfined"];

/** What becomes of each call, in a container whose workload holds nothing. */
async function verdicts(seccomp: string, flags: readonly string[]): Promise<string[]> {
	const script = tries.map(({ range: [entry, , first, end], word }) => `/filter calls ${entry} ${word} ${first} ${end}`).join(" && ");
	const { status, stdout, stderr } = await runContainer({
		image: busybox,
		config: { user: "app", seccomp },
		args: ["--", "/bin/sh", "-c", script],
		volumes: [`${filterFile}:/filter:ro`],
		// The one of Docker's own that opens a call.
		caps: { drop: ["SYS_CHROOT"] },
		flags,
		timeout: 120,
	});
	expect([status, stderr]).toEqual([0, ""]);
	return stdout.trim().split("\n");
}

const calls: Call[] = tries.flatMap(({ range: [, arch, first, end], word }) =>
	Array.from({ length: end - first }, (_, index) => ({ arch, nr: first + index, args: Array<bigint>(6).fill(word) })),
);

/** What a filter makes of what the kernel says without one. */
function filtered(filter: Filter, free: readonly string[]): string[] {
	return calls.map((call, index) => {
		const answer = filter(call);
		return answer === answers.allow ? (free[index] ?? "") : answer === answers.killThread ? "signal 31" : `error ${answer & 0xffff}`;
	});
}

const differences = (found: readonly string[], expected: readonly string[]) =>
	calls.flatMap((call, index) =>
		found[index] === expected[index] || leftOut.includes(nameOf(call.arch, call.nr) ?? "")
			? []
			: [`${told(call)}: ${found[index]} instead of ${expected[index]}`],
	);

describe("every number in a live container", () => {
	it("has the same verdict behind docker-default as behind Docker's own filter, but for what has changed since", async () => {
		const [free, theirs, own] = [
			await verdicts("none", unconfined),
			await verdicts("none", []),
			await verdicts("docker-default", unconfined),
		];
		const version = dockersVersion();
		const same = theirs.map((verdict, index) => {
			const { arch, nr } = calls[index] as Call;
			return mayDiffer(version, nameOf(arch, nr), nr) ? (own[index] ?? "") : verdict;
		});
		expect(differences(own, same)).toEqual([]);
		// Each is what the filter says, and where it allows a call what the kernel says.
		const capabilities = dockersCapabilities.filter((name) => name !== "SYS_CHROOT");
		expect(differences(theirs, filtered(await dockersOwn(capabilities), free))).toEqual([]);
		expect(differences(own, filtered(await ours({ machine, capabilities: [], kernel }), free))).toEqual([]);
	});
});

describe("the filter that the kernel has of a workload", () => {
	it.each([
		["of nothing kept", [], []],
		["of what is kept", ["SYS_ADMIN"], ["SYS_ADMIN"]],
	])("is the program %s", async (_, keep, capabilities) => {
		const config = { user: "app", seccomp: "docker-default", capabilities: { keep } };
		const container = await startContainer({
			image: busybox,
			config,
			args: ["--", "/probe", "sleep"],
			flags: unconfined,
			caps: { add: keep },
		});
		await container.waitForOutput("resuid");
		const programs = execFileSync(filterFile, ["read", String(container.pid())], { encoding: "utf8" });
		container.remove();
		expect(programs).toBe(`${await programOf({ machine, capabilities, kernel })}\n`);
	});
});

describe("a container that Docker has given its filter", () => {
	const note = "a filter of the runtime is there already: what that refuses stays refused, whatever ours allows";
	const told = async (allow: readonly string[], args: readonly string[], flags: readonly string[] = []) => {
		const config = { user: "app", seccomp: { profile: "docker-default", allow } };
		const { stdout, stderr } = await runContainer({ image: busybox, config, args, flags });
		return `${stdout}${stderr}`.split("\n").filter((line) => line.includes("filter of the runtime"));
	};

	it("is said to have one, once, by a run, the plan and explain, where ours allows more", async () => {
		expect([
			await told(["bwrap"], ["-v", "--", "true"]),
			await told(["bwrap"], ["plan", "--", "true"]),
			await told(["bwrap"], ["explain", "call:mount"]),
			await told(["bwrap"], ["-v", "--", "true"], unconfined),
			await told(["bwrap"], ["explain", "call:mount"], unconfined),
		]).toEqual([
			[expect.stringContaining(`seccomp: ${note}`)],
			[expect.stringMatching(/^note +seccomp: a filter of the runtime is there already/)],
			["  runtime        a filter of the runtime is here already: what that refuses stays refused"],
			[],
			[],
		]);
	});
});
