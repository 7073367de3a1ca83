import { describe, expect, it } from "vitest";
import { dockerDefaults } from "../../../src/capability/guide.ts";
import { capabilityAt } from "../../../src/capability/names.ts";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { namespaceKinds } from "../../../src/tools/inspect/namespaces.ts";
import type { ProcessDetails } from "../../../src/tools/inspect/process-details.ts";
import { renderProcess, renderProcesses } from "../../../src/tools/inspect/text.ts";
import { Unknown } from "../../../src/tools/inspect/unknown.ts";

const every = CapabilitySet.upTo(capabilityAt(40));
const docker = CapabilitySet.of(...dockerDefaults);
const none = CapabilitySet.empty;
const refused = new Unknown("readlink /proc/7/ns: EACCES: it is uid 0 gid 0, this is 1000 1000, and SYS_PTRACE is not held");

const root: ProcessDetails = {
	pid: 7,
	name: "httpd",
	state: "alive",
	parent: 1,
	uids: [0, 0, 0, 0],
	gids: [0, 33, 33, 33],
	groups: [33, 44],
	sets: { bounding: docker, permitted: docker, effective: docker, inheritable: none, ambient: none },
	securebits: new Unknown("the kernel tells them to the process itself alone"),
	noNewPrivileges: false,
	seccomp: { mode: "filter", filters: 1 },
	label: "docker-default (enforce)",
	namespaces: namespaceKinds.map((kind) => ({ kind, id: refused, sharedWithInit: refused, initial: refused })),
	arguments: ["httpd", "-f", "-p", "80", "-h", "/srv/site"],
	limits: { pids: 200, memory: 64 << 20, cpu: "unlimited" },
	privilegedSockets: new Unknown("open /proc/7/fd: EACCES: it is for uid 0 alone, and DAC_READ_SEARCH is not held"),
	landlock: "available",
	rlimits: { nofile: { soft: 1024, hard: 4096 }, as: { soft: "unlimited", hard: "unlimited" } },
	environment: ["PATH", "DB_PASSWORD"],
};

const own: ProcessDetails = {
	...root,
	uids: [1000, 1000, 1000, 1000],
	gids: [1000, 1000, 1000, 1000],
	sets: { bounding: every.minus(CapabilitySet.of("SYS_MODULE")), permitted: none, effective: none, inheritable: none, ambient: none },
	securebits: ["noroot", "noroot_locked", "no_cap_ambient_raise", "no_cap_ambient_raise_locked"],
	noNewPrivileges: true,
	namespaces: namespaceKinds.map((kind, index) => ({
		kind,
		id: `402653${index}`,
		sharedWithInit: true,
		initial: kind === "user",
	})),
	privilegedSockets: [{ kind: "tcp", address: "0.0.0.0", port: 80 }],
};

/** It sees its own namespaces, and not those of PID 1. */
const apart: ProcessDetails = {
	...own,
	namespaces: namespaceKinds.map((kind, index) =>
		kind === "pid"
			? { kind, id: refused, sharedWithInit: refused, initial: refused }
			: { kind, id: `402653${index}`, sharedWithInit: new Unknown("that of PID 1 is not to be seen"), initial: kind === "user" },
	),
};

const few: ProcessDetails = {
	...own,
	sets: { ...own.sets, effective: CapabilitySet.of("NET_BIND_SERVICE"), bounding: CapabilitySet.of("NET_ADMIN", "NET_RAW") },
};

const ended: ProcessDetails = { ...few, pid: 9, name: "sh", state: "zombie" };
const thread: ProcessDetails = { ...few, pid: 10, name: "x (kernel thread)", state: "alive" };

const hiddenBecause = new Unknown("open /proc/7/status: ENOENT: /proc is mounted with hidepid=invisible, and SYS_PTRACE is not held");
const hidden: ProcessDetails = {
	...root,
	...{ name: hiddenBecause, state: hiddenBecause, parent: hiddenBecause, uids: hiddenBecause, gids: hiddenBecause, groups: hiddenBecause },
	...{ noNewPrivileges: hiddenBecause, seccomp: hiddenBecause, label: hiddenBecause, arguments: hiddenBecause },
	...{ privilegedSockets: hiddenBecause, environment: hiddenBecause, rlimits: hiddenBecause },
	limits: { pids: hiddenBecause, memory: hiddenBecause, cpu: hiddenBecause },
	sets: { bounding: hiddenBecause, permitted: docker, effective: docker, inheritable: none, ambient: hiddenBecause },
	namespaces: namespaceKinds.map((kind) => ({ kind, id: hiddenBecause, sharedWithInit: hiddenBecause, initial: hiddenBecause })),
};

describe.each([80, 120])("inspect at %d columns", (columns) => {
	it("says one process", async () => {
		const texts = [
			renderProcess(root, every, columns, false),
			renderProcess(own, every, columns, true),
			renderProcess(apart, every, columns, true),
			renderProcess(hidden, every, columns, false),
		];
		const text = texts.join("\n");
		expect(text.split("\n").filter((line) => line.length > columns)).toEqual([]);
		await expect(text).toMatchFileSnapshot(`../../golden/inspect.${columns}.txt`);
	});

	it("says several, with long names as they are but on a screen", async () => {
		const all = [
			root,
			{ ...own, pid: 4_194_303, name: "kworker/R-a-name-that-is-as-long-as-those-of-the-kernel" },
			few,
			ended,
			thread,
			hidden,
		];
		const [screen, pipe] = [true, false].map((isScreen) => renderProcesses(all, every, { columns, colours: false }, isScreen));
		expect((screen as string).split("\n").filter((line) => line.length > columns)).toEqual([]);
		await expect(`${screen}\n${pipe}`).toMatchFileSnapshot(`../../golden/inspect-all.${columns}.txt`);
	});
});
