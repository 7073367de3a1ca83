import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { departureOrder } from "../../src/departure/order.ts";
import { type RowName, rows } from "../../src/departure/rows.ts";
import { runHost } from "./harness/host.ts";
import { buildMutant, type Mutant } from "./harness/mutant.ts";
import { probeFile, root } from "./harness/paths.ts";

const mutated: readonly string[] = ["give up", "prove", "part", "walls"];
const names = departureOrder.filter((name) => mutated.includes(rows[name].act));
/** What stands around them stays. */
const [first, last] = [departureOrder.indexOf(names[0] as RowName), departureOrder.indexOf(names.at(-1) as RowName)];
const whole = (order: readonly RowName[], leaving: readonly RowName[] = departureOrder.slice(last + 1)) => [
	...departureOrder.slice(0, first),
	...order,
	...leaving,
];

/** Starts that together need every row: the configuration, and how the process begins. */
const starts = [
	{
		config: { user: "1000:1000", workdir: "/var", capabilities: { keep: ["NET_BIND_SERVICE"] }, landlock: { read: "/usr" } },
		wrapper: ["setpriv", "--groups=20", "--pdeathsig=TERM"],
	},
	{ config: { user: "1000:1000", workdir: "/var" }, wrapper: ["setpriv", "--groups=20", "--pdeathsig=TERM"] },
	{
		config: { user: "1000:1000", workdir: "/var", securebits: "none", capabilities: { keep: ["NET_BIND_SERVICE"] } },
		wrapper: ["setpriv", "--pdeathsig=TERM"],
	},
	{
		config: { user: "0:0", workdir: "/var", groups: { allow_root_group: true } },
		wrapper: ["setpriv", "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service", "--pdeathsig=TERM"],
	},
	{ config: { user: "1000:1000", workdir: "/var", init: true }, wrapper: ["env", "--ignore-signal=USR1", "--block-signal=TERM"] },
];

/** What a workload that ran was given, or the status when none did. */
async function outcomes(mutant: Mutant, order: readonly RowName[]): Promise<unknown[]> {
	return Promise.all(
		starts.map(async (start) => {
			const done = await runHost({ ...start, program: mutant.binary, args: ["--", probeFile], env: { ROWS: whole(order).join() } });
			if (done.status !== 0) {
				return done.status;
			}
			const { resuid, resgid, groups, caps, securebits, noNewPrivs, keepCaps, pdeathsig, cwd, opensRoot } = done.probe;
			const { ppid, pid, pgid, signalMask, ignoredSignals } = done.probe;
			const beside = { ppid, leads: pgid === pid, signalMask, ignoredSignals };
			return { resuid, resgid, groups, caps, securebits, noNewPrivs, keepCaps, pdeathsig, cwd, opensRoot, ...beside };
		}),
	);
}

/** Of a start with a filter, by what comes behind the drop. */
async function filtersOf({ binary }: Mutant, leaving: readonly RowName[]): Promise<number> {
	const config = { user: "1000:1000", workdir: "/", seccomp: "docker-default" };
	const { probe } = await runHost({ config, program: binary, args: ["--", probeFile], env: { ROWS: whole(names, leaving).join() } });
	return probe.seccompFilters as number;
}

describe("the drop on the real kernel", () => {
	let mutant: Mutant;
	let intact: unknown[];

	beforeAll(async () => {
		mutant = buildMutant(join(root, "src/departure/order.ts"), join(root, "test/fixtures/mutated-order.ts"));
		intact = await outcomes(mutant, names);
	}, 600_000);
	afterAll(() => mutant?.remove());

	it("lets every workload run when its order is whole", () => {
		expect(intact.filter((each) => typeof each === "number")).toEqual([]);
	});

	it("can do without no row but four, and waits for an init", async () => {
		const useless = await Promise.all(
			names.map(async (name) => {
				const order = names.filter((each) => each !== name);
				return isDeepStrictEqual(await outcomes(mutant, order), intact) ? [name] : [];
			}),
		);
		// The kernel lowers an ambient capability with the inheritable one. Only a plan that keeps something inheritable and not
		// ambient needs the row, and none of these says that; the unit tests have one that does.
		// Nothing of a keyring is seen from the probe; the unit tests ask the real kernel whose it is.
		// No start here has a label: that takes a kernel with the module, see test/kernels.
		// Without the wait for it the init may be ready in time, or may not: test/e2e/init.test.ts has one that never is.
		expect(useless.flat().filter((name) => name !== "init-ready")).toEqual(["session-keyring", "ambient-clear", "apparmor", "selinux"]);
	});

	it("has a filter only by its own row, before the one that loads it", async () => {
		const leaving = departureOrder.slice(last + 1);
		const others = leaving.filter((name) => name !== "seccomp");
		const orders: (readonly RowName[])[] = [leaving, others, [...others, "seccomp"]];
		const [intact = 0, ...mutated] = await Promise.all(orders.map((order) => filtersOf(mutant, order)));
		expect(mutated).toEqual([intact - 1, intact - 1]);
	});

	it("has none of what confines without its row, and may swap those that do not mount", async () => {
		const walls: readonly RowName[] = ["namespaces", "devices", "paths", "network-namespace"];
		const config = { user: "1000:1000", workdir: "/", paths: "docker-default", devices: "docker-default", namespaces: ["uts", "net"] };
		const rowsWithout = (name?: RowName) => departureOrder.filter((each) => each !== name);
		const [paths, net] = [departureOrder.indexOf("paths"), departureOrder.indexOf("network-namespace")];
		const swapped = departureOrder.with(paths, "network-namespace").with(net, "paths");
		const orders = [departureOrder, ...walls.map(rowsWithout), swapped];
		const found = await Promise.all(
			orders.map(async (order) => {
				// Its own network has an address beside loopback, so that there is something to leave.
				const wrapper = ["sh", "-c", 'ip link add d0 type bridge && exec "$@"', "sh"];
				const done = await runHost({ config, wrapper, program: mutant.binary, args: ["--", "true"], env: { ROWS: order.join() } });
				return [done.status, /planned ([^,;]*)/.exec(done.stderr)?.[1]?.slice(0, 10)];
			}),
		);
		expect(found).toEqual([
			[0, undefined],
			[125, "mount uts"],
			[125, "/dev/full="],
			[125, "/proc/acpi"],
			[125, "net"],
			[0, undefined],
		]);
	});

	it("may swap only these neighbours without any difference to the workload", async () => {
		const harmless: string[] = [];
		for (const [index, name] of names.slice(1).entries()) {
			const former = names[index] as RowName;
			if (rows[former].act !== rows[name].act) {
				continue;
			}
			const order = names.with(index, name).with(index + 1, former);
			if (isDeepStrictEqual(await outcomes(mutant, order), intact)) {
				harmless.push(`${former} / ${name}`);
			}
		}
		expect(harmless).toEqual([
			"bounding / keep-capabilities-on",
			"keep-capabilities-on / groups",
			"groups / gid",
			"uid / session-keyring",
			"session-keyring / keep-capabilities-off",
			"keep-capabilities-off / transition",
			"transition / ambient-clear",
			"sets / workdir",
			"placement / default-signals",
			"default-signals / parent-death-signal",
			"apparmor / selinux",
			"selinux / landlock",
			"landlock / init-ready",
		]);
	});
});
