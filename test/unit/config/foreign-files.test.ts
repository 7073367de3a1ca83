import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { type Diagnostic, Failure } from "../../../src/report/failure.ts";
import { loadSteps } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

async function found(text: string): Promise<readonly Diagnostic[]> {
	const context = { reads: { parseYaml } as unknown as Reads, environment: new Map(), loadSteps };
	const result: unknown = await parseConfig(text, "/c", context).catch((error: unknown) => error);
	return result instanceof Failure ? result.diagnostics : [];
}

/** What it is, and the lines that are to be written. */
async function written(text: string): Promise<readonly string[]> {
	const [{ message = "", remedy = [] } = {}] = await found(text);
	return [message.replace(/^this is (.*), and no configuration of abdicate$/, "$1"), ...remedy.slice(1, -1).map((line) => line.slice(2))];
}

const pod = `apiVersion: v1
kind: Pod
spec:
  securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000}
  containers:
  - name: hunter2
    workingDir: /srv
    command: [hunter2]
    env: [{name: A, value: hunter2}]
    securityContext: {runAsGroup: 3000}
`;
const unit = `[Unit]
Description=hunter2
[Service]
User=redis
WorkingDirectory=/data
LimitNOFILE=65536
LimitCORE=infinity
RuntimeDirectory=redis
Environment=A=hunter2
ExecStartPre=-/bin/chown -R redis:redis /data
ExecStartPre=/bin/login hunter2
ExecStart=/usr/bin/redis-server --requirepass hunter2
`;
const script = `#!/bin/sh
set -e
export TOKEN=hunter2
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$PGDATA" && echo hunter2
	chown -R redis:redis /data "\${PGDATA}"
	chown app:Hunter2! /data; echo hunter2
	exec gosu redis redis-server --requirepass hunter2 "$@"
fi
`;

describe("a file for another program is told with the values that are harmless by their form, and no others", () => {
	it.each<[string, readonly string[]]>([
		[pod, ["a manifest of Kubernetes", 'user: "1000:3000"', "groups: {add: [2000]}", "workdir: /srv"]],
		["spec: {template: {spec: {securityContext: {runAsUser: 7}}}}\n", ["a manifest of Kubernetes", 'user: "7:7"']],
		["containers: [{securityContext: {runAsUser: 7}}, {name: hunter2}]\n", ["a manifest of Kubernetes"]],
		[
			unit,
			[
				...["a unit of systemd", "user: redis", "workdir: /data", "limits: {nofile: 65536, core: unlimited}"],
				...["setup:", "  - mkdir: /run/redis", "  - own: {path: /data, owner: redis, group: redis}"],
			],
		],
		[script, ["a shell script", "user: redis", "setup:", '  - own: {path: [/data, "${PGDATA}"], owner: redis, group: redis}']],
		["FROM a\nUSER root\nRUN echo hunter2\nWORKDIR /data\nUSER app:app\n", ["a Dockerfile", 'user: "app:app"', "workdir: /data"]],
		["FROM a AS b\nUSER hunter2\nFROM c\n", ["a Dockerfile"]],
		["FROM a AS b\nUSER hunter2\nFROM c AS d\nUSER app\nFROM --platform=x D\nWORKDIR /e\n", ["a Dockerfile", "user: app", "workdir: /e"]],
		[
			"[Service]\nUser=app\nExecStartPre=/bin/chown hunter2 /a\nExecStartPre=\nExecStartPre=/bin/mkdir /b\n",
			["a unit of systemd", "user: app", "setup:", "  - mkdir: /b"],
		],
		[
			"#!/bin/sh\nf() {\n\tmkdir /hunter2\n}\ncat <<E\nmkdir /hunter2\ngosu hunter2\nE\nif [ -d /x ]; then\nmkdir /hunter2\nfi\nmkdir /a\n",
			["a shell script", "setup:", "  - mkdir: /a"],
		],
		["FROM a\nUSER root\nENV A=hunter2\n", ["a Dockerfile"]],
		["kind: ConfigMap\napiVersion: v1\nmetadata: {name: hunter2}\ndata:\n  hunter2: |\n    user: app\n", ["a ConfigMap of Kubernetes"]],
		[
			"[supervisord]\nuser=hunter2\n[program:web]\nuser = www\ncommand=hunter2\ndirectory=/srv\n[unix_http_server]\nusername=hunter2\n",
			["a configuration of supervisord", "user: www", "workdir: /srv"],
		],
		["[program:a]\nuser=hunter2\n[program:b]\nuser=hunter2\n", ["a configuration of supervisord"]],
		[
			"services:\n  web: {image: hunter2, user: app, working_dir: /srv, environment: {A: hunter2}}\n",
			["a compose file", "user: app", "workdir: /srv"],
		],
		[
			'[{"Config": {"User": "redis", "Cmd": ["hunter2"]}, "HostConfig": {}}]',
			["what docker inspect or an OCI runtime writes", "user: redis"],
		],
		["- hosts: all\n  tasks: [{name: hunter2}]\n", ["a playbook of Ansible"]],
		["- name: hunter2\n  apt: {name: redis}\n", ["a playbook of Ansible"]],
		["USER app\nWORKDIR /data\nCMD hunter2\n", ["a Dockerfile", "user: app", "workdir: /data"]],
		['user = "hunter2"\n[limits]\nnofile = 65536\n', ["TOML"]],
		["A=hunter2\nUSER=hunter2\n", ["a file of variables"]],
	])("%j", async (text, expected) => {
		expect(await written(text)).toEqual(expected);
		expect(JSON.stringify(await found(text))).not.toMatch(/hunter2/i);
	});

	it("a ConfigMap is told which of its texts is the configuration, and where a Pod mounts that", async () => {
		const [{ remedy = [] } = {}] = await found("apiVersion: v1\nkind: ConfigMap\ndata: {other: a, app.yml: 'user: app'}\n");
		expect([remedy.length, remedy[0]]).toEqual([1, expect.stringContaining("subPath: app.yml}]")]);
	});

	it("a Dockerfile is told an entrypoint in JSON, and an image the tool that reads it", async () => {
		const remedies = [...(await found("FROM a\nRUN x\n")), ...(await found('[{"HostConfig": {}}]'))].map(({ remedy }) => remedy?.at(-1));
		const [list = ""] = /\[.*\]/.exec(remedies[0] ?? "") ?? [];
		expect([JSON.parse(list), remedies[1]?.includes("docker inspect IMAGE | abdicate init -")]).toEqual([["/abdicate", "--"], true]);
	});

	it("is our own where its first line names us", async () => {
		const [{ code } = {}] = await found("#!/abdicate\nuser: app\ncommand: {default: [a]}\ncommand: {default: [b]}\n");
		expect(code).toBe("CONFIG_DUPLICATE_KEY");
	});

	it("takes as long as a text is", async () => {
		const started = performance.now();
		await found(`#!/bin/sh\n${`chown ${"-r ".repeat(80_000)}!\n`}`);
		await found(`[Service]\nUser=${" ".repeat(200_000)}x y\n`);
		expect(performance.now() - started).toBeLessThan(2_000);
	});
});
