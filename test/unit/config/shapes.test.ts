import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

/** The advice on each thing that is wrong; none where there is none. */
async function adviceOn(text: string): Promise<readonly string[]> {
	try {
		await parseConfig(text, "f.yaml", { reads, environment: new Map([["SECRET", "hunter2"]]), loadSteps });
	} catch (error) {
		if (error instanceof Failure) {
			return error.diagnostics.map(({ remedy = [] }) => remedy.join("\n"));
		}
		throw error;
	}
	return ["nothing is wrong"];
}

/** What is written, and what should be; a step's own part as it stands in an entry. */
const ofDocument: readonly (readonly [written: string, advised: string])[] = [
	["env: {FOO: bar}", "env: {set: {FOO: bar}}"],
	["env: {FOO: 'a, b'}", 'env: {set: {FOO: "a, b"}}'],
	["env: {FOO: '${SECRET}'}", 'env: {set: {FOO: "${SECRET}"}}'],
	["env: [FOO=bar, B=]", 'env: {set: {FOO: bar, B: ""}}'],
	["env: ['FOO=${SECRET}']", 'env: {set: {FOO: "${SECRET}"}}'],
	["env: [{FOO: bar}, {B: c}]", "env: {set: {FOO: bar, B: c}}"],
	["env: FOO=bar", "env: {set: {FOO: bar}}"],
	["capabilities: [NET_RAW, KILL]", "capabilities: {keep: [NET_RAW, KILL]}"],
	["capabilities: NET_RAW", "capabilities: {keep: NET_RAW}"],
	["capabilities: NET_RAW KILL", "capabilities: {keep: [NET_RAW, KILL]}"],
	["capabilities: {add: [NET_RAW]}", "capabilities: {keep: [NET_RAW]}"],
	["capabilities: {sets: [KILL]}", "capabilities: {keep: [KILL]}"],
	["setup: {own: /data}", "setup: [{own: /data}]"],
	["setup: {own: /data, mkdir: /x}", "setup: [{own: /data}, {mkdir: /x}]"],
	["setup: {when: {env: A}, own: /data}", "setup: [{when: {env: A}, own: /data}]"],
	["setup: own /data", "setup: [{own: /data}]"],
	["own: /data", "setup: [{own: /data}]"],
	["hooks: /d", "setup: [{hooks: /d}]"],
	["limits: 65536", "limits: {nofile: 65536}"],
	["limits: [nofile=65536, core=0]", "limits: {nofile: 65536, core: 0}"],
	["limits: ['nofile: 65536']", "limits: {nofile: 65536}"],
	["limits: [{nofile: 65536}, {core: 0}]", "limits: {nofile: 65536, core: 0}"],
	["limits: {nofile: {soft: 1, hard: 2}}", 'limits: {nofile: "1:2"}'],
	["limits: {nofile: [1, 2]}", 'limits: {nofile: "1:2"}'],
	["groups: [video, 44]", "groups: {add: [video, 44]}"],
	["groups: video", "groups: {add: video}"],
	["groups: {video: true}", "groups: {add: [video]}"],
	["command: redis-server --foo", "command: {default: [redis-server, --foo]}"],
	["command: [redis-server, --foo]", "command: {default: [redis-server, --foo]}"],
	["user: [app]", "user: app"],
	["user: {name: app}", "user: app"],
	["user: {uid: 1000, gid: 1001}", 'user: "1000:1001"'],
	["workdir: [/a]", "workdir: /a"],
	["workdir: {path: /a}", "workdir: /a"],
	["home: [/a]", "home: /a"],
	["nice: [1]", "nice: 1"],
	["umask: [0027]", "umask: 0027"],
	["securebits: noroot", "securebits: [noroot]"],
	["securebits: {locked: true}", "securebits: locked"],
	["fds: {listen: true}", "fds: listen"],
];

const ofEntry: readonly (readonly [written: string, advised: string])[] = [
	["{when: FOO, own: /d}", "when: {env: FOO}"],
	["{when: [FOO, BAR], own: /d}", "when: {env: [FOO, BAR]}"],
	["{when: /x, own: /d}", "when: {exists: /x}"],
	["{when: {FOO: bar}, own: /d}", "when: {env: {FOO: bar}}"],
	["{when: {not_env: FOO}, own: /d}", "when: {unset: FOO}"],
	["{run: redis-cli ping}", "run: [redis-cli, ping]"],
	["{run: {command: redis-cli ping}}", "command: [redis-cli, ping]"],
	["{copy: [/a, /b]}", "copy: {from: /a, to: /b}"],
	["{copy: /a /b}", "copy: {from: /a, to: /b}"],
	["{chmod: 0755 /a}", "chmod: {path: /a, mode: 0755}"],
	["{listen: 80}", "listen: {tcp: 80}"],
	["{require: /dev/fuse}", "require: {device: /dev/fuse}"],
	["{require: FOO}", "require: {env: FOO}"],
	["{require: [A, B]}", "require: {env: [A, B]}"],
	["{listen: /run/s}", "listen: {unix: /run/s}"],
	["{sysctl: net.core.somaxconn=1}", "sysctl: {net.core.somaxconn: 1}"],
	["{wait_for: 'db:80'}", "wait_for: {tcp: db:80}"],
	["{wait_for: /run/s}", "wait_for: {file: /run/s}"],
	["{ca_certificates: /b}", "ca_certificates: {bundle: /b}"],
	["{name: [x], own: /a}", "name: x"],
	["{on_error: [warn], own: /a}", "on_error: warn"],
];

/** Of which only the reader knows the rest. */
const ofPart: readonly (readonly [written: string, advised: string])[] = [
	["setup: [own /data]", "write - own: /data"],
	["setup: [[own, /a, /b]]", "write - own: [/a, /b]"],
	["setup: [own]", "write - own: ..."],
	["env: {set: [A=b]}", "write set: {A: b}"],
	["env: {from_file: {A: b}}", "write from_file: [A]"],
	["env: {unset: {A: b}}", "write unset: [A]"],
	["capabilities: {keep: {NET_RAW: true}}", "write keep: [NET_RAW]"],
	["groups: {add: {video: 1, render: 2}}", "write add: [video, render]"],
	["user: [app, video]", "write user: app, and groups: {add: [video]}"],
	["setup: [{file: /a}]", "write file: {path: /a, content: ...}"],
	["setup: [{secret: DB}]", "write secret: {from: {env: DB}, path: ...}"],
	["setup: [{fuse: /mnt}]", "write fuse: {target: /mnt, command: ...}"],
	["setup: [{fuse: [sshfs, a]}]", ""],
	["setup: [{copy: [a, b, c]}]", ""],
	[
		"setup: [{when: {not_exists: /x}, own: /d}]",
		"there is no condition for what is not there: a step leaves alone what is right already (if: absent of file and copy), and a variable tells starts apart: when: {unset: NAME}",
	],
	["env:", ""],
	["user: true", ""],
	["nice: 99", ""],
	["init: true", ""],
	["securebits: nope", ""],
	["sets: {}", ""],
	["env: {claer: true}", ""],
];

describe("a value of another shape", () => {
	it.each(ofDocument)("%s is answered by what is good: %s", async (written, advised) => {
		expect([await adviceOn(written), await adviceOn(advised)]).toEqual([[`write ${advised}`], ["nothing is wrong"]]);
	});

	it.each(ofEntry)("in a step, %s is answered by what is good: %s", async (written, advised) => {
		const isBeside = /^(?:when|name|on_error):/.test(advised);
		const entry = isBeside ? `{${advised}, own: /d}` : advised.startsWith("command:") ? `{run: {${advised}}}` : `{${advised}}`;
		expect([await adviceOn(`setup: [${written}]`), await adviceOn(`setup: [${entry}]`)]).toEqual([
			[`write ${advised}`],
			["nothing is wrong"],
		]);
	});

	it.each(ofPart)("%s is answered by: %s", async (written, advised) => {
		expect(await adviceOn(written)).toEqual([advised]);
	});

	it("is answered by nothing that would be too long to read", async () => {
		expect(await adviceOn(`env: {FOO: ${"x".repeat(200)}}`)).toEqual([""]);
	});
});
