import { describe, expect, it } from "vitest";
import { busybox } from "./harness/images.ts";
import { type ContainerOptions, runContainer } from "./harness/run.ts";

interface Scored {
	readonly overall: number;
	readonly word: string;
	readonly findings: readonly { readonly points: number; readonly what: string; readonly reason: string }[];
}

const bounded = ["--memory=64m", "--pids-limit=64", "--cgroupns=private"];

/** What is said of the container's first process, by itself, in both forms; the text has to say what the JSON says. */
async function score(words: readonly string[], more: Partial<ContainerOptions> = {}): Promise<Scored> {
	const run = (...args: readonly string[]) => runContainer({ image: busybox, args: [...words, ...args], flags: bounded, ...more });
	const [text, json] = await Promise.all([run("inspect", "--score"), run("inspect", "--score", "--json")]);
	const scored = JSON.parse(json.stdout);
	const [title, ...lines] = text.stdout.trimEnd().split("\n");
	expect([title, lines.pop()]).toEqual(["1 abdicate", `exposure ${scored.overall.toFixed(1)} of 10: ${scored.word}`]);
	const rows = lines.slice(1).map((line) => line.split(/ {2,}/));
	expect(rows).toEqual(
		scored.findings.map(({ points, what, reason }: Scored["findings"][number]) => [points === 0 ? "-" : points.toFixed(1), what, reason]),
	);
	return scored;
}

/** Machines differ in their security modules. */
async function unconfined(): Promise<readonly (readonly [number, string])[]> {
	const { stdout } = await runContainer({ image: busybox, entrypoint: "cat", args: ["/proc/self/attr/current"] });
	return ["", "unconfined"].includes(stdout.trim()) ? [[0.5, "no LSM confinement"]] : [];
}

const points = ({ findings }: Scored) => findings.map(({ points: each, what }) => [each, what]);

describe("inspect --score", () => {
	it("finds next to nothing in a workload after the drop", async () => {
		const scored = await score(["--user", "app", "--", "/abdicate"]);
		expect(points(scored)).toEqual([...(await unconfined()), [0.2, "user namespace of the host"]]);
		expect(scored.word).toBe("minimal");
	});

	it("lists what Docker's default root has", async () => {
		const scored = await score([]);
		const held = (weight: number, names: string) => names.split(" ").map((name) => [weight, `${name} effective`]);
		expect(points(scored)).toEqual([
			[1.5, "uid 0"],
			[1, "no_new_privs off"],
			...held(0.7, "CHOWN DAC_OVERRIDE FOWNER SETGID SETUID SETFCAP"),
			...(await unconfined()),
			[0.3, "securebits unlocked"],
			...held(0.2, "FSETID KILL SETPCAP NET_RAW SYS_CHROOT MKNOD"),
			[0.2, "user namespace of the host"],
			...held(0.1, "NET_BIND_SERVICE AUDIT_WRITE"),
		]);
	});

	it("adds what a user brings along: groups, the host's namespaces, no filter, no limits", async () => {
		const flags = ["--pid=host", "--ipc=host", "--uts=host", "--group-add=0", "--security-opt=seccomp=unconfined", "--cgroupns=private"];
		const { stdout } = await runContainer({
			image: busybox,
			args: ["inspect", "--score", "--json"],
			user: "1000:1000",
			caps: { drop: ["ALL"] },
			flags,
		});
		expect(points(JSON.parse(stdout))).toEqual([
			[1, "no_new_privs off"],
			[1, "no seccomp filter"],
			[1, "pid namespace of the host"],
			[0.5, "group root (0)"],
			...(await unconfined()),
			[0.5, "ipc namespace of the host"],
			[0.3, "securebits unlocked"],
			[0.2, "user namespace of the host"],
			[0.2, "pids unlimited"],
			[0.2, "memory unlimited"],
			[0.1, "uts namespace of the host"],
		]);
	});

	it("gives a line for each of several processes", async () => {
		const args = ["--user", "app", "--", "/abdicate", "inspect", "--score", "--all"];
		const { stdout } = await runContainer({ image: busybox, args, flags: bounded });
		expect(stdout).toMatch(/^PID {2}EXPOSURE {2}WORD {5}NAME\n1 {4}0\.[27] {7}minimal {2}abdicate\n$/);
	});
});
