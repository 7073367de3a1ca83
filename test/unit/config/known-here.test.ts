import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { Failure } from "../../../src/report/failure.ts";
import { loadSteps, stepKinds } from "../../../src/steps/index.ts";
import type { Reads } from "../../../src/sys/native.ts";

const reads = { parseYaml, uname: () => ["Linux", "box", "6", "1", "x86_64"], getresuid: () => [0, 0, 0] } as unknown as Reads;

async function remediesFor(text: string): Promise<readonly (string | undefined)[]> {
	const error = await parseConfig(text, "f.yaml", { reads, environment: new Map(), loadSteps }).catch((reason: unknown) => reason);
	return error instanceof Failure ? error.diagnostics.map(({ remedy }) => remedy?.join("\n")) : [];
}

const cases: readonly (readonly [written: string, told: string | RegExp])[] = [
	["zzzz: 1", /^the file takes command, user, .*, seccomp$/],
	["setup: [{zzzz: 1}]", `a step is one of ${stepKinds.join(", ")}`],
	["setup: [{own: /data, zzzz: 1}]", "beside a step stand name, when, on_error"],
	["setup: [{link: {path: /a, to: /b, zzzz: 1}}]", "link takes path, to"],
	["setup: [{own: {path: /data, modes: {zzzz: 1}}}]", "modes takes dirs, files"],
	["setup: [{own: /data, when: {zzzz: [1]}}]", "when takes env, unset, exists, command, held"],
	["env: {zzzz: [1]}", "env takes set, default, from_file, unset, clear"],
	["limits: {zzzz: 1}", /^limits takes cpu, .*, rttime$/],
	["cgroup: {io: [{device: /dev/sda, zzzz: 1}]}", "io takes device, read_bps, write_bps, read_iops, write_iops"],
	["init: {zzzz: 1}", "init takes signals, exit_codes, group, subreaper, grace, daemons"],
	["seccomp: {profile: none, zzzz: 1}", "seccomp takes profile, allow, deny, architectures, action"],
];

describe("an unknown key of which nothing else is known", () => {
	it.each(cases)("%s", async (written, told) => {
		const [only, ...others] = await remediesFor(`user: app\n${written}\n`);
		expect([typeof told === "string" ? only : told.exec(only ?? "")?.[0], others]).toEqual([typeof told === "string" ? told : only, []]);
	});

	it("is told once what stands there", async () => {
		const [, ...after] = await remediesFor("setup: [{link: {path: /a, to: /b, zzzz: 1, yyyy: 1}}, {link: {path: /a, to: /b, xxxx: 1}}]\n");
		expect(after).toEqual([undefined, undefined]);
	});
});
