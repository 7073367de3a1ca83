import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse, startHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import type { ContainerOptions } from "../harness/run.ts";
import { stepLines, volume } from "./volume.ts";

const value = "hunter2 and more";
const inMemory = ["--tmpfs=/run/secrets:mode=755"];
const label = "setup[0] secret /run/secrets/db from DB_PASSWORD mode 0400 owner 1000:1000";

function secret(step: object, more: Partial<ContainerOptions> = {}) {
	return runHouse({
		image: busybox,
		config: { user: "app", setup: [{ secret: { path: "/run/secrets/db", ...step } }] },
		args: ["-v", "--", "sh", "-c", "stat -c '%u:%g %a' /run/secrets/db; cat /run/secrets/db; echo; env | grep ^DB_; ls -A /run/secrets"],
		flags: inMemory,
		...more,
	});
}

const fromVariable = { from: { env: "DB_PASSWORD" } };
const error = (stderr: string): string => stderr.split("\n").find((line) => line.includes("error[")) ?? stderr;

describe("secret", () => {
	it("moves a variable into a file for the user alone and points at it", async () => {
		const { status, stdout, stderr } = await secret({ ...fromVariable, env: "DB_PASSWORD_FILE" }, { env: { DB_PASSWORD: value } });
		expect([status, stdout, stepLines(stderr), stderr.includes("hunter2")]).toEqual([
			0,
			`1000:1000 400\n${value}\nDB_PASSWORD_FILE=/run/secrets/db\ndb\n`,
			[`changed  ${label}: made`],
			false,
		]);
	});

	it("takes NAME_FILE as well, less one newline, through the links that Kubernetes makes", async () => {
		const source = volume(
			`mkdir -m 755 ..2024; printf '${value}\\n\\n' > ..2024/db; chmod 400 ..2024/db; ln -s ..2024 ..data; ln -s ..data/db db; chmod 1777 .`,
		);
		const { status, stdout } = await secret(fromVariable, { volumes: [`${source}:/mnt/db:ro`], env: { DB_PASSWORD_FILE: "/mnt/db/db" } });
		expect([status, stdout]).toEqual([0, `1000:1000 400\n${value}\n\ndb\n`]);
	});

	it.each([
		["\\r\\n", ""],
		["\\r\\n\\r\\n", "\r\n"],
		["\\r", "\r"],
		["\\n\\r", "\n\r"],
		["\\r\\r\\n", "\r"],
	])("takes one newline off the end, that of DOS too: %j", async (end, rest) => {
		const source = volume(`printf 'a\\r\\nb${end}' > s; chmod 400 s`);
		const options = { volumes: [`${source}:/mnt:ro`], env: { DB_PASSWORD_FILE: "/mnt/s" } };
		const { status, stdout } = await secret(fromVariable, options);
		expect([status, stdout]).toEqual([0, `1000:1000 400\na\r\nb${rest}\ndb\n`]);
	});

	it("keeps the last newline of a file when told to, and finds it right the second time", async () => {
		const [source, place] = [volume(`printf '${value}\\n' > s; chmod 400 s`), volume("true")];
		const options = { volumes: [`${source}:/mnt:ro`, `${place}:/run/secrets`], flags: [], env: { DB_PASSWORD_FILE: "/mnt/s" } };
		const step = { ...fromVariable, on_disk: "allow", newline: "keep" };
		const runs = [await secret(step, options), await secret(step, options)];
		expect(runs.map(({ stdout, stderr }) => [stdout, ...stepLines(stderr).map((line) => line.split(": ").at(-1))])).toEqual([
			[`1000:1000 400\n${value}\n\ndb\n`, "made"],
			[`1000:1000 400\n${value}\n\ndb\n`, "already right"],
		]);
		const variable = await secret({ ...fromVariable, newline: "strip" }, { env: { DB_PASSWORD: `${value}\n` } });
		expect(variable.stdout).toBe(`1000:1000 400\n${value}\n\ndb\n`);
	});

	it("takes a file of root's, and finds it right the second time", async () => {
		const [source, place] = [volume(`printf '${value}' > s; chmod 400 s`), volume("true")];
		const options = { volumes: [`${source}:/mnt:ro`, `${place}:/run/secrets`], flags: [] };
		const step = { from: { file: "/mnt/s" }, mode: "0440", owner: "root", group: "app", on_disk: "allow" };
		const first = await secret(step, options);
		const second = await secret(step, options);
		const what = "setup[0] secret /run/secrets/db from /mnt/s mode 0440 owner 0:1000";
		expect([first, second].map(({ status, stdout, stderr }) => [status, stdout, ...stepLines(stderr)])).toEqual([
			[0, `0:1000 440\n${value}\ndb\n`, `changed  ${what}: made`],
			[0, `0:1000 440\n${value}\ndb\n`, `ok       ${what}: already right`],
		]);
	});

	it("replaces what is there with another content or a wider mode", async () => {
		const place = volume(`printf '${value}' > db; chmod 666 db; touch .abdicate-new-1-2-0; chmod 400 .abdicate-new-1-2-0`);
		const options = { volumes: [`${place}:/run/secrets`], flags: [], env: { DB_PASSWORD: value } };
		const wider = await secret({ ...fromVariable, on_disk: "allow" }, options);
		const other = await secret({ ...fromVariable, on_disk: "allow" }, { ...options, env: { DB_PASSWORD: "new" } });
		expect([wider.stdout, other.stdout, stepLines(wider.stderr), stepLines(other.stderr)]).toEqual([
			`1000:1000 400\n${value}\ndb\n`,
			"1000:1000 400\nnew\ndb\n",
			// Who could write to it may have it open.
			[`changed  ${label}: replaced`],
			[`changed  ${label}: replaced`],
		]);
	});

	it("shows the value in no plan, and takes it from steps that follow", async () => {
		const config = {
			user: "app",
			setup: [
				{ secret: { ...fromVariable, path: "/run/secrets/db", env: "P" } },
				{ run: ["sh", "-c", "env | grep -c DB_PASSWORD; echo $$P; exit 0"] },
			],
		};
		const env = { DB_PASSWORD: value };
		const outputs = [];
		for (const args of [
			["plan", "--format", "json", "--", "true"],
			["plan", "--", "true"],
		]) {
			const { status, stdout, stderr } = await secret({}, { config, args, env });
			outputs.push([status, `${stdout}${stderr}`.includes("hunter2")]);
		}
		const { stdout } = await secret({}, { config, args: ["--", "true"], env });
		expect([outputs, stdout]).toEqual([Array(2).fill([0, false]), "0\n/run/secrets/db\n"]);
	});

	it("is not in /proc of the workload, nor of ours when another process looks", async () => {
		const { stdout } = await secret(fromVariable, {
			env: { DB_PASSWORD: value },
			args: ["--", "sh", "-c", "cat /proc/self/environ /proc/1/environ /proc/1/cmdline | grep -c hunter[2]; exit 0"],
		});
		expect(stdout).toBe("0\n");
	});

	it.each([
		["warn", 0],
		["refuse", 125],
		["allow", 0],
	])("looks whether the place is in memory: on_disk: %s", async (policy, expected) => {
		const place = volume("true");
		const { status, stderr } = await secret(
			{ ...fromVariable, on_disk: policy },
			{
				volumes: [`${place}:/run/secrets`],
				flags: [],
				env: { DB_PASSWORD: value },
			},
		);
		const isSaid = stderr.includes('"/run/secrets" is not in memory: the secret stays on a disk');
		expect([status, isSaid, readdirSync(place)]).toEqual([expected, policy !== "allow", policy === "refuse" ? [] : ["db"]]);
	});

	it("is not in the environment of a program that enters either", async () => {
		const config = {
			user: "app",
			command: { setup_only_for: ["sleep"] },
			setup: [{ secret: { ...fromVariable, path: "/run/secrets/db", env: "DB_PASSWORD_FILE" } }],
		};
		const container = await startHouse({
			image: busybox,
			config,
			args: ["--", "sleep", "1000"],
			flags: inMemory,
			env: { DB_PASSWORD: value },
		});
		const enter = () => container.exec(["/abdicate", "enter", "--", "sh", "-c", "cat /run/secrets/db && echo && env | grep ^DB_"]);
		const { stdout } = await container.waitFor("the secret is there", async () => {
			const outcome = await enter();
			return outcome.status === 0 && outcome;
		});
		expect(stdout).toBe(`${value}\nDB_PASSWORD_FILE=/run/secrets/db\n`);
	});

	it("is left out, the variable with it, when its condition does not hold", async () => {
		const step = { ...fromVariable, path: "/run/secrets/db" };
		const config = { user: "app", setup: [{ when: { env: "DB_PASSWORD" }, secret: step }] };
		const { status, stdout } = await secret({}, { config, args: ["--", "ls", "-A", "/run/secrets"] });
		expect([status, stdout]).toEqual([0, ""]);
	});
});

describe("secret when something is wrong", () => {
	const big = volume(
		"head -c 1048577 /dev/zero | tr '\\0' a > big; touch empty; mkfifo pipe; ln -s /etc/passwd link; mkdir w; chown 1000:1000 w; ln -s /etc/passwd w/link; mkdir -m 1777 t; ln -s /etc/passwd t/link; chown -h 1000:1000 t/link",
	);

	it.each<[string, object, Record<string, string>, string]>([
		["neither", fromVariable, {}, "setup[0].secret: secret: neither DB_PASSWORD nor DB_PASSWORD_FILE is set"],
		[
			"an empty variable",
			fromVariable,
			{ DB_PASSWORD: "" },
			"setup[0].secret: secret: neither DB_PASSWORD nor DB_PASSWORD_FILE is set: DB_PASSWORD is empty, which counts as not given",
		],
		[
			"both",
			fromVariable,
			{ DB_PASSWORD: "hunter2", DB_PASSWORD_FILE: "/mnt/s" },
			"setup[0].secret: secret: both DB_PASSWORD and DB_PASSWORD_FILE are set",
		],
		["a missing file", fromVariable, { DB_PASSWORD_FILE: "/mnt/none" }, 'open: ENOENT on "/mnt/none": there is no such file'],
		["an empty file", fromVariable, { DB_PASSWORD_FILE: "/mnt/empty" }, 'the secret in "/mnt/empty" is empty'],
		["a long file", fromVariable, { DB_PASSWORD_FILE: "/mnt/big" }, 'read: EFBIG on "/mnt/big": it is longer than 1048576 bytes'],
		["a pipe", fromVariable, { DB_PASSWORD_FILE: "/mnt/pipe" }, '"/mnt/pipe" is not a regular file'],
		[
			"a link of the workload's",
			fromVariable,
			{ DB_PASSWORD_FILE: "/mnt/w/link" },
			"/mnt/w/link is a symbolic link that is not root's alone",
		],
		[
			"a link of the workload's in a sticky directory",
			fromVariable,
			{ DB_PASSWORD_FILE: "/mnt/t/link" },
			"/mnt/t/link is a symbolic link that is not root's alone",
		],
		["no source", { from: {} }, {}, "error[CONFIG_CONFLICT]"],
		["two sources", { from: { env: "A", file: "/b" } }, {}, "error[CONFIG_CONFLICT]"],
		["no directory", { ...fromVariable, path: "/nowhere/db" }, { DB_PASSWORD: "hunter2" }, "its directory does not exist"],
	])("says so and starts nothing: %s", async (_, step, env, message) => {
		const { status, stdout, stderr } = await secret(step, { env, volumes: [`${big}:/mnt:ro`] });
		expect([status, stdout, error(stderr).includes(message), stderr.includes("hunter2"), stderr.includes("aaaa")]).toEqual([
			125,
			"",
			true,
			false,
			false,
		]);
	});

	it("does not go on without the secret", async () => {
		const config = { user: "app", setup: [{ on_error: "warn", secret: { ...fromVariable, path: "/run/secrets/db" } }] };
		const { status, stderr } = await secret({}, { config, env: { DB_PASSWORD: value } });
		expect([status, error(stderr).includes("on_error: warn is not for it")]).toEqual([125, true]);
	});

	it("writes through no link, and leaves what it points at", async () => {
		const [place, outside] = [volume("chown 1000:1000 .; ln -s /outside/f db"), volume("printf old > f")];
		const { status, stderr } = await secret(
			{ ...fromVariable, on_disk: "allow" },
			{
				volumes: [`${place}:/run/secrets`, `${outside}:/outside`],
				flags: [],
				env: { DB_PASSWORD: value },
			},
		);
		expect([status, error(stderr).includes("is a symbolic link"), readFileSync(join(outside, "f"), "utf8")]).toEqual([125, true, "old"]);
	});

	it("says that the file system is read-only, unless there is nothing to do", async () => {
		const place = volume(`printf '${value}' > db; chown 1000:1000 db; chmod 400 db`);
		const options = { volumes: [`${place}:/run/secrets:ro`], flags: [] };
		const step = { ...fromVariable, on_disk: "allow" };
		const right = await secret(step, { ...options, env: { DB_PASSWORD: value } });
		const other = await secret(step, { ...options, env: { DB_PASSWORD: "hunter3" } });
		expect([...stepLines(right.stderr), other.status, error(other.stderr)]).toEqual([
			`ok       ${label}: already right`,
			125,
			`abdicate: error[STEP_FAILED] ${label}: open: EROFS on "/run/secrets/db": the file system is mounted read-only`,
		]);
	});

	it("names CHOWN before the file is made", async () => {
		const { status, stderr } = await secret(fromVariable, { env: { DB_PASSWORD: value }, caps: { drop: ["CHOWN"] } });
		expect([status, error(stderr)]).toEqual([
			125,
			`abdicate: error[CAPABILITY_MISSING] ${label}: CHOWN is not held, needed to give /run/secrets/db its owner`,
		]);
	});
});
