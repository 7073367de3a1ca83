import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runHouse } from "../harness/house/run.ts";
import { busybox } from "./harness/images.ts";
import { root } from "./harness/paths.ts";
import type { ContainerOptions } from "./harness/run.ts";
import { stepLines, volume } from "./steps/volume.ts";

const sections = readFileSync(join(root, "docs/from-docker-entrypoint.md"), "utf8").split(/^## /m).slice(1);
const blocksOf = (section: string) => [...section.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => text);

/** A file of the page, by how the title of its section begins. */
function file(title: string, index = 0): string {
	const found = sections.filter((each) => each.startsWith(title)).flatMap(blocksOf)[index];
	if (found === undefined) {
		throw new Error(`the page has no file ${index} below ${title}`);
	}
	return found;
}

/** What an image of the page's programs has beside busybox. */
const image = [
	"echo postgres:x:998:998::/:/bin/sh >> /etc/passwd",
	"mkdir -p /usr/bin /docker-entrypoint.d",
	"for each in initdb first-start sshfs rclone redis-server; do printf '#!/bin/sh\\necho \"$@\"\\n' > /usr/bin/$each; chmod 755 /usr/bin/$each; done",
].join("; ");

const socket = "touch /var/run/docker.sock; chgrp 990 /var/run/docker.sock";

/** Starts with a file of the page; `before` is done by root in front of it, in the same house. */
async function start(config: string, words: readonly string[], before = "true", more: Partial<ContainerOptions> = {}) {
	const quoted = words.map((word) => `'${word}'`).join(" ");
	const args = ["-c", `${image}; ${before}; exec /abdicate ${quoted}`];
	const { status, stdout, stderr } = await runHouse({ image: busybox, config, entrypoint: "/bin/sh", args, ...more });
	return { status, stdout, code: /error\[(\w+)\]/.exec(stderr)?.[1], stderr };
}

async function outcome(...asked: Parameters<typeof start>) {
	const { status, stdout, code } = await start(...asked);
	return code === undefined ? [status, ...stdout.trimEnd().split("\n")] : [status, code];
}

const all = sections.flatMap(blocksOf);

describe("the files on the page for those who come from shell scripts", () => {
	it.each(all)("have nothing that check objects to, in their image: %j", async (config) => {
		const { status, stdout, stderr } = await start(config, ["check"], "true", { env: { DB_PASSWORD: "any" } });
		// What volumes bring is not here.
		const told = (stdout.match(/^abdicate: \w+\[\w+\]/gm) ?? []).filter((each) => !each.includes("[LINT_MISSING_"));
		expect([status, told, stderr]).toEqual([0, [], ""]);
	});

	it.each(all.filter((config) => !/fuse:|wait_for:/.test(config)))("start a container: %j", async (config) => {
		const before = `mkdir -p /data /config /defaults /docker-entrypoint.d /var/run; echo '$HOST:$PORT' > /etc/app.conf.tmpl; ${socket}`;
		const flags = ["--hostname", "web-1", "--sysctl", "net.ipv4.ip_forward=1"];
		const { status, stderr } = await start(config, ["--", "redis-server"], before, { env: { DB_PASSWORD: "any" }, flags });
		// How many files a start may have open is the machine's.
		const told = /nofile/.test(config) ? expect.stringMatching(/^$|nofile 65536 is above the hard limit/) : "";
		expect([status, stderr]).toEqual([0, told]);
	});

	it("serve a start as root and one as another user", async () => {
		const config = file('`if [ "$(id -u)');
		const data = () => ({ volumes: [`${volume("touch file; chown 7:7 file")}:/data`] });
		const words = ["--", "sh", "-c", "id -u; stat -c %u /data/file"];
		expect(await outcome(config, words, "true", data())).toEqual([0, "1000", "1000"]);
		const other = { args: ["--", "sh", "-c", "id -u; stat -c %u /data/file"], entrypoint: "/abdicate", user: "1234:1234" };
		expect(await outcome(config, words, "true", { ...data(), ...other })).toEqual([0, "1234", "7"]);
		expect(await outcome(file("`find"), words, "true", { ...data(), ...other })).toEqual([125, "STEP_FAILED"]);
		const right = { volumes: [`${volume("chown 1234:1234 .; touch file; chown 1234:1234 file")}:/data`] };
		expect(await outcome(file("`find"), words, "true", { ...right, ...other })).toEqual([0, "1234", "1234"]);
		expect(await outcome(file('`if [ "$(id -u)', 1), words, "true", { ...data(), ...other })).toEqual([125, "CAPABILITY_MISSING"]);
	});

	it("look names up, and need none for ids", async () => {
		const title = "`getent";
		expect(await outcome(file(title), ["--", "true"], "sed -i /^app:/d /etc/passwd")).toEqual([125, "USER_UNKNOWN"]);
		expect(await outcome(file(title, 1), ["--", "sh", "-c", "id -u; echo $HOME"], "rm /etc/passwd")).toEqual([0, "1000", "/srv/app"]);
		expect(await outcome(file(title, 2), ["--", "tail", "-n", "1", "/etc/passwd"])).toEqual([0, "app:x:1000:1000::/srv/app:/bin/sh"]);
	});

	it("re-own what is in the tree alone, where find and chown went on", async () => {
		const fill = (at: string) =>
			`touch ${at}/file ${at}/one ${at}/mnt/file ${at}-outside; ln ${at}/one ${at}/two; ln -s ${at}-outside ${at}/link`;
		const mounts = ["/data", "/found"].flatMap((at) => [`${volume("mkdir mnt")}:${at}`, `${volume("true")}:${at}/mnt`]);
		const before = `${fill("/data")}; ${fill("/found")}; find /found ! -user app -exec chown app {} +`;
		const show = (at: string) => `stat -c %u ${at}/file ${at}-outside ${at}/one ${at}/mnt/file`;
		const words = ["-v", "--", "sh", "-c", `${show("/data")}; ${show("/found")}`];
		const { status, stdout, stderr } = await start(file("`find"), words, before, { volumes: mounts });
		expect([status, ...stdout.trimEnd().split("\n")]).toEqual([0, ...["1000", "0", "0", "0"], ...["1000", "1000", "1000", "1000"]]);
		expect(stepLines(stderr)).toEqual([
			"changed  setup[0] own /data to 1000:1000 (mismatched): 3 of 6 entries re-owned, 2 with several links left alone, 1 on other mounts left alone",
		]);
		const linked = await start(file("`find"), ["--", "true"], "mkdir /real; ln -s /real /data");
		expect([linked.status, linked.stderr.includes("symbolic link")]).toEqual([125, true]);
		expect(await outcome("user: app\nsetup: [{ own: /usr }]\n", ["--", "true"])).toEqual([125, "CONFIG_INVALID_VALUE"]);
	});

	it("put a command in front of any arguments", async () => {
		const config = file('`exec "$@"`');
		expect(await outcome(config, ["--", "--port", "1"])).toEqual([0, "--save  --port 1"]);
		expect(await outcome(config, ["--", "redis.conf"])).toEqual([0, "--save  redis.conf"]);
		expect(await outcome(config, ["--"])).toEqual([0, "--save"]);
		expect(await outcome(file("`exec gosu"), ["--", "redis-server", "--port", "1"])).toEqual([0, "--port 1"]);
	});

	it("move a secret into a file of the workload's", async () => {
		const words = ["--", "sh", "-c", "stat -c %u:%g:%a $DB_PASSWORD_PATH; cat $DB_PASSWORD_PATH; echo :$DB_PASSWORD"];
		const config = file("`file_env", 2);
		expect(await outcome(config, words, "true", { env: { DB_PASSWORD: "any" } })).toEqual([0, "1000:1000:400", "any:"]);
		const { status, stdout } = await start(config, ["check"]);
		expect([status, stdout.match(/^abdicate: .*?:/gm)]).toEqual([1, ["abdicate: error[ENVIRONMENT_INVALID] /etc/entrypoint.yaml:"]]);
	});

	it("give programs what a file holds, or its default, and texts of the file what stands there", async () => {
		const given = { env: { POSTGRES_USER_FILE: "/run/name" } };
		const config = file("`file_env", 1);
		expect(await outcome(config, ["--", "sh", "-c", "echo $POSTGRES_USER"], "echo me > /run/name", given)).toEqual([
			0,
			"--username me",
			"me",
		]);
		expect(await outcome(config, ["--", "true"])).toEqual([0, "--username postgres"]);
		const words = ["--", "sh", "-c", "echo $URL $PORT"];
		expect(await outcome(file("`envsubst", 1), words)).toEqual([0, "http://localhost:8080 8080"]);
		expect(await outcome(file("`envsubst", 1), words, "true", { env: { PORT: "81" } })).toEqual([0, "http://localhost:81 81"]);
	});

	it("go on without what could not be done, and warn of it", async () => {
		const { status, stdout, stderr } = await start(file("`mkdir -p /data/cache"), ["--", "echo", "ran"], "echo > /data");
		expect([status, stdout, stderr.split(": ").slice(0, 2), stderr.trimEnd().split("\n").length]).toEqual([
			0,
			"ran\n",
			["abdicate", "warning[STEP_FAILED] setup[0] mkdir /data/cache mode 0755 owner 1000:1000"],
			1,
		]);
	});

	it("run the first start of a database once", async () => {
		const config = file("`/docker-entrypoint-initdb.d`");
		const script = "printf '#!/bin/sh\\necho first\\n' > /usr/bin/first-start; mkdir -p /var/lib/postgresql/data";
		expect(await outcome(config, ["--", "echo", "ran"], script)).toEqual([0, "first", "ran"]);
		expect(await outcome(config, ["--", "echo", "ran"], `${script}; touch /var/lib/postgresql/data/.complete`)).toEqual([0, "ran"]);
	});

	it("choose by a variable, and make a password that stays", async () => {
		const config = file("What has no equivalent");
		const words = ["--", "sh", "-c", "cat /etc/app.conf; echo; stat -c %U:%a /data/app/password; wc -c < /data/app/password"];
		expect(await outcome(config, words, "mkdir /data")).toEqual([0, "tls off", "app:600", "33"]);
		const made = "mkdir -p /data/app; echo mine > /data/app/password; chmod 600 /data/app/password; chown -R app /data/app";
		expect(await outcome(config, words, made, { env: { TLS: "1" } })).toEqual([0, "tls on", "app:600", "5"]);
	});

	it("keep a capability that is there", async () => {
		const config = file("`setcap cap_ipc_lock");
		const words = ["--", "grep", "CapPrm", "/proc/self/status"];
		expect(await outcome(config, words, "true", { caps: { add: ["IPC_LOCK"] } })).toEqual([0, "CapPrm:\t0000000000004000"]);
		expect(await outcome(config, words)).toEqual([0, "CapPrm:\t0000000000000000"]);
		expect(await outcome(config.replace("keep_if_present", "keep"), words)).toEqual([125, "CAPABILITY_MISSING"]);
	});

	it("set the mask and the limits of the workload", async () => {
		expect(await outcome(file("`umask"), ["--", "sh", "-c", "umask"])).toEqual([0, "0027"]);
		const limits = ["--", "sh", "-c", "ulimit -n; ulimit -Hn; ulimit -c; ulimit -Hc"];
		const config = file("`ulimit");
		const lower = { flags: ["--ulimit", "nofile=1024:2048"] };
		expect(await outcome(config.replace("65536", "1500"), limits, "true", lower)).toEqual([0, "1500", "1500", "0", "0"]);
		const { stdout, stderr } = await start(config, limits, "true", lower);
		expect([stdout, stderr.split("\n")[0]]).toEqual([
			"2048\n2048\n0\n0\n",
			"abdicate: warning: nofile 65536 is above the hard limit 2048, and SYS_RESOURCE is not held: 2048 is used",
		]);
		expect(await outcome(`${config}when_unprivileged: fail\n`, limits, "true", lower)).toEqual([125, "LIMIT_REFUSED"]);
	});

	it("take ids from variables, and a group from a socket", async () => {
		const env = { PUID: "2246052396", PGID: "4294967294" };
		expect(await outcome(file("`usermod"), ["--", "sh", "-c", "id -u; id -g"], "mkdir /config", { env })).toEqual([0, env.PUID, env.PGID]);
		expect(await outcome(file("`groupmod"), ["--", "id", "-G"], `mkdir -p /var/run; ${socket}`)).toEqual([0, "1000 44 990"]);
	});

	it("are planned in the image", async () => {
		const more = { env: { DB_PASSWORD: "any" } };
		const config = file("`file_env", 2);
		const { status, stdout } = await start(config, ["plan", "--", "redis-server", "--help"], "true", more);
		expect([status, stdout.split("\n")[0]]).toEqual([0, "command  redis-server --help"]);
		expect(await outcome(config, ["plan", "--format", "docker", "--", "redis-server"], "true", more)).toEqual([
			0,
			"--cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add SETGID --cap-add SETUID --cap-add SETPCAP",
		]);
	});
});
