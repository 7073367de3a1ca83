import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type HouseOptions, runHouse } from "../../harness/house/run.ts";
import { logLines } from "../../harness/json-schema.ts";
import { busybox } from "../harness/images.ts";
import { needDocker } from "../harness/need-docker.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";

/** A start that fails each time, of which somebody has nothing but the log. */
type Loop = Partial<HouseOptions>;

const loops: Readonly<Record<string, Loop>> = {
	"port-held": {
		config: 'user: app\nsetup:\n  - run: {command: [httpd, -p, "8080"], background: true}\n  - listen: {tcp: 8080}\n',
	},
	"port-held-by-another-user": {
		config: 'user: app\nsetup:\n  - run: {command: [httpd, -p, "8080"], background: true, user: redis}\n  - listen: {tcp: 8080}\n',
	},
	"directory-missing-and-read-only": {
		config: "user: app\nsetup:\n  - file: {path: /run/app/app.conf, content: x}\n",
		flags: ["--read-only"],
	},
	"directory-behind-a-link-to-nowhere": {
		config: "user: app\nsetup:\n  - link: {path: /srv, to: /volume/app}\n  - file: {path: /srv/conf/app.conf, content: x}\n",
	},
	"secret-misspelled": {
		config: "user: app\nsetup:\n  - secret: {from: {file: /etc/grup}, path: /run/db, on_disk: allow}\n",
	},
	"secrets-not-mounted": {
		config: "user: app\nsetup:\n  - secret: {from: {file: /run/secrets/db}, path: /run/db, on_disk: allow}\n",
	},
	"no-configuration": {},
	"configuration-closed": { config: "user: app\n", configMode: 0o600, user: "1000:1000" },
	"file-is-a-directory": {
		config: "user: app\nsetup:\n  - mkdir: /run/app.conf\n  - file: {path: /run/app.conf, content: x}\n",
	},
	"command-is-a-link-to-nowhere": {
		config: "user: app\nsetup:\n  - link: {path: /run/app, to: /volume/app}\n",
		args: ["--", "/run/app"],
	},
	"no-name-server": {
		config: 'user: app\nsetup:\n  - wait_for: {tcp: "db.example:5432", timeout: 300ms}\n',
		volumes: ["/dev/null:/etc/resolv.conf"],
	},
	"migration-not-installed": {
		config: 'user: app\nsetup:\n  - run: [sh, -c, "no-such-migration up"]\n',
	},
	"workdir-is-a-link-to-nowhere": {
		config: "user: app\nworkdir: /srv\nsetup:\n  - link: {path: /srv, to: /volume/app}\n",
	},
	"workdir-closed": {
		config:
			'user: app\nworkdir: /run/app/data\nsetup:\n  - mkdir: {path: /run/app/data, owner: app}\n  - mkdir: {path: /run/app, owner: root, mode: "0700"}\n',
	},
	"disk-full": {
		config: "user: app\nsetup:\n  - secret: {from: {env: DB_PASSWORD}, path: /secrets/db}\n",
		env: { DB_PASSWORD: "x".repeat(9000) },
		flags: ["--tmpfs=/secrets:size=4k"],
	},
	"inodes-used-up": {
		config: "user: app\nsetup:\n  - mkdir: [/cache/a, /cache/b, /cache/c]\n",
		flags: ["--tmpfs=/cache:nr_inodes=2"],
	},
	"copy-larger-than-the-volume": {
		config: 'user: app\nsetup:\n  - run: [sh, -c, "head -c 300000 /dev/zero >/srv"]\n  - copy: {from: /srv, to: /cache/model}\n',
		flags: ["--tmpfs=/cache:size=200k"],
	},
	"more-processes-than-the-user-may-have": {
		config:
			'user: app\nlimits: {nproc: 2}\nsetup:\n  - run: {command: [sh, -c, "for i in 1 2 3; do sleep 9 >/dev/null 2>&1 & done"], background: true, user: app}\n',
	},
	"secret-empty": {
		config:
			'user: app\nsetup:\n  - file: {path: /run/source, content: "\\n"}\n  - secret: {from: {file: /run/source}, path: /run/db, on_disk: allow}\n',
	},
	"secret-of-an-empty-variable": {
		config: "user: app\nsetup:\n  - secret: {from: {env: DB_PASSWORD}, path: /run/db, on_disk: allow}\n",
		env: { DB_PASSWORD: "" },
	},
	"not-root": {
		config: "user: app\nsetup:\n  - file: {path: /etc/app.conf, content: x}\n",
		user: "1000:1000",
	},
	"database-does-not-answer": {
		config: 'user: app\nsetup:\n  - wait_for: {tcp: "127.0.0.1:5432", timeout: 300ms}\n',
	},
	"migration-crashes": {
		config: 'user: app\nsetup:\n  - run: [sh, -c, "kill -SEGV $$$$"]\n',
	},
	"links-in-a-circle": {
		config: "user: app\nsetup:\n  - link: {path: /run/a, to: /run/b}\n  - link: {path: /run/b, to: /run/a}\n  - mkdir: /run/a/data\n",
	},
	"interpreter-missing": {
		config: 'user: app\nsetup:\n  - file: {path: /run/app, content: "#!/usr/bin/bash\\n", mode: "0755"}\n',
		args: ["--", "/run/app"],
	},
};

/** The whole log, as it is expected: UPDATE_GOLDEN=1 writes it. */
function expectLog(name: string, said: string): void {
	const log = said.replaceAll(/\bprocess \d+/g, "process N");
	const file = join(import.meta.dirname, "logs", `${name}.txt`);
	if (process.env["UPDATE_GOLDEN"] === "1") {
		writeFileSync(file, log);
	}
	expect(log, file).toBe(readFileSync(file, "utf8"));
}

const options = (loop: Loop): HouseOptions => ({ image: busybox, args: ["--", "true"], ...loop });

describe("the log of a crash loop", () => {
	it.each(Object.entries(loops))("%s", async (name, loop) => {
		const { status, stdout, stderr } = await runHouse(options(loop));
		expectLog(name, `${stdout}${stderr}--- exit ${status}\n`);
	});

	it.each(Object.entries(loops))("%s, in JSON", async (_, loop) => {
		const { stderr } = await runHouse({ ...options(loop), env: { ...loop.env, ABDICATE_LOG: "verbose,json" } });
		// What a step's program prints is its own.
		const lines = logLines(stderr.replaceAll(/^[^{].*\n/gm, ""));
		expect(lines.filter(({ severity }) => severity === "error").length).toBeGreaterThan(0);
		expect(lines.every(({ time }) => typeof time === "string")).toBe(true);
	});
});

describe("a workload that crashes beside an init", () => {
	const crash = (signal: string): Partial<HouseOptions> => ({
		image: busybox,
		config: "user: app\ninit: true\n",
		args: ["--", "sh", "-c", `kill -${signal} $$`],
	});

	it.each(["SEGV", "KILL", "SYS"])("is told of: %s", async (signal) => {
		const { status, stderr } = await runHouse({ image: busybox, ...crash(signal) });
		expectLog(`workload-${signal}`, `${stderr}--- exit ${status}\n`);
	});

	it("is told of in JSON, with the time", async () => {
		const { stderr } = await runHouse({ image: busybox, ...crash("SEGV"), env: { ABDICATE_LOG: "json" } });
		const lines = logLines(stderr);
		expect(lines).toMatchObject([{ severity: "warning", time: expect.any(String), message: expect.stringContaining("signal 11") }]);
		expect(Math.abs(Date.parse(`${lines[0]?.["time"]}`) - Date.now())).toBeLessThan(60_000);
	});

	it.each(["TERM", "INT", "HUP", "PIPE"])("is not told of by who was told to end: %s", async (signal) => {
		expect((await runHouse({ image: busybox, ...crash(signal) })).stderr).toBe("");
	});
});

describe("the log of a crash loop for want of memory", () => {
	const start = (more: Partial<ContainerOptions>) =>
		runContainer({ image: busybox, args: ["--", "true"], flags: ["--memory=24m", "--memory-swap=24m"], ...more });

	it("names the limit, of a step whose program the kernel has ended", async () => {
		needDocker();
		const config = 'user: app\nsetup:\n  - run: [sh, -c, "tail /dev/zero"]\n  - run: ["true"]\n';
		const { status, stderr } = await start({ config });
		expectLog("step-out-of-memory", `${stderr.replaceAll(/^(?!abdicate| {2}).*\n/gm, "")}--- exit ${status}\n`);
	});
});

describe("a start that goes well", () => {
	it.each<[string, Partial<HouseOptions>]>([
		["the least", { config: "user: app\n" }],
		["with an init", { config: "user: app\ninit: true\n" }],
		[
			"with steps",
			{
				config:
					'user: app\nworkdir: /run/app\nsetup:\n  - mkdir: /run/app\n  - file: {path: /run/app/conf, content: x}\n  - listen: {tcp: 8080}\n  - run: ["true"]\n',
			},
		],
		["with words of ABDICATE_LOG", { config: "user: app\n", env: { ABDICATE_LOG: "normal,json" } }],
	])("says nothing: %s", async (_, loop) => {
		expect(await runHouse({ image: busybox, args: ["--", "true"], ...loop })).toMatchObject({ status: 0, stdout: "", stderr: "" });
	});

	it("says a word of ABDICATE_LOG that is none", async () => {
		const { status, stderr } = await runHouse({
			image: busybox,
			config: "user: app\n",
			args: ["--", "env"],
			env: { ABDICATE_LOG: "verbos" },
		});
		expect([status, stderr]).toEqual([
			0,
			'abdicate: warning: ABDICATE_LOG: "verbos" (did you mean "verbose"?) is none of its words, which are quiet, normal, verbose, text, json, with commas between them\n',
		]);
	});
});
