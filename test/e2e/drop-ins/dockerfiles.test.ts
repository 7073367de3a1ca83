import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { busybox, debian } from "../harness/images.ts";
import { needDocker } from "../harness/need-docker.ts";
import { root } from "../harness/paths.ts";
import type { Outcome } from "../harness/process.ts";
import { runContainer } from "../harness/run.ts";

const page = readFileSync(join(root, "docs/drop-ins.md"), "utf8");

/** A Dockerfile of the page by its section and its first line. */
interface OnPage {
	readonly section: string;
	readonly which: string;
	readonly text: string;
}

const dockerfiles = page.split(/^## /m).flatMap((part): OnPage[] => {
	const section = part.slice(0, part.indexOf("\n"));
	return [...part.matchAll(/^```dockerfile\n# (\w+)\n(.*?)^```$/gms)].map(([, which = "", text = ""]) => ({ section, which, text }));
});
const configuration = /^```yaml\n(.*?)^```$/ms.exec(page)?.[1] ?? "";

/** The images that the page builds on, as they are here: with what stands for the network, which installs what the machine has. */
const standIns: Readonly<Record<string, string>> = { "debian:bookworm-slim": "abdicate-test/debian-with-packages", "alpine:3": busybox };
const packages: Readonly<Record<string, readonly string[]>> = {
	gosu: ["/usr/sbin/gosu"],
	tini: ["/usr/bin/tini"],
	"dumb-init": ["/usr/bin/dumb-init"],
	"util-linux": ["/usr/bin/setpriv"],
	"libcap2-bin": ["/usr/sbin/capsh"],
};

function build(tag: string, dockerfile: string, files: Readonly<Record<string, string>> = {}): void {
	const context = mkdtempSync(join(tmpdir(), "abdicate-drop-ins-"));
	try {
		writeFileSync(join(context, "Dockerfile"), dockerfile);
		for (const [name, text] of Object.entries(files)) {
			writeFileSync(join(context, name), text);
		}
		mkdirSync(join(context, "packages"));
		for (const [name, paths] of Object.entries(packages)) {
			mkdirSync(join(context, "packages", name));
			for (const path of paths) {
				copyFileSync(path, join(context, "packages", name, path.replace(/.*\//, "")));
			}
		}
		const env = { ...process.env, DOCKER_BUILDKIT: "0" };
		execFileSync("docker", ["build", "--quiet", "--network", "none", "--tag", tag, context], { env, stdio: "pipe" });
	} finally {
		rmSync(context, { recursive: true, force: true });
	}
}

/** As the page has it, with the images that are here in the place of those that would be pulled. */
function buildOf({ section, which, text }: OnPage): string {
	const tag = `abdicate-test/switch-${section.replaceAll(" ", "-")}-${which}`.toLowerCase();
	const from = text
		.replace(/^FROM (\S+)$/m, (_, name: string) => `FROM ${standIns[name]}`)
		.replaceAll("--from=abdicate ", `--from=${debian} `);
	build(tag, from, { "entrypoint.yaml": configuration });
	return tag;
}

/** Installs from the folder of packages, and refuses to know any other. */
const installer = `#!/bin/sh
[ "$1" = update ] && exit 0
for word; do case $word in
	install|-y|--no-install-recommends) ;;
	*) cp /packages/"$word"/* /usr/bin/ || exit 100 ;;
esac; done
`;

beforeAll(() => {
	needDocker();
	const installed = Object.values(packages).flat().join(" ");
	build(
		standIns["debian:bookworm-slim"] ?? "",
		`FROM ${debian}\nRUN rm -f ${installed}\nCOPY packages /packages\nCOPY apt-get /usr/local/bin/apt-get\nRUN chmod 755 /usr/local/bin/apt-get\n`,
		{ "apt-get": installer },
	);
}, 300_000);

/** What is asked of an image besides its own command: the state that a program ends in. */
const probing = (section: string) => (section === "capsh" ? ["exec /probe"] : ["/probe"]);

/** As far as it is the same in two containers: the names of hosts differ, and the numbers of processes. */
function stateOf({ probe }: Outcome) {
	const { resuid, resgid, groups, caps, env, securebits, noNewPrivs, cwd, umask, argv } = probe;
	const variables = env.filter((entry) => !/^(HOSTNAME|_)=/.test(entry)).sort();
	return { resuid, resgid, groups, caps, env: variables, securebits, noNewPrivs, cwd, umask, argv };
}

const find = (section: string, which: string) => dockerfiles.find((each) => each.section === section && each.which === which) as OnPage;
const nobody = "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\n";

/** What the command of each comes to. */
const outcomes: Readonly<Record<string, readonly [status: number, stdout: RegExp]>> = {
	gosu: [0, new RegExp(`^${nobody.replace(/[()]/g, "\\$&")}$`)],
	tini: [7, /^$/],
	"dumb-init": [7, /^$/],
	setpriv: [0, /^(Cap\w+:\t0{16}\n){5}NoNewPrivs:\t1\n$/],
	capsh: [0, /^(Cap(Inh|Prm|Eff):\t0{16}\n){3}CapBnd:\t00000000a00405fb\nCapAmb:\t0{16}\n$/],
	"tini and gosu": [0, new RegExp(`^${nobody.replace(/[()]/g, "\\$&")}$`)],
};

it("has a Dockerfile before and after for each", () => {
	const sections = [...new Set(dockerfiles.map(({ section }) => section))];
	expect(sections).toEqual(["gosu", "su-exec", "tini", "dumb-init", "setpriv", "capsh", "tini and gosu"]);
	expect(sections.filter((section) => find(section, "before") === undefined || find(section, "after") === undefined)).toEqual([]);
});

describe.each(Object.entries(outcomes))("the Dockerfiles of %s", (section, [status, stdout]) => {
	it("come to the same before and after", async () => {
		const [before, after] = ["before", "after"].map((which) => buildOf(find(section, which))) as [string, string];
		for (const image of [before, after]) {
			const found = await runContainer({ image });
			expect([image, found.status, found.stdout]).toEqual([image, status, expect.stringMatching(stdout)]);
		}
		const [there, here] = await Promise.all([before, after].map((image) => runContainer({ image, args: probing(section) })));
		expect(stateOf(here as Outcome)).toEqual(stateOf(there as Outcome));
	});
});

it("the Dockerfile of su-exec, whose program Debian has not, comes to what it would", async () => {
	const found = await runContainer({ image: buildOf(find("su-exec", "after")) });
	expect([found.status, found.stdout]).toEqual([0, "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\n"]);
});

it("the better Dockerfile leaves nothing that the workload or its init could get back", async () => {
	const image = buildOf(find("tini and gosu", "better"));
	expect((await runContainer({ image })).stdout).toBe(nobody);
	const found = await runContainer({ image, args: ["/probe"] });
	const { caps, noNewPrivs, resuid } = found.probe;
	expect([new Set(Object.values(caps)), noNewPrivs, resuid]).toEqual([new Set(["0".repeat(16)]), 1, [65534, 65534, 65534]]);
	const first = await runContainer({ image, args: ["grep", "-E", "^(Uid|Cap|NoNewPrivs)", "/proc/1/status"] });
	expect(first.stdout).toMatch(/^Uid:(\t65534){4}\n(Cap\w+:\t0{16}\n){5}NoNewPrivs:\t1\n$/);
	const before = await runContainer({ image: buildOf(find("tini and gosu", "after")), args: ["grep", "^Uid", "/proc/1/status"] });
	expect(before.stdout).toMatch(/^Uid:(\t0){4}\n$/);
});
