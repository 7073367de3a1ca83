import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dropOrder } from "../../src/departure/order.ts";
import { runHost } from "./harness/host.ts";
import { buildMutant, type Mutant } from "./harness/mutant.ts";
import { probeFile, root } from "./harness/paths.ts";

const names = dropOrder.map(({ name }) => name);
const numbers = names.map((_, index) => index);

/** Starts that together need every row: the configuration, and how the process begins. */
const starts = [
	{
		config: { user: "1000:1000", workdir: "/var", capabilities: { keep: ["NET_BIND_SERVICE"] } },
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
];

/** What a workload that ran was given, or the status when none did. */
async function outcomes(mutant: Mutant, rows: readonly number[]): Promise<unknown[]> {
	return Promise.all(
		starts.map(async (start) => {
			const done = await runHost({ ...start, program: mutant.binary, args: ["--", probeFile], env: { ROWS: rows.join() } });
			if (done.status !== 0) {
				return done.status;
			}
			const { resuid, resgid, groups, caps, securebits, noNewPrivs, keepCaps, pdeathsig, cwd } = done.probe;
			return { resuid, resgid, groups, caps, securebits, noNewPrivs, keepCaps, pdeathsig, cwd };
		}),
	);
}

describe("the drop on the real kernel", () => {
	let mutant: Mutant;
	let intact: unknown[];

	beforeAll(async () => {
		mutant = buildMutant(join(root, "src/departure/order.ts"), join(root, "test/fixtures/mutated-order.ts"));
		intact = await outcomes(mutant, numbers);
	}, 600_000);
	afterAll(() => mutant?.remove());

	it("lets every workload run when its order is whole", () => {
		expect(intact.filter((each) => typeof each === "number")).toEqual([]);
	});

	it("can do without no row but two", async () => {
		const useless = await Promise.all(
			numbers.map(async (number) => {
				const rows = numbers.filter((each) => each !== number);
				return isDeepStrictEqual(await outcomes(mutant, rows), intact) ? [names[number]] : [];
			}),
		);
		// The kernel lowers an ambient capability with the inheritable one. Only a plan that keeps something inheritable and not
		// ambient needs the row, and none of these says that; the unit tests have one that does.
		// Nothing of a keyring is seen from the probe; the unit tests ask the real kernel whose it is.
		expect(useless.flat()).toEqual(["session-keyring", "ambient-clear"]);
	});

	it("may swap only these neighbours without any difference to the workload", async () => {
		const harmless: string[] = [];
		for (const number of numbers.slice(1)) {
			const rows = numbers.with(number - 1, number).with(number, number - 1);
			if (isDeepStrictEqual(await outcomes(mutant, rows), intact)) {
				harmless.push(`${names[number - 1]} / ${names[number]}`);
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
			"sets / parent-death-signal",
			"parent-death-signal / workdir",
			"workdir / no-new-privileges",
		]);
	});
});
