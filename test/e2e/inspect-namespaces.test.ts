import { spawn } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { runHouse } from "../harness/house/run.ts";
import { debian } from "./harness/images.ts";
import { binary } from "./harness/paths.ts";
import { until } from "./harness/poll.ts";
import { runProcess } from "./harness/process.ts";
import { nearlyPrivileged, runContainer } from "./harness/run.ts";

const types = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];
const columns = "NS,TYPE,NPROCS,PID,USER,COMMAND";

/** What both say of a namespace. */
interface Row {
	readonly id: string;
	readonly type: string;
	readonly processes: number;
	readonly pid: number;
	readonly user: string;
	readonly command: string;
}

interface Inspected {
	readonly namespaces: readonly (Row & { readonly initial?: boolean; readonly mounts: readonly string[] })[];
	readonly hidden?: string;
}

const ends: (() => unknown)[] = [];
afterEach(() => {
	for (const end of ends.splice(0)) {
		end();
	}
});

function peerSays(text: string): Row[] {
	const { namespaces } = JSON.parse(text);
	return sorted(
		namespaces.map(({ ns, type, nprocs, pid, user, command }: Record<string, unknown>) => ({
			id: `${ns}`,
			type,
			processes: nprocs,
			pid,
			user,
			command,
		})),
	);
}

const said = ({ namespaces }: Inspected): Row[] =>
	sorted(namespaces.map(({ id, type, processes, pid, user, command }) => ({ id, type, processes, pid, user, command })));

function sorted(rows: readonly Row[]): Row[] {
	return [...rows].sort((left, right) => (`${left.type} ${left.id}` < `${right.type} ${right.id}` ? -1 : 1));
}

/** A command that sleeps in eight namespaces of its own, as somebody else in them. */
const walled = (seconds: number) => [
	"unshare",
	"--user",
	"--map-root-user",
	...["--mount", "--uts", "--ipc", "--net", "--cgroup", "--time"],
	"--pid",
	"--fork",
	"--kill-child",
	"sleep",
	`${seconds}`,
];
const whole = (text: string) => text.split("\u0000");

/** The last rows are printed when both programs, one after the other, have told of the same processes. */
const compare = `for _ in 1 2 3 4 5 6 7 8 9 10; do grep -q sleep /proc/[0-9]*/comm && [ $(ls /proc | grep -c '^[0-9]') -ge $WANTED ] && break; sleep 0.1; done
lsns -Jl -o ${columns} >/tmp/peer; /abdicate inspect --all --namespaces --json >/tmp/own
cat /tmp/peer; printf '\\0'; cat /tmp/own; printf '\\0'; /abdicate inspect --all --namespaces; printf '\\0'`;

describe("inspect --all --namespaces", () => {
	it("says in a container what lsns says, of processes in namespaces of their own too", async () => {
		const script = `${walled(300).join(" ")} & WANTED=4; ${compare}; kill -9 $!`;
		const { stdout, stderr } = await runContainer({ image: debian, entrypoint: "bash", args: ["-c", script], flags: nearlyPrivileged });
		const [peer = "", own = "", text = ""] = whole(stdout);
		const inspected: Inspected = JSON.parse(own || stderr);
		const rows = said(inspected);
		expect(rows).toEqual(peerSays(peer));
		expect([...new Set(rows.map(({ type }) => type))]).toEqual(types);
		expect(rows.filter(({ command }) => command.startsWith("unshare --user") || command === "sleep 300").length).toBeGreaterThanOrEqual(8);
		const lines = text.trimEnd().split("\n");
		expect(lines[0]).toMatch(/^NS +TYPE +INITIAL +NPROCS +PID +USER +COMMAND$/);
		expect(lines).toHaveLength(rows.length + 1);
		expect(inspected.hidden).toBe(undefined);
	});

	it("says on the machine what lsns says of namespaces that others do not come and go in", async () => {
		// No other process of the machine has these words.
		const seconds = 100_000 + process.pid;
		const child = spawn("unshare", walled(seconds).slice(1), { stdio: "ignore" });
		ends.push(() => child.kill("SIGKILL"));
		const inspect = async (...more: readonly string[]) =>
			JSON.parse((await runProcess(binary, ["inspect", ...more, "--all", "--namespaces", "--json"])).stdout) as Inspected;
		const own = await until("the child sleeps in its own", async () => {
			const { namespaces } = await inspect(`${child.pid}`);
			const [id] = namespaces.filter(({ type, pid }) => type === "user" && pid === child.pid).map((each) => each.id);
			const all = id === undefined ? [] : said(await inspect());
			const mine = all.filter(({ command }) => command === `sleep ${seconds}` || command === walled(seconds).join(" "));
			return mine.length === 8 && mine.some(({ command }) => command === `sleep ${seconds}`) ? mine : undefined;
		});
		const peer = peerSays((await runProcess("lsns", ["-Jl", "-o", columns])).stdout);
		expect(own.map(({ type }) => type)).toEqual(types);
		expect(own).toEqual(peer.filter(({ id }) => own.some((each) => each.id === id)));
		const constant = ({ id, type, pid, user, command }: Row) => ({ id, type, pid, user, command });
		const initial = (await inspect()).namespaces.filter((each) => each.initial);
		expect(sorted(initial).map(constant)).toEqual(peer.filter(({ id }) => initial.some((each) => each.id === id)).map(constant));
		expect(initial.length).toBeGreaterThanOrEqual(6);
	});

	it("limits itself to where a process is", async () => {
		const script = `${walled(300).join(" ")} & pid=$!; sleep 300 & other=$!; for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s /proc/$pid/task/$pid/children ] && break; sleep 0.1; done
for each in $pid $other; do lsns -Jl -p $each -o ${columns}; printf '\\0'; /abdicate inspect $each --all --namespaces --json; printf '\\0'; done; kill -9 $pid $other`;
		const { stdout } = await runHouse({ image: debian, entrypoint: "bash", args: ["-c", script], caps: { add: ["ALL"] } });
		const [peer = "", own = "", otherPeer = "", other = ""] = whole(stdout);
		// The counts hold whoever asks.
		expect(said(JSON.parse(own))).toEqual(peerSays(peer));
		expect(said(JSON.parse(own))).toHaveLength(8);
		expect(said(JSON.parse(other))).toEqual(peerSays(otherPeer));
		expect(said(JSON.parse(other))).not.toEqual(said(JSON.parse(own)));
	});

	it("shows what only a mount keeps, and escapes names", async () => {
		const script = `touch "/tmp/a b" && unshare --net="/tmp/a b" true; unshare --uts bash -c 'exec -a "$(printf "x\\033[31m")" sleep 300' & while ! grep -qz "x." /proc/$!/cmdline; do sleep 0.1; done
/abdicate inspect --all --namespaces --json; printf '\\0'; /abdicate inspect --all --namespaces; printf '\\0'; /abdicate inspect $! --all --namespaces; stat -L -c %i "/tmp/a b"; kill -9 $!`;
		const { stdout, stderr } = await runHouse({ image: debian, entrypoint: "bash", args: ["-c", script], caps: { add: ["ALL"] } });
		const [own = "", text = "", ofOne = ""] = whole(stdout);
		const kept = (JSON.parse(own || stderr) as Inspected).namespaces.filter(({ mounts }) => mounts.length > 0);
		const id = ofOne.trimEnd().split("\n").at(-1) ?? "";
		expect(kept).toEqual([{ type: "net", id, initial: false, processes: 0, mounts: ["/tmp/a b"] }]);
		expect(text).toMatch(new RegExp(`^${id} +net +no +0 +- +- +\\(mounted at /tmp/a b\\)$`, "m"));
		expect(ofOne).toContain("x\\x1b[31m 300\n");
		expect(stdout).not.toContain("\u001b");
	});

	it("calls unknown what may not be read", async () => {
		const asApp = `setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all --bounding-set=-all /abdicate inspect`;
		const script = `sleep 300 & ${asApp} --all --namespaces --json; printf '\\0'; ${asApp} 1 --namespaces; printf '\\0'; mount -t proc -o hidepid=invisible proc /proc; ${asApp} --all --namespaces; kill -9 $!`;
		const { stdout } = await runHouse({ image: debian, entrypoint: "bash", args: ["-c", script], caps: { add: ["ALL"] } });
		const [own = "", ofOne = "", hidden = ""] = whole(stdout);
		const { namespaces } = JSON.parse(own) as Inspected;
		expect(namespaces.filter(({ id }) => id === "unknown")).toEqual(
			types.map((type) => ({
				type,
				id: "unknown",
				processes: 2,
				pid: 1,
				uid: 0,
				user: "root",
				command: expect.stringMatching(/^bash -c /),
				mounts: [],
			})),
		);
		expect(namespaces.filter(({ id }) => id !== "unknown").map(({ type, processes, user }) => [type, processes, user])).toEqual(
			types.map((type) => [type, 1, "app"]),
		);
		expect([...ofOne.matchAll(/^ {4}(\S+) +(.*)$/gm)].map(([, type, what]) => [type, what])).toEqual([
			...types.map((type) => [type, "?"]),
			["?", "unknown: readlink /proc/1/ns: EACCES: it is uid 0 gid 0, this is 1000 1000, and SYS_PTRACE is not held"],
		]);
		expect(hidden.trimEnd().split("\n").at(-1)).toBe(
			"unknown: processes of others that /proc hides (hidepid=invisible), and their namespaces",
		);
		expect(hidden.trimEnd().split("\n")).toHaveLength(types.length + 2);
	});
});
