import { describe, it } from "vitest";
import { golden, pages } from "../harness/golden.ts";

const config = {
	user: "app",
	setup: [{ own: "/var/lib/redis" }, { mkdir: { path: "/run/app", owner: "app" } }, { listen: { tcp: 80, name: "http" } }],
	capabilities: { keep_if_present: ["NET_BIND_SERVICE"] },
};

describe.each(pages)("what is printed of another start, at $columns columns, at a terminal: $tty", (page) => {
	it.each<[string, readonly string[]]>([
		["plan-score", ["plan", "--as", "docker", "--score", "--", "true"]],
		["plan-threshold", ["plan", "--as", "privileged,no-seccomp", "--threshold", "0.5", "--", "true"]],
		["plan-restricted", ["plan", "--format", "kubernetes", "--", "true"]],
		["plan-as-unknown", ["plan", "--as", "kubernetes-restrictd", "--", "true"]],
		["plan-as-refused", ["plan", "--as", "user=redis,caps=none,read-only", "--", "true"]],
		["plan-as-openshift", ["plan", "--as", "openshift,volume=/data", "--", "true"]],
	])("is %s", async (name, words) => {
		await golden(name, page, words, { config });
	});
});
