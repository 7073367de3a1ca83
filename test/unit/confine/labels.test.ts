import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/cli/options.ts";
import { makePlan } from "../../../src/cli/run.ts";
import { canonicalLevel } from "../../../src/confine/labels/level.ts";
import { whyRefused } from "../../../src/confine/labels/refusal.ts";
import { applyLabel } from "../../../src/departure/labels.ts";
import { parseYaml } from "../../../src/node/yaml.ts";
import { grantedStart, imaginedStart } from "../../../src/plan/granted-start.ts";
import { type Diagnostic, Failure } from "../../../src/report/failure.ts";
import { errno } from "../../../src/sys/errno.ts";
import { dockerRoot, FakeKernel, type FakeProcess, type SecurityModule } from "../../fake/index.ts";

const apparmor: SecurityModule = {
	kind: "apparmor",
	known: { demo: "enforce", other: "enforce", lenient: "complain", outer: "enforce", "docker-default": "enforce" },
	mayChoose: { outer: ["demo", "lenient"] },
};
const context = (type: string, level = "s0:c1,c2") => `system_u:system_r:${type}:${level}`;
const initial = context("initial_t");
const selinux: SecurityModule = {
	kind: "selinux",
	known: { [initial]: "", [context("app_t")]: "", [context("bare_t")]: "" },
	mayChoose: { [initial]: [context("app_t")] },
};

interface Given {
	readonly module?: SecurityModule | undefined;
	readonly label?: string;
	readonly files?: Readonly<Record<string, string>>;
	readonly proc?: boolean;
	readonly suppose?: Parameters<typeof makePlan>[3];
}

function kernelOf({ module, label, files = {}, proc = true }: Given): FakeKernel {
	const process: FakeProcess = dockerRoot(label === undefined ? {} : { label });
	return new FakeKernel({
		process,
		machine: module === undefined ? {} : { securityModule: module },
		proc,
		files: {
			"/etc/passwd": "app:x:1000:1000::/home/app:/bin/sh\n",
			"/bin/true": { mode: 0o755 },
			...files,
		},
		environment: ["PATH=/bin"],
		overrides: { parseYaml, getrlimit: () => [64n, 64n] },
	});
}

/** The rows, and what is noted of them. */
async function planned(config: object, given: Given = {}): Promise<object> {
	const kernel = kernelOf(given);
	kernel.files.add("/etc/c.yaml", { content: JSON.stringify({ user: "app", ...config }) });
	const { plan } = await makePlan(kernel.host, parseOptions(["-c", "/etc/c.yaml", "--", "true"]), "run", given.suppose);
	expect(kernel.changes.filter(([name]) => name !== "parseYaml")).toEqual([]);
	const { apparmor: profile, selinux: type } = plan.departure.rows;
	return { ...(profile && { apparmor: profile }), ...(type && { selinux: type }), notes: plan.notes };
}

async function refusal(config: object, given: Given = {}): Promise<Partial<Diagnostic>[]> {
	const error = await planned(config, given).catch((thrown: unknown) => thrown);
	if (!(error instanceof Failure)) {
		throw new Error("it was not refused");
	}
	return error.diagnostics.map(({ code, message }) => ({ code, message }));
}

const exec = (label: string) => ({ label, file: "self/attr/apparmor/exec", written: `exec ${label}` });
const stack = (label: string, besides: string) => ({ ...exec(label), besides, written: `stack ${label}` });
const profiles = (text: string) => ({ "/sys/kernel/security/apparmor/profiles": text });

describe("an AppArmor profile for the workload", () => {
	it.each<[string, object, Given, object]>([
		["none is no row", { apparmor: "none" }, { module: apparmor }, { notes: [] }],
		["without a module and a key there is none either", {}, {}, { notes: [] }],
		["from an unconfined start", { apparmor: "demo" }, { module: apparmor }, { apparmor: exec("demo"), notes: [] }],
		[
			"from a start under a profile that confines nothing",
			{ apparmor: "demo" },
			{ module: { ...apparmor, known: { ...apparmor.known, free: "unconfined" } }, label: "free" },
			{ apparmor: exec("demo"), notes: [] },
		],
		[
			"two are in the kernel's order",
			{ apparmor: "other//&demo" },
			{ module: apparmor },
			{ apparmor: { ...exec("demo//&other"), written: "exec other//&demo" }, notes: [] },
		],
		["from a confined start", { apparmor: "demo" }, { module: apparmor, label: "outer" }, { apparmor: stack("demo", "outer"), notes: [] }],
		[
			"from a confined start without no_new_privs",
			{ apparmor: "demo", no_new_privileges: false },
			{ module: apparmor, label: "outer" },
			{ apparmor: exec("demo"), notes: [] },
		],
		[
			"from a start under it",
			{ apparmor: "demo" },
			{ module: apparmor, label: "demo//&outer" },
			{ notes: ["AppArmor: the start is under demo//&outer (enforce) already, and the workload stays so"] },
		],
		[
			"before Linux 5.8",
			{ apparmor: "demo" },
			{ module: { ...apparmor, isOlder: true }, files: { "/sys/module/apparmor/parameters/enabled": "Y\n" } },
			{ apparmor: { ...exec("demo"), file: "self/attr/exec" }, notes: [] },
		],
		[
			"that is in the list",
			{ apparmor: "demo" },
			{ module: apparmor, files: profiles("a (complain)\ndemo (enforce)\n") },
			{ apparmor: exec("demo"), notes: [] },
		],
		[
			"of another namespace, which the list does not show",
			{ apparmor: ":ns:x" },
			{ module: apparmor, files: profiles("a (complain)\n") },
			{ apparmor: exec(":ns:x"), notes: [] },
		],
		["for a start elsewhere", { apparmor: "demo" }, { suppose: grantedStart }, { apparmor: exec("demo"), notes: [] }],
		["for another user's start elsewhere", { apparmor: "demo" }, { suppose: imaginedStart }, { apparmor: exec("demo"), notes: [] }],
	])("%s", async (_, config, given, expected) => {
		expect(await planned(config, given)).toEqual(expected);
	});

	it.each<[string, Given, string, string]>([
		["without AppArmor", {}, "LABEL_UNAVAILABLE", "AppArmor is not active in this kernel"],
		["under SELinux", { module: selinux, label: initial }, "LABEL_UNAVAILABLE", "AppArmor is not active in this kernel"],
		[
			"on an older kernel with another module",
			{ module: selinux, label: initial, files: { "/sys/module/apparmor/parameters/enabled": "N\n" } },
			"LABEL_UNAVAILABLE",
			"AppArmor is not active in this kernel",
		],
		[
			"without /proc",
			{ module: apparmor, proc: false },
			"LABEL_UNAVAILABLE",
			"a label is given by way of /proc/self/attr, and the kernel's /proc is not mounted",
		],
		[
			"that is not loaded",
			{ module: apparmor, files: profiles("demon (enforce)\n") },
			"LABEL_REFUSED",
			'no AppArmor profile "demo" is loaded on this machine; did you mean "demon"?',
		],
		[
			"from docker-default",
			{ module: apparmor, label: "docker-default" },
			"LABEL_REFUSED",
			"the AppArmor profile of the start, docker-default (enforce), lets nothing in it enter another",
		],
	])("%s is refused in the plan", async (_, given, code, message) => {
		expect(await refusal({ apparmor: "demo" }, given)).toEqual([{ code, message }]);
	});

	it.each(["unconfined", "runtime/default", "localhost/demo", "RuntimeDefault", "", " demo", "demo ", "a\nb", "\u0085"])(
		"%j is no name",
		async (written) => {
			expect(await refusal({ apparmor: written }, { module: apparmor })).toEqual([
				{ code: "CONFIG_INVALID_VALUE", message: "expected the name of an AppArmor profile, or none; unconfined would be no wall" },
			]);
		},
	);
});

const chosen = (label: string) => ({ label, file: "self/attr/exec", written: label });

describe("an SELinux context for the workload", () => {
	it.each<[string, object, Given, object]>([
		["none", { selinux: "none" }, { module: selinux, label: initial }, { notes: [] }],
		["a type", { selinux: "app_t" }, { module: selinux, label: initial }, { selinux: chosen(context("app_t")), notes: [] }],
		[
			"every part",
			{ selinux: { user: "u", role: "r", type: "t", level: "s0-s0:c5,c4,c3" } },
			{ module: selinux, label: initial },
			{ selinux: chosen("u:r:t:s0-s0:c3.c5"), notes: [] },
		],
		[
			"a level alone",
			{ selinux: { level: "s0:c9" } },
			{ module: selinux, label: initial },
			{ selinux: chosen(context("initial_t", "s0:c9")), notes: [] },
		],
		[
			"a policy without levels",
			{ selinux: "app_t" },
			{ module: selinux, label: "u:r:initial_t" },
			{ selinux: chosen("u:r:app_t"), notes: [] },
		],
		[
			"that of the start",
			{ selinux: "initial_t" },
			{ module: selinux, label: initial },
			{ notes: [`SELinux: the start has the context ${initial} already, and the workload keeps it`] },
		],
		[
			"in permissive mode",
			{ selinux: "app_t" },
			{ module: selinux, label: initial, files: { "/sys/fs/selinux/enforce": "0" } },
			{ selinux: chosen(context("app_t")), notes: ["SELinux is in permissive mode, which logs and forbids nothing"] },
		],
		["for a start elsewhere", { selinux: "app_t" }, { suppose: grantedStart }, { selinux: chosen("*:*:app_t"), notes: [] }],
	])("%s", async (_, config, given, expected) => {
		expect(await planned(config, given)).toEqual(expected);
	});

	it.each<[string, Given, string]>([
		["without SELinux", {}, "SELinux is not active in this kernel"],
		["under AppArmor", { module: apparmor }, "SELinux is not active in this kernel"],
		["under AppArmor, whatever the profile is called", { module: apparmor, label: "a:b:c" }, "SELinux is not active in this kernel"],
		["without a policy", { module: selinux, label: "kernel" }, "SELinux is not active in this kernel: it has loaded no policy"],
		[
			"without /proc",
			{ module: selinux, proc: false },
			"a label is given by way of /proc/self/attr, and the kernel's /proc is not mounted",
		],
	])("%s is refused in the plan", async (_, given, message) => {
		expect(await refusal({ selinux: "app_t" }, given)).toEqual([{ code: "LABEL_UNAVAILABLE", message }]);
	});

	it("cannot stand beside a profile", async () => {
		expect(await refusal({ selinux: "app_t", apparmor: "demo" }, { module: apparmor })).toEqual([
			{ code: "CONFIG_CONFLICT", message: "apparmor and selinux are never active in one kernel, so a start has one of them at most" },
		]);
		expect(await planned({ selinux: "none", apparmor: "demo" }, { module: apparmor })).toEqual({ apparmor: exec("demo"), notes: [] });
	});

	it.each<[written: unknown, message: string]>([
		...["u:r:t:s0", "spc_t", "unconfined_t", { type: "a:b" }].map(
			(written): [unknown, string] =>
				[written, "expected a type, without a colon, or none: {user, role, type, level}; spc_t and unconfined_t would be no wall"] as const,
		),
		[{ role: "a:b" }, "expected one part of a context, without a colon: {user, role, type, level}"],
		[{ level: "s0 c1" }, "expected a level or a range, such as s0:c1,c2"],
	])("%j is none", async (written, message) => {
		expect(await refusal({ selinux: written }, { module: selinux })).toEqual([{ code: "CONFIG_INVALID_VALUE", message }]);
	});

	it.each([
		["s0", "s0"],
		["s0-s0", "s0"],
		["s0-s0:c0.c1023", "s0-s0:c0.c1023"],
		["s0:c1,c0", "s0:c0,c1"],
		["s0:c2,c0,c1,c9", "s0:c0.c2,c9"],
		["s0:c1.c3,c3,c5.c6", "s0:c1.c3,c5,c6"],
		["s0:c3.c1", "s0:c3.c1"],
		["s0:c01", "s0:c01"],
		["SystemHigh", "SystemHigh"],
		["s0:a.b-s1:c2,c1", "s0:a.b-s1:c1,c2"],
	])("the level %s is %s to the kernel", (level, expected) => {
		expect(canonicalLevel(level)).toBe(expected);
	});
});

/** What the row does in a process with this label, and what it says. */
function applied(name: "apparmor" | "selinux", label: Parameters<typeof applyLabel>[1], given: Given & { noNewPrivs?: true }): object {
	const kernel = kernelOf(given);
	kernel.process = { ...kernel.process, noNewPrivs: given.noNewPrivs === true };
	const warnings: string[] = [];
	try {
		applyLabel(name, label, { host: kernel.host, note: () => {}, warn: (message) => warnings.push(message) });
		return { onExec: kernel.process.onExec, warnings, open: kernel.files.openCount };
	} catch (error) {
		if (!(error instanceof Failure)) {
			throw error;
		}
		const [{ code, where, message, remedy = [] }] = error.diagnostics;
		return { error: `${code} ${where}: ${message}`, hasRemedy: remedy.length > 0, open: kernel.files.openCount };
	}
}

describe("the label at the end", () => {
	it("rule 4.9: is what the kernel was told and says", () => {
		expect(applied("apparmor", exec("demo"), { module: apparmor })).toEqual({
			onExec: { label: "demo", isAdded: false },
			warnings: [],
			open: 0,
		});
		expect(applied("apparmor", stack("demo", "outer"), { module: apparmor, label: "outer", noNewPrivs: true })).toEqual({
			onExec: { label: "demo", isAdded: true },
			warnings: [],
			open: 0,
		});
		expect(applied("selinux", chosen(context("app_t")), { module: selinux, label: initial })).toEqual({
			onExec: { label: context("app_t"), isAdded: false },
			warnings: [],
			open: 0,
		});
	});

	it.each([
		["lenient", "lenient"],
		["demo//&lenient", "demo//&lenient"],
	])("%s is warned of, since it forbids nothing", (label, named) => {
		expect(applied("apparmor", exec(label), { module: apparmor })).toEqual({
			onExec: { label, isAdded: false },
			warnings: [`the AppArmor profile ${named} is in complain mode, which logs and forbids nothing: aa-enforce on the machine`],
			open: 0,
		});
	});

	it.each<["apparmor" | "selinux", Parameters<typeof applyLabel>[1], Parameters<typeof applied>[2], keyof typeof errno]>([
		["apparmor", exec("nosuch"), { module: apparmor }, "ENOENT"],
		["apparmor", stack("demo", "docker-default"), { module: apparmor, label: "docker-default" }, "EACCES"],
		["apparmor", exec("demo"), { module: apparmor, label: "outer", noNewPrivs: true }, "EPERM"],
		["selinux", chosen(context("nosuch_t")), { module: selinux, label: initial }, "EINVAL"],
		["selinux", chosen(context("app_t")), { module: selinux, label: context("bare_t") }, "EACCES"],
	])("%s %j ends the start with the reason", (name, label, given, code) => {
		const { message } = whyRefused(name, -errno[code]);
		expect(message).toMatch(new RegExp(`^${code}: .`));
		expect(applied(name, label, given)).toEqual({
			error: `LABEL_REFUSED drop ${name}: ${label.label} cannot be the label of the workload: ${message}`,
			hasRemedy: true,
			open: 0,
		});
	});

	it("says an errno that means nothing of its own by its name", () => {
		expect(whyRefused("selinux", -errno.ENOMEM)).toEqual({ message: "ENOMEM", remedy: undefined });
	});

	it("ends the start when the kernel says another", () => {
		expect(applied("apparmor", { ...exec("demo"), label: "other" }, { module: apparmor })).toEqual({
			error: "VERIFY_FAILED drop apparmor: apparmor: planned other, the kernel says demo (enforce)",
			hasRemedy: true,
			open: 0,
		});
	});
});
