import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

/** What the plan tells of the user, in text and in JSON. */
async function shown(config: string, environment: readonly string[]) {
	const written: string[] = [];
	const { host } = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/c.yaml": `${config}\nsetup: [{ file: { path: /made, content: x, mode: "0755" } }]\n`,
			"/etc/passwd": "app:x:1000:1000::/srv/app:/bin/sh\n",
			"/etc/group": "app:x:1000:\n",
		},
		environment: ["PATH=/bin", ...environment],
		overrides: { parseYaml, write: (_, text) => written.push(`${text}`) },
	});
	for (const format of ["text", "json"] as const) {
		await planCommand(host, { format }, ["-c", "/etc/c.yaml", "--", "/made"]);
	}
	const [text = "", json = ""] = written;
	return [/^as +(.*)$/m.exec(text)?.[1], JSON.parse(json).identity.home];
}

describe("plan shows the HOME that the workload gets", () => {
	it.each([
		["of the account", "user: app", ["HOME=/root"], ["app (1000:1000), home /srv/app, in /", "/srv/app"]],
		["of the key", "user: app\nhome: /tmp/home", ["HOME=/root"], ["app (1000:1000), home /tmp/home, in /", "/tmp/home"]],
		[
			"of a key made of the fact",
			"user: app\nhome: '${@user.home}/x'",
			["HOME=/root"],
			["app (1000:1000), home /srv/app/x, in /", "/srv/app/x"],
		],
		["of env.set", "user: app\nenv: { set: { HOME: '/a b' } }", ["HOME=/root"], ['app (1000:1000), home "/a b", in /', "/a b"]],
		["that is kept", "user: app\nhome: keep", ["HOME=/opt"], ["app (1000:1000), home /opt, in /", "/opt"]],
		["that is not there", "user: app\nhome: keep", [], ["app (1000:1000), no HOME, in /", undefined]],
	] as const)("%s", async (_, config, environment, expected) => {
		expect(await shown(config, environment)).toEqual(expected);
	});
});
