import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseYaml } from "../../src/node/yaml.ts";
import { formatted } from "../../src/tools/fmt/proved.ts";
import { runHouse } from "../harness/house/run.ts";
import { busybox, debian, servers } from "./harness/images.ts";
import { binary, root } from "./harness/paths.ts";

const image = readFileSync(join(root, "test/fixtures/image.json"), "utf8");

/** A script with this program in it, in a directory of root's. */
async function inHouse(script: string, more: Partial<Parameters<typeof runHouse>[0]> = {}) {
	const { stdout, stderr, status } = await runHouse({ image: busybox, entrypoint: "sh", args: ["-c", `cd /root && ${script}`], ...more });
	return { stdout, stderr, status };
}

const loose = "printf 'user:   app\\r\\nsetup:\\n- own: \"/data\"' > c.yaml";
const form = "user: app\nsetup:\n  - own: /data\n";

describe("fmt", () => {
	it("replaces the file, whose mode and owner stay", async () => {
		const script = `${loose}; chmod 640 c.yaml; chown 0:33 c.yaml; /abdicate fmt c.yaml && cat c.yaml && stat -c '%a %u:%g' c.yaml && ls -A`;
		expect(await inHouse(script)).toEqual({ stdout: `c.yaml\n${form}640 0:33\nc.yaml\n`, stderr: "", status: 0 });
	});

	it("changes nothing with --check, and ends with 1", async () => {
		expect(await inHouse(`${loose}; cp c.yaml d; /abdicate fmt --check c.yaml; echo $?; cmp c.yaml d`)).toEqual({
			stdout: "c.yaml\n1\n",
			stderr: "",
			status: 0,
		});
	});

	it("goes from standard input to standard output", async () => {
		expect(await inHouse(`${loose}; /abdicate fmt - < c.yaml`)).toEqual({ stdout: form, stderr: "", status: 0 });
	});

	it("as root leaves what others can write", async () => {
		const { stderr, status } = await inHouse(
			`${loose}; chmod 666 c.yaml; cp c.yaml d; /abdicate fmt c.yaml; s=$?; cmp c.yaml d && exit $s`,
		);
		expect([status, stderr.split("\n")[0]]).toEqual([1, expect.stringMatching(/^abdicate: error\[CONFIG_UNTRUSTED\] c\.yaml: /)]);
	});

	it("goes on with the others when one is no YAML", async () => {
		const { stdout, stderr, status } = await inHouse(`${loose}; printf 'a: [' > b.yaml; /abdicate fmt b.yaml c.yaml`);
		expect([status, stdout, stderr]).toEqual([1, "c.yaml\n", expect.stringMatching(/^abdicate: error\[CONFIG_SYNTAX\] b\.yaml:/)]);
	});

	it("by both parsers makes the same of all that both accept", () => {
		const vectors = (JSON.parse(readFileSync(join(root, "test/fixtures/yaml-vectors.json"), "utf8")) as { text: string }[]).map(
			({ text }) => text,
		);
		const examples = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
			.filter((name) => name.endsWith(".yaml"))
			.map((name) => readFileSync(join(root, "examples", name), "utf8"));
		const texts = [...vectors, ...examples].filter(
			(text) => typeof text === "string" && !text.includes("\0") && parseYaml(text)?.kind !== "fault",
		);
		const differing = texts.filter((text) => {
			const { stdout, status } = spawnSync(binary, ["fmt", "-"], { input: text, encoding: "utf8" });
			// What has no key of ours is no configuration, and not brought into form.
			const isOurs = /^(?:user|setup|command|capabilities|env):/m.test(text);
			return status === 0 ? stdout !== formatted({ parseYaml }, text, "f") : isOurs;
		});
		expect([texts.length > 60, differing]).toEqual([true, []]);
	});
});

describe("check --fix", () => {
	it("mends the file where it lies, says so, and looks at the image then", async () => {
		const script = "printf 'usr: ap\\nenvironment: {A: b}\\n' > c.yaml; /abdicate check --fix --image c.yaml; echo $?; cat c.yaml";
		const { stdout, stderr } = await inHouse(script);
		expect([stderr, stdout]).toEqual([
			"",
			expect.stringMatching(
				/^abdicate: fixed\[CONFIG_UNKNOWN_KEY\] c\.yaml:1:1 usr: [\s\S]*error\[USER_UNKNOWN\] c\.yaml:1:7 user: [\s\S]*\n1\nuser: ap\nenv: \{set: \{A: b\}\}\n$/,
			),
		]);
	});

	it("with --diff alone is wrong use", () => {
		const { status, stderr } = spawnSync(binary, ["check", "--diff", "c.yaml"], { encoding: "utf8" });
		expect([status, stderr]).toEqual([2, expect.stringMatching(/^abdicate: error\[USAGE\]: --diff shows/)]);
	});
});

describe("init", () => {
	it.each([busybox, debian, servers])("in %s makes a file that check and plan take", async (each) => {
		const script =
			"/abdicate init -o c.yaml </dev/null && /abdicate init - --root / -o d.yaml && for f in c d; do /abdicate check $f.yaml && /abdicate fmt --check $f.yaml || exit 9; done; /abdicate plan c.yaml -- /bin/sh >/dev/null";
		expect(await inHouse(script, { image: each, input: image })).toEqual({ stdout: "c.yaml\nd.yaml\n", stderr: "", status: 0 });
	});

	it("overwrites nothing, and makes nothing through a link", async () => {
		const script = "echo mine > c.yaml; ln -s none l.yaml; /abdicate init -o c.yaml; /abdicate init --root / -o l.yaml; cat c.yaml; ls";
		const { stdout, stderr } = await inHouse(script);
		expect([stdout, stderr.match(/FILE_NOT_WRITTEN/g)?.length]).toEqual(["mine\nc.yaml\nl.yaml\n", 2]);
	});

	it("starts nothing: what is meant for --init is told", () => {
		const { status, stdout, stderr } = spawnSync(binary, ["init", "--", "sleep", "1"], { encoding: "utf8" });
		expect([status, stdout, stderr.split("\n")[1]]).toEqual([2, "", "  for an init beside the workload: abdicate --init -- sleep 1"]);
		expect(execFileSync(binary, ["--init", "--user", "0:0", "--", "/bin/echo", "init", "fmt"], { encoding: "utf8" })).toBe("init fmt\n");
	});
});
