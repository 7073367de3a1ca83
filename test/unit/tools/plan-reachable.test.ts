import { describe, expect, it } from "vitest";
import { parseYaml } from "../../../src/node/yaml.ts";
import { planCommand } from "../../../src/tools/plan/plan.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";
import { schemaErrors } from "../../harness/json-schema.ts";

const directory = (mode: number, uid = 0) => ({ kind: "directory" as const, mode, uid });
const volumes = ["/open", "/sticky", "/shut"];

async function planned(setup: readonly object[], format: "json" | "text"): Promise<string> {
	const mount = (point: string, index: number) => `${index + 30} 1 8:${index} / ${point} rw - ext4 /dev/sda rw\n`;
	const kernel = new FakeKernel({
		process: dockerRoot(),
		files: {
			"/etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
			"/etc/group": "root:x:0:\napp:x:1000:\n",
			"/etc/c.yaml": JSON.stringify({ user: "app", setup }),
			"/bin/httpd": { mode: 0o755, content: "\x7fELF\x02\x01\x01".padEnd(16, "\0").concat("\x02\0\x3e\0").padEnd(64, "\0") },
			"/image/index": "",
			"/site": { ...directory(0o755), ino: 2n },
			"/mine": { ...directory(0o700, 1000), ino: 3n },
			"/data": { ...directory(0o755), ino: 4n },
			"/data/log": { mode: 0o644, ino: 5n },
			"/open": directory(0o777),
			"/sticky": directory(0o1777),
			"/shut": directory(0o755),
			"/proc/self/mountinfo": volumes.map(mount).join(""),
		},
		environment: ["PATH=/bin"],
		overrides: { parseYaml, entryKinds: () => ({ directories: [], others: [] }) },
	});
	await planCommand(kernel.host, { format }, ["--config", "/etc/c.yaml", "--", "/bin/httpd"]);
	return kernel.output.map((each) => each.replace(/^1: /, "")).join("");
}

async function reached(setup: readonly object[]) {
	const shown = JSON.parse(await planned(setup, "json"));
	expect(schemaErrors("plan", shown)).toEqual([]);
	const { owns, owns_copies_in, writes_to } = shown.reachable;
	return { owns, owns_copies_in, writes_to: writes_to.filter((path: string) => !volumes.includes(path)) };
}

const nothing = { owns: [], owns_copies_in: [], writes_to: [] };

describe("what the workload may change when the steps are done", () => {
	it.each<[string, object[], object]>([
		["a directory that everybody may add to", [{ mkdir: { path: "/x", owner: "root", mode: "1777" } }], { writes_to: ["/x"] }],
		["a directory of root's", [{ mkdir: { path: "/x", owner: "root" } }], {}],
		["a directory that is there and opened", [{ chmod: { path: "/data", mode: "0777" } }], { writes_to: ["/data"] }],
		["one that a pattern finds", [{ chmod: { path: "/data/*", mode: "o+w" } }], { writes_to: ["/data/log"] }],
		[
			"one that a step makes and another opens",
			[{ mkdir: { path: "/x", owner: "root" } }, { chmod: { path: "/x", mode: "a+rwx" } }],
			{ writes_to: ["/x"] },
		],
		["one that is given and taken again", [{ own: "/data" }, { own: { path: "/data", owner: "root", group: "root" } }], {}],
		["a file", [{ file: { path: "/data/f", content: "x" } }], { owns: ["/data/f"] }],
		[
			"a file of root's that everybody writes",
			[{ file: { path: "/data/f", content: "x", owner: "root", mode: "0666" } }],
			{ writes_to: ["/data/f"] },
		],
		["a file of root's", [{ file: { path: "/data/f", content: "x", owner: "root" } }], {}],
		["a file that is there and left", [{ file: { path: "/data/log", content: "x", if: "absent" } }], {}],
		["a copy to where nothing is", [{ copy: { from: "/image", to: "/new" } }], { owns: ["/new"] }],
		["a copy to a directory that is there", [{ copy: { from: "/image", to: "/site" } }], { owns_copies_in: ["/site"] }],
		["a copy of a file to a directory that is there", [{ copy: { from: "/image/index", to: "/site" } }], {}],
		[
			"a copy to one of a step before",
			[{ mkdir: { path: "/new", owner: "root" } }, { copy: { from: "/image", to: "/new" } }],
			{ owns_copies_in: ["/new"] },
		],
	])("is %s", async (_, setup, expected) => {
		expect(await reached(setup)).toEqual({ ...nothing, ...expected });
	});
});

describe("a secret", () => {
	const secret = { secret: { from: { file: "/image/index" }, path: "/vpn/key", on_disk: "allow" } };
	const secretsBelow = async (mode: string) => {
		const setup = [{ mkdir: { path: "/vpn", owner: "root", group: "root", mode } }, secret];
		const [json, text] = [JSON.parse(await planned(setup, "json")), await planned(setup, "text")];
		return [json.reachable.secrets, /^.*\/vpn\/key.*closed.*$/m.exec(text)?.[0].trim()];
	};

	it("is read where the directories above let the workload", async () => {
		expect(await secretsBelow("0755")).toEqual([["/vpn/key"], undefined]);
	});

	it("is not read in a directory that a step closes to it", async () => {
		expect(await secretsBelow("0700")).toEqual([[], expect.stringContaining("cannot read the secret /vpn/key: /vpn is closed to it")]);
	});
});
