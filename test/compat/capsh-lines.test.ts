import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replaced } from "./harness/cases-program.ts";
import type { Result } from "./harness/corpus-text.ts";
import { runRows } from "./harness/run.ts";

const { constantFrom } = fc;
const capability = constantFrom(
	"kill",
	"chown",
	"setpcap",
	"setuid",
	"setgid",
	"net_raw",
	"net_bind_service",
	"sys_admin",
	"sys_chroot",
).map((name) => `cap_${name}`);
const list = fc.array(capability, { minLength: 1, maxLength: 3 }).map((names) => names.join(","));
const signs = constantFrom("=eip", "=ep", "=p", "=i", "=ip", "+p cap_setpcap,cap_setuid,cap_setgid+ep");
const iab = fc
	.array(
		fc.tuple(constantFrom("", "!", "^", "%", "!%", "!^"), capability).map((parts) => parts.join("")),
		{ minLength: 1, maxLength: 3 },
	)
	.map((words) => words.join(","));
const withValue = (option: string, ...values: readonly fc.Arbitrary<string>[]) =>
	fc.oneof(...values).map((value) => `--${option}='${value}'`);

/** What changes or asks something. Where two accounts are named, libcap's mixes up their HOME. */
const option = fc.oneof(
	withValue("drop", list, constantFrom("all")),
	withValue("inh", list, constantFrom("", "none", "all")),
	withValue(
		"caps",
		fc.tuple(list, signs).map((parts) => parts.join("")),
		constantFrom("=ep", "=", ""),
	),
	withValue("iab", iab),
	withValue("keep", constantFrom("0", "1")),
	withValue("uid", constantFrom("0", "1000", "1001")),
	withValue("cap-uid", constantFrom("0", "1000", "1001")),
	withValue("gid", constantFrom("0", "1000", "44")),
	withValue("groups", constantFrom("", "1000", "video,svc", "0,44")),
	withValue("secbits", constantFrom("0", "1", "0x2f", "47", "0x10", "239", "64")),
	withValue("addamb", list, constantFrom("all")),
	withValue("delamb", list, constantFrom("all")),
	withValue("mode", constantFrom("NOPRIV", "PURE1E", "PURE1E_INIT", "HYBRID")),
	withValue("has-p", capability),
	withValue("has-b", capability),
	constantFrom("--noamb", "--no-new-privs", "--strict", "--noenv", "--chroot=/", "--has-no-new-privs", "--is-uid=0"),
);
const options = fc.array(option, { maxLength: 4 });
const user = fc.option(withValue("user", constantFrom("app", "svc", "nobody", "root")), { nil: "" });
const line = fc
	.tuple(options, user, options, constantFrom("--print", "-- -c 'exec CMD'"))
	.map(([before, name, after, end]) => ["capsh", ...before, name, ...after, end].filter(Boolean).join(" "));
const start = constantFrom("root", "dd", "dd", "drop", "setid", "setpc", "u1000", "uamb", "dd+nnp", "uamb+nnp");

/** But for what has a key on the page: warnings, and where errors of modes go to. */
function alike({ status, state, stdout, stderr }: Result): Result {
	const isOfMode = stdout.includes("failed to set mode");
	const silent = stderr === "warning" ? "-" : stderr;
	return { status, state, stdout: isOfMode ? "-" : stdout, stderr: isOfMode ? "refused" : silent };
}

describe.runIf(existsSync(replaced.capsh))("generated lines of capsh", () => {
	it("come to the same", { timeout: 120_000 }, async () => {
		const rows = fc.sample(fc.record({ line, start }), 400);
		const [there, here] = await Promise.all([runRows("there", rows), runRows("here", rows)]);
		const compared = rows.map((row, at) => ({ ...row, there: alike(there[at] as Result), here: alike(here[at] as Result) }));
		expect(compared.filter((each) => JSON.stringify(each.there) !== JSON.stringify(each.here))).toEqual([]);
		// Enough of them get to their end.
		expect(compared.filter((each) => each.there.status === "0").length).toBeGreaterThan(rows.length / 8);
	});
});
