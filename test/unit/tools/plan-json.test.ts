import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerRoot, FakeKernel, type FakeProcess } from "../../fake/index.ts";
import { schemaErrors } from "../../harness/json-schema.ts";

async function planned(config: object, process: FakeProcess = dockerRoot()) {
	const kernel = new FakeKernel({
		process,
		files: {
			"/etc/passwd": "app:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/c.yaml": JSON.stringify({ user: "app", ...config }),
			"/bin/plain": { mode: 0o644, content: "x" },
			"/bin/true": { kind: "file", mode: 0o755, content: "\x7fELF\x02\x01\x01".padEnd(16, "\0").concat("\x03\0\x3e\0").padEnd(64, "\0") },
		},
		environment: ["PATH=/bin"],
		overrides: { parseYaml },
	});
	const problems = await planCommand(kernel.host, { format: "json" }, ["--config", "/etc/c.yaml", "--", "/bin/true"]);
	const shown = JSON.parse(kernel.output.map((each) => each.replace(/^1: /, "")).join(""));
	return { shown, problems };
}

describe("a plan as JSON", () => {
	it.each<[string, object, string[], number]>([
		["without a problem", { setup: [{ mkdir: "/srv" }, { link: { path: "/l", to: "/srv" }, when: { env: "WAIT" } }] }, [], 0],
		["with devices", { setup: [{ require: { device: "/dev/nothing" } }] }, ["REQUIREMENT_MISSING"], 125],
		[
			"with what is not held",
			{ capabilities: { keep: ["SYS_ADMIN"] }, setup: [{ file: { path: "/no/x", content: "" } }] },
			["CAPABILITY_MISSING", "STEP_FAILED"],
			125,
		],
		["with a step that lacks a capability", { setup: [{ hostname: "x" }] }, ["CAPABILITY_MISSING"], 125],
	])("has the form that is published: %s", async (_, config, codes, status) => {
		const { shown, problems } = await planned(config);
		expect(schemaErrors("plan", shown)).toEqual([]);
		expect([shown.problems.map(({ code }: { code: string }) => code), shown.exit_status, problems.length]).toEqual([
			codes,
			status,
			codes.length,
		]);
	});

	it("has what the text says of what is left: dangers, ways back, and what can be reached", async () => {
		const leave = { run: { command: ["/bin/true"], user: "root", background: true, capabilities: ["NET_RAW"] } };
		const { shown } = await planned({
			capabilities: { keep: ["SETUID", "KILL"] },
			setup: [{ mkdir: "/srv" }, { secret: { from: { env: "PATH" }, path: "/run/s" } }, leave],
		});
		expect(schemaErrors("plan", shown)).toEqual([]);
		expect(shown.dangers).toEqual([
			{ name: "SETUID", danger: "root", abuse: "setuid(0), and with it every file of root" },
			{
				name: "KILL",
				danger: "medium",
				abuse: "stop any process of the container, or of the host when the PID namespace is shared",
			},
		]);
		expect(shown.ways_back).toEqual([{ by: ["SETUID"], what: "as good as root" }]);
		expect(shown.reachable).toEqual({
			...{ owns: ["/srv"], owns_copies_in: [], writes_to: [], secrets: ["/run/s"], variables: [], devices: [], sockets: [], groups: [] },
			beside: [{ program: "/bin/true as uid 0 with NET_RAW, stays for life", uid: 0, gid: 0, more: ["NET_RAW"], can: ["kill"] }],
		});
	});

	it("has what is held and never used", async () => {
		const { shown } = await planned({ capabilities: { keep: ["NET_BIND_SERVICE"] }, setup: [{ own: "/srv", on_error: "warn" }] });
		expect(shown.unused).toEqual(["FSETID", "KILL", "NET_RAW", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP"]);
		expect(shown.needs.map(({ anyOf, isHeld }: { anyOf: string[]; isHeld: boolean }) => [anyOf.join(), isHeld])).toEqual([
			["SETUID", true],
			["SETGID", true],
			["SETPCAP", true],
			["NET_BIND_SERVICE", true],
		]);
	});
});
