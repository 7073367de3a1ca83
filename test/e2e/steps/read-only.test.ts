import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { busybox } from "../harness/images.ts";
import { ownerOf, stepLines, volume } from "./volume.ts";

/** Steps of redis (999:999) with /config read-only, as a ConfigMap is, and /data not. */
async function start(setup: readonly object[], script: string) {
	const [config, data] = [volume(script), volume("touch f")];
	const { status, stderr } = await runHouse({
		image: busybox,
		config: { user: "redis", setup },
		args: ["-v", "--", "true"],
		volumes: [`${config}:/config:ro`, `${data}:/data`],
	});
	const [error] = /\w+: E[A-Z]+ on ".*|"\/config[^"]*" cannot be made: .*/.exec(stderr) ?? [];
	return { status, steps: stepLines(stderr), error, data };
}

/** As Kubernetes makes one: all of it root's, links, and open to everybody. */
const configMap = "mkdir -m 755 ..1; echo x > ..1/c; ln -s ..1 ..data; ln -s ..data/c c; echo y > plain";

describe("a file system that is read-only", () => {
	it("is passed over by own where the user can read all that is there, as an image's author names it beside others", async () => {
		const { status, steps, data } = await start([{ own: ["/data", "/config"] }, { own: "/config" }], configMap);
		const read = 'read-only: "/config/c and 4 more of 6" cannot be changed, but the user can read it';
		const sorted = steps.map((line) => line.replace(/"\/config\/[^ ]+ and/, '"/config/c and'));
		expect([status, ...sorted]).toEqual([
			0,
			`changed  setup[0] own /data /config to 999:999 (mismatched): 2 of 2 entries re-owned; ${read}`,
			`skipped  setup[1] own /config to 999:999 (mismatched): ${read}`,
		]);
		expect(ownerOf(data, "f")).toBe("999:999");
	});

	it.each<[string, object, string, string]>([
		["own of what is right", { own: "/config" }, "touch f; chown 999:999 . f", "ok: 0 of 2 entries re-owned"],
		[
			"own of a file",
			{ own: { path: "/config/f", policy: "top-only" } },
			"touch f",
			'skipped: read-only: "/config/f" cannot be changed, but the user can read it',
		],
		[
			"chmod",
			{ chmod: { path: "/config/f", mode: "0664" } },
			"touch f",
			'skipped: read-only: "/config/f" cannot be changed, but the user can read it',
		],
		["chmod of what is right", { chmod: { path: "/config/f", mode: "0644" } }, "touch f; chmod 644 f", "ok: already right"],
		["mkdir of what is right", { mkdir: "/config/d" }, "mkdir d; chown 999:999 d", "ok: already there"],
		["mkdir of another's", { mkdir: "/config/d" }, "mkdir d", "skipped: read-only: /config/d cannot be changed, but the user can read it"],
		["file that is right", { file: { path: "/config/f", content: "x" } }, "printf x > f; chown 999:999 f", "ok: already right"],
		[
			"file of another's",
			{ file: { path: "/config/f", content: "x" } },
			"printf x > f",
			"ok: read-only: its mode or owner stays, but the user can read it",
		],
		["copy with nothing to do", { copy: { from: "/etc", to: "/config" } }, "touch f", "ok: not empty"],
		["remove of nothing", { remove: "/config/none" }, "true", "ok: nothing there"],
		["link that is right", { link: { path: "/config/l", to: "x" } }, "ln -s x l", "ok: already there"],
	])("does where the goal is reached: %s", async (_, step, script, expected) => {
		const { status, steps } = await start([step], script);
		expect([
			status,
			...steps.map((line) => line.replace(/^(\w+) +setup\[0\] .*?: (?=0 of|already|not|nothing|read-only)/, "$1: ")),
		]).toEqual([0, expected]);
	});

	const reason = "the file system is mounted read-only";

	it.each<[object, string]>([
		[{ own: { path: "/home", policy: "top-only" } }, "/home"],
		[{ mkdir: "/home" }, "/home"],
	])("is no volume where it is the root: %j", async (step, path) => {
		const { status, stderr } = await runHouse({
			image: busybox,
			config: { user: "redis", setup: [step] },
			flags: ["--read-only"],
			args: ["--", "true"],
		});
		const [what, ...remedy] = stderr.trimEnd().slice(stderr.indexOf("fchownat: ")).split("\n");
		expect([status, what, ...remedy]).toEqual([
			125,
			`fchownat: EROFS on "${path}": ${reason}`,
			"  it is the root itself (--read-only, readOnlyRootFilesystem: true): do it in the Dockerfile (RUN chown, chmod, mkdir), or mount a volume there that begins with what the image has:",
			`    docker run --volume NAME:${path} ...`,
			`    compose: volumes: ["NAME:${path}"]`,
		]);
	});

	it.each<[string, object, string, string]>([
		["own of what is closed", { own: "/config" }, "touch f; chmod 600 f", `fchownat: EROFS on "/config/f": ${reason}`],
		["own of a closed directory", { own: "/config" }, "mkdir -m 711 d", `fchownat: EROFS on "/config/d": ${reason}`],
		["own for somebody else", { own: { path: "/config", owner: "app" } }, "true", `fchownat: EROFS on "/config": ${reason}`],
		[
			"chmod that takes away",
			{ chmod: { path: "/config/f", mode: "0600" } },
			"touch f; chown 999:999 f; chmod 644 f",
			`fchmod: EROFS on "/config/f": ${reason}`,
		],
		["mkdir", { mkdir: "/config/d" }, "true", `"/config/d" cannot be made: ${reason}`],
		["mkdir of a closed one", { mkdir: "/config/d" }, "mkdir -m 700 d", `fchownat: EROFS on "/config/d": ${reason}`],
		["file", { file: { path: "/config/f", content: "new" } }, "echo old > f", `open: EROFS on "/config/f": ${reason}`],
		[
			"secret that others read",
			{ secret: { from: { file: "/etc/hostname" }, path: "/config/s", on_disk: "allow", newline: "keep" } },
			"touch s",
			`open: EROFS on "/config/s": ${reason}`,
		],
		["copy", { copy: { from: "/etc", to: "/config" } }, "true", `mkdirat: EROFS on "/config": ${reason}`],
		["remove", { remove: "/config/f" }, "touch f", `unlinkat: EROFS on "/config/f": ${reason}`],
		["link", { link: { path: "/config/l", to: "x" } }, "true", `"/config/l" cannot be made: ${reason}`],
		["listen", { listen: { unix: "/config/s" } }, "true", `"/config/s" cannot be made: ${reason}`],
	])("is what is told where the goal cannot be reached: %s", async (_, step, script, expected) => {
		const { status, error } = await start([step], script);
		expect([status, error]).toEqual([125, expected]);
	});
});
