import { describe, it } from "vitest";
import { golden, pages } from "../harness/golden.ts";
import type { HouseOptions } from "../harness/house/run.ts";

/** A server with what a reviewer asks about: a port, a secret, a volume, a mount that this start may not make, a step that is passed over. */
const server = {
	user: "app",
	workdir: "/",
	capabilities: { keep: ["NET_BIND_SERVICE"] },
	umask: "0027",
	limits: { nofile: 1024, memlock: 65_536 },
	setup: [
		{ own: "/srv/data" },
		{ mkdir: { path: "/run/app", mode: "0750" } },
		{ listen: { tcp: 80, name: "http" } },
		{ secret: { from: { env: "DB_PASSWORD" }, path: "/run/app/db", on_disk: "allow" } },
		{ name: "tune the link", run: { command: ["ip", "link", "set", "lo", "mtu", "1280"], user: "root", capabilities: ["NET_ADMIN"] } },
		{ mount: { type: "tmpfs", target: "/srv/cache", options: "size=64m" } },
		{ mkdir: "/late", when: { env: "LATE" } },
		{ wait_for: { tcp: "127.0.0.1:5432", timeout: "90s" } },
	],
};

const house = (config: object): Partial<HouseOptions> => ({ config, env: { DB_PASSWORD: "sesame" }, flags: ["--tmpfs=/srv"] });
const command = ["--", "httpd", "-f", "-p", "80", "-h", "/srv/site of the house"];

describe.each(pages)("at $columns columns, terminal: $tty", (page) => {
	it("plan of a start that goes on", () =>
		golden("plan", page, ["plan", "--", "id"], { config: { user: "app", setup: [{ mkdir: "/run/app" }] } }));

	it("plan of a start that would be refused", () => golden("plan-refused", page, ["plan", ...command], house(server)));

	it("plan of root that keeps what is dangerous", () =>
		golden("plan-root", page, ["plan", "--", "id"], {
			config: { user: "root", capabilities: { keep: "ALL" }, no_new_privileges: false, securebits: "none" },
		}));

	it("plan for what no runtime has given a capability", () =>
		golden("plan-unprivileged", page, ["plan", "--", "id"], { user: "1000:1000", config: { user: "app", setup: [{ own: "/tmp" }] } }));

	it("plan without a command", () => golden("plan-no-command", page, ["plan"], { config: { user: "app" } }));

	it("what stops a run", () => golden("refused", page, command, house(server)));

	it("what a run says at -v", () =>
		golden("verbose", page, ["-v", "--", "true"], {
			config: { user: "app", setup: [{ mkdir: "/run/app" }, { own: "/nowhere", on_error: "warn" }] },
		}));

	it("a mistake in the file", () =>
		golden("mistake", page, ["check"], { config: "user: app\nsetup:\n- mkdri: /run/app\n- own: {path: /data, ownr: app}\n" }));

	it.each([
		["unknown-option", ["plan", "--fromat", "json"]],
		["missing-value", ["plan", "--format"]],
		["unknown-subcommand", ["pln"]],
	])("wrong use: %s", (name, words) => golden(name, page, words));

	it.each([
		["help", ["--help"]],
		["help-plan", ["plan", "--help"]],
		["help-inspect", ["inspect", "--help"]],
	])("%s", (name, words) => golden(name, page, words));
});

describe("without colours", () => {
	it("plan", () =>
		golden("plan-refused.no-color", { columns: 80, tty: true }, ["plan", ...command], {
			...house(server),
			env: { DB_PASSWORD: "sesame", NO_COLOR: "1" },
		}));
});
