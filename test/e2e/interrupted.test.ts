import {
	chmodSync,
	chownSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, describe, expect, it } from "vitest";
import { runHost } from "./harness/host.ts";

const nobody = 65_534;
const [first = "", second = ""] = rootCertificates;

/** In memory: a secret belongs there, and fsync(2) costs nothing. */
const directories: string[] = [];
afterAll(() => {
	for (const directory of directories) {
		rmSync(directory, { recursive: true, force: true });
	}
});

/** What a volume looks like before its first start, and what every step that writes makes of it. */
function volume(): string {
	const directory = mkdtempSync("/dev/shm/abdicate-interrupted-");
	directories.push(directory);
	chmodSync(directory, 0o755);
	mkdirSync(join(directory, "data/deep"), { recursive: true });
	for (const name of ["data/one", "data/deep/two", "data/deep/three"]) {
		writeFileSync(join(directory, name), name);
		chownSync(join(directory, name), 4242, 4242);
	}
	mkdirSync(join(directory, "etc"));
	writeFileSync(join(directory, "etc/list"), "first\n");
	writeFileSync(join(directory, "etc/app.conf"), "listen = 8080\n");
	writeFileSync(join(directory, "mounted"), "what is mounted here is longer\n");
	symlinkSync("nowhere", join(directory, "etc/elsewhere"));
	mkdirSync(join(directory, "old/deep"), { recursive: true });
	writeFileSync(join(directory, "old/deep/one"), "");
	mkdirSync(join(directory, "empty"));
	mkdirSync(join(directory, "seed/deep"), { recursive: true, mode: 0o750 });
	writeFileSync(join(directory, "seed/deep/one"), "one");
	writeFileSync(join(directory, "seed/list"), "not taken: there is one");
	symlinkSync("deep/one", join(directory, "seed/link"));
	return directory;
}

const config = {
	user: `${nobody}:${nobody}`,
	workdir: "/",
	setup: [
		{ mkdir: { path: "${ROOT}/run/app", mode: "02770" } },
		{ own: "${ROOT}/data" },
		{ chmod: { path: "${ROOT}/data", dirs: "0750", files: "0640", recursive: true } },
		{ file: { path: "${ROOT}/etc/app.conf", content: "listen = 80\n", mode: "0640" } },
		{ file: { path: "${ROOT}/etc/list", append_line: "second", owner: 7 } },
		// A mount of its own cannot be renamed over, so this one is written in place.
		{ mount: { type: "bind", source: "${ROOT}/etc/list", target: "${ROOT}/mounted" } },
		{ file: { path: "${ROOT}/mounted", append_line: "third", owner: "keep", group: "keep" } },
		{ copy: { from: "${ROOT}/seed", to: "${ROOT}/empty" } },
		{ copy: { from: "${ROOT}/seed", to: "${ROOT}/new" } },
		{ copy: { from: "${ROOT}/seed", to: "${ROOT}/etc", if: "entry-absent" } },
		{ link: { path: "${ROOT}/etc/elsewhere", to: "app.conf" } },
		{ remove: { path: "${ROOT}/old", recursive: true } },
		{ device: { path: "${ROOT}/dev/zero", major: 1, minor: 5, mode: "0640", group: 5 } },
		{ listen: { unix: "${ROOT}/run/app/socket", mode: "0660", group: 5 } },
		{ ca_certificates: { bundle: "${ROOT}/run/app/ca.crt", system: "none", extra: { env: ["FIRST", "SECOND"] } } },
		{ secret: { from: { env: "PASSWORD" }, path: "${ROOT}/run/app/password", env: "PASSWORD_PATH" } },
	],
};

function run(root: string, ...strace: readonly string[]) {
	const env = { ROOT: root, PASSWORD: "correct horse", FIRST: first, SECOND: second };
	return runHost({ config, args: ["--", "/bin/true"], env, ...(strace.length === 0 ? {} : { strace }) });
}

/** Everything that a start may change: path, type and mode, owner, content or target. */
function stateOf(root: string): string[] {
	return readdirSync(root, { recursive: true, encoding: "utf8" })
		.sort()
		.map((name) => {
			const path = join(root, name);
			const stat = lstatSync(path);
			const content = stat.isFile() ? readFileSync(path, "utf8") : stat.isSymbolicLink() ? readlinkSync(path) : "";
			return [name, stat.mode.toString(8), stat.uid, stat.gid, stat.rdev, JSON.stringify(content)].join(" ");
		});
}

/** Each call between the first change and the execve, as its name and which one of that name it is. */
async function callsOfARun(): Promise<readonly (readonly [name: string, nth: number])[]> {
	const { trace, status, stderr } = await run(volume(), "-f");
	expect([status, stderr]).toEqual([0, ""]);
	const names = trace.split("\n").flatMap((line) => /^\d+ +(\w+)\(/.exec(line)?.[1] ?? []);
	const seen = new Map<string, number>();
	const all = names.map((name) => {
		const nth = (seen.get(name) ?? 0) + 1;
		seen.set(name, nth);
		return [name, nth] as const;
	});
	return all.slice(names.indexOf("capset"), names.indexOf("execve", 1));
}

/** A call after which nothing on disk is different makes no new case. */
const changing =
	/^(mkdir|mknod|openat|write|copy_file_range|sendfile|utimensat|f?chown|f?chmod|rename|unlink|symlink|link|bind|ftruncate|fsetxattr|flock|close$)/;

describe("a start that is killed", () => {
	it("ends up in the same state when it is repeated, wherever it was killed", async () => {
		const whole = volume();
		expect((await run(whole)).status).toBe(0);
		const goal = stateOf(whole);
		const calls = (await callsOfARun()).filter(([name]) => changing.test(name));
		const strayed: string[] = [];
		const kill = async ([name, nth]: readonly [string, number]): Promise<void> => {
			const root = volume();
			// The signal is there before the call is done: it kills between this call and the one before.
			const killed = await run(root, "-f", "-e", `trace=${name}`, "-e", `inject=${name}:signal=KILL:when=${nth}`);
			const again = await run(root);
			if (killed.status === 0 || again.status !== 0 || JSON.stringify(stateOf(root)) !== JSON.stringify(goal)) {
				strayed.push(`${name} ${nth}: ${killed.status} ${again.status} ${again.stderr}${stateOf(root).join("\n")}`);
			}
			rmSync(root, { recursive: true, force: true });
		};
		const all = [...calls];
		await Promise.all(
			Array.from({ length: 3 }, async () => {
				for (let next = all.pop(); next !== undefined; next = all.pop()) {
					await kill(next);
				}
			}),
		);
		console.log(`tried: killed before ${calls.length} calls and started again`);
		expect(strayed).toEqual([]);
		expect(calls.length).toBeGreaterThan(60);
	}, 300_000);
});
