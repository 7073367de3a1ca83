import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HouseOptions, runHouse } from "../../harness/house/run.ts";
import { busybox, scratch, servers } from "../harness/images.ts";
import { volume } from "../steps/volume.ts";

const landlock = { write: ["/tmp"] };
const run = (words: readonly string[], more: Partial<HouseOptions> = {}) =>
	runHouse({ image: servers, config: { user: "app", landlock }, ...more, args: ["--", ...words] });

/** A program for musl, with its loader and its library. */
let musl: string;
beforeAll(() => {
	musl = mkdtempSync(join(tmpdir(), "abdicate-musl-"));
	const parts = "/usr/lib/x86_64-linux-musl";
	writeFileSync(join(musl, "hello.c"), '#include <stdio.h>\nint main(void) { return puts("hello from musl") < 0; }\n');
	const flags = ["-nostdinc", "-isystem", "/usr/include/x86_64-linux-musl", "-nostdlib", "-pie", "-fPIE"];
	const linked = [`${parts}/Scrt1.o`, `${parts}/crti.o`, "hello.c", `-L${parts}`, "-lc", "-lgcc", `${parts}/crtn.o`];
	execFileSync("gcc", [...flags, "-Wl,-dynamic-linker,/lib/ld-musl-x86_64.so.1", "-o", "hello", ...linked], { cwd: musl });
});
afterAll(() => rmSync(musl, { recursive: true, force: true }));

describe("with the base set alone", () => {
	it("what distributions keep of TLS, names and their JDKs in places of their own is read, and no key beside it", async () => {
		const open = [
			...["/etc/pki/tls/openssl.cnf", "/etc/pki/tls/cert.pem", "/etc/crypto-policies/config", "/etc/gnutls/config", "/etc/mime.types"],
			...["/etc/ca-certificates/extracted/ca.pem", "/var/lib/ca-certificates/ca-bundle.pem", "/usr/local/share/ca-certificates/own.crt"],
			...["/usr/etc/nsswitch.conf", "/etc/ld-musl-x86_64.path", "/etc/ld-musl-aarch64.path"],
			...["/etc/java-17-openjdk/net.properties", "/etc/java/java.conf"],
		];
		const closed = ["/etc/pki/tls/private/key", "/etc/gnutls/key", "/etc/ssl/private/key", "/usr/etc/other"];
		const setup = [...open, ...closed].map((path) => ({ file: { path, content: `${path}\n`, mode: "0644", owner: "root" } }));
		const directories = [...new Set([...open, ...closed].map((path) => path.slice(0, path.lastIndexOf("/"))))].filter(
			(path) => path !== "/etc",
		);
		const config = { user: "app", setup: [{ mkdir: { path: directories, owner: "root" } }, ...setup], landlock };
		const { stdout, stderr } = await run(["cat", ...open, ...closed], { config });
		expect([stdout, stderr]).toEqual([
			open.map((path) => `${path}\n`).join(""),
			closed.map((path) => `cat: ${path}: Permission denied\n`).join(""),
		]);
	});

	it.each<[name: string, words: readonly string[], says: string]>([
		["sh", ["sh", "-c", "echo hello"], "hello"],
		["bash", ["bash", "-c", "read -r line </proc/self/comm; echo $line; cat() { echo no; }; : >/dev/null; echo $HOME"], "bash\n/home/app"],
		["perl", ["perl", "-MPOSIX", "-e", 'print +(getpwuid($<))[0], " ", -t STDIN ? 1 : 0'], "app 0"],
		[
			"python",
			[
				"python3",
				"-c",
				"import ssl, json, sqlite3, ctypes, os, random, socket, pwd, time, multiprocessing, tempfile, locale\n" +
					"multiprocessing.Lock(); tempfile.TemporaryFile(); time.tzset(); ssl.create_default_context()\n" +
					"print(pwd.getpwuid(os.getuid()).pw_name, socket.gethostbyname('localhost'), os.cpu_count() > 0, len(os.urandom(4)))",
			],
			"app 127.0.0.1 True 4",
		],
		[
			"node",
			[
				"node",
				"-e",
				"const os = require('os'); require('dns').lookup('localhost', {family: 4}, (_, at) => console.log(os.userInfo().username, at, os.cpus().length > 0, require('crypto').randomBytes(4).length, new Intl.DateTimeFormat().resolvedOptions().timeZone !== ''))",
			],
			"app 127.0.0.1 true 4 true",
		],
		["Go", ["wireguard-go", "--version"], "wireguard-go"],
		["a script", ["gunicorn", "--version"], "gunicorn (version 20.1.0)"],
		["a script by env", ["/scripts/by-env"], "by env"],
		["a shell script, which runs no other program", ["/scripts/shell"], "126"],
	])("%s starts", async (_, words, says) => {
		const scripts = volume(
			"printf '#!/usr/bin/env python3\\nprint(\"by env\")\\n' >by-env; printf '#!/bin/bash\\nls 2>/dev/null; echo $?\\n' >shell; chmod 755 by-env shell",
		);
		const { status, stdout, stderr } = await run(words, { volumes: [`${scripts}:/scripts:ro`], timeout: 60 });
		expect([status, stdout.slice(0, says.length), stderr]).toEqual([0, says, ""]);
	});

	it("a program for musl starts", async () => {
		const volumes = [`${musl}/hello:/hello:ro`, "/lib/ld-musl-x86_64.so.1:/lib/ld-musl-x86_64.so.1:ro"];
		expect(await run(["/hello"], { volumes, image: busybox })).toMatchObject({ status: 0, stdout: "hello from musl\n", stderr: "" });
	});

	it("a static program starts where there is nothing else", async () => {
		const { probe, stderr } = await run(["/probe"], { image: scratch, config: { user: "1000:1000", landlock: { write: "/tmp" } } });
		expect([probe.resuid, stderr]).toEqual([[1000, 1000, 1000], ""]);
	});

	it("the size of the container is known", async () => {
		const { stdout } = await run(["bash", "-c", "read -r line </sys/devices/system/cpu/online; echo $line; cd /sys/fs/cgroup && echo *"]);
		expect(stdout).toMatch(/^\d[\d,-]*\n.+\n$/);
	});
});

describe("a command that landlock does not let be executed", () => {
	const scripts = () =>
		volume(
			"printf '#!/bin/sh\\necho mine\\n' >mine; chmod 755 mine; chown 1000:1000 mine; cp /bin/busybox true; chmod 755 true; ln -s /bin/sh link; chown -h 1000:1000 . link",
		);
	const told = async (landlock: object, word: string) => {
		const volumes = [`${scripts()}:/data`];
		const { status, stdout, stderr } = await run([word], { config: { user: "app", landlock }, volumes });
		const lines = stderr.split("\n").filter((line) => /^(?:abdicate| {2}\S)/.test(line));
		return { status, stdout, told: lines.map((line) => line.replace(/^abdicate: error\[(\w+)\] \S+ /, "$1 ")) };
	};
	const notCovered = (what: string, why: string, remedy: string) => [
		`COMMAND_NOT_EXECUTABLE landlock: ${what}, cannot be executed: landlock.execute does not cover it, and ${why}`,
		`  execute: [${remedy}], beside what stands there, or a directory above it`,
	];

	it("is refused before anything is done, with what to write", async () => {
		const none = "base: none leaves it out";
		const loader = 'the dynamic loader of the command, "/lib64/ld-linux-x86-64.so.2"';
		expect(await told({ read: ["/usr"], base: "none" }, "/bin/true")).toEqual({
			status: 126,
			stdout: "",
			told: [
				...notCovered('the command, "/bin/true"', none, "/usr/bin/true"),
				...notCovered(loader, none, "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
				"abdicate: 2 errors; abdicate explain COMMAND_NOT_EXECUTABLE says more",
			],
		});
	});

	it("starts when that is written", async () => {
		const execute = ["/usr/bin/true", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"];
		expect(await told({ execute, read: ["/usr/lib", "/lib64"], base: "none" }, "/bin/true")).toEqual({ status: 0, stdout: "", told: [] });
	});

	it("is not named by a script of the workload's, nor by its link", async () => {
		const elsewhere = "somebody other than root could have chosen it, so that the base set leaves it out";
		expect(await told({ write: ["/data"] }, "/data/mine")).toEqual({
			status: 126,
			stdout: "",
			told: notCovered('the interpreter of the command, "/bin/sh"', elsewhere, "/usr/bin/dash"),
		});
		expect(await told({ write: ["/data"] }, "/data/link")).toEqual({
			status: 126,
			stdout: "",
			told: notCovered('the command, "/data/link"', elsewhere, "/usr/bin/dash"),
		});
		expect(await told({ write: ["/data"], execute: ["/bin/sh"] }, "/data/mine")).toEqual({ status: 0, stdout: "mine\n", told: [] });
		// The program itself is the workload's to choose.
		expect((await told({ write: ["/data"] }, "/data/true")).status).toBe(0);
	});

	it("is told as such where only the setup has made it so", async () => {
		const { status, stderr } = await run(["/run/made"], {
			config: {
				user: "app",
				setup: [{ file: { path: "/run/made", content: "#!/data/true\n", mode: "0755" } }],
				landlock: { write: ["/data"] },
			},
			volumes: [`${scripts()}:/data`],
		});
		expect([status, stderr]).toEqual([
			126,
			'abdicate: error[COMMAND_NOT_EXECUTABLE] command: execve "/run/made": EACCES: landlock does not let it, its interpreter or its dynamic loader be executed, or a security module refused it\n' +
				"  landlock: {execute: [...]} with each of them, or a directory above; plan shows what is open\n",
		]);
	});

	it("runs when a step makes it and its interpreter is open", async () => {
		const { status, stdout, stderr } = await run(["/run/made"], {
			config: {
				user: "app",
				setup: [{ file: { path: "/run/made", content: "#!/bin/sh\necho made\n", mode: "0755" } }],
				landlock: { execute: ["/bin/sh"] },
			},
		});
		expect([status, stdout, stderr]).toEqual([0, "made\n", ""]);
	});
});
