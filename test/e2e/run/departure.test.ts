import { expect, it } from "vitest";
import { CapabilitySet } from "../../../src/capability/set.ts";
import { busybox } from "../harness/images.ts";
import { runContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";

interface Expected {
	readonly uids: Record<"real" | "effective" | "saved", number>;
	readonly gids: Record<"real" | "effective" | "saved", number>;
	readonly groups: readonly number[];
	readonly sets: Record<"inheritable" | "permitted" | "effective" | "bounding" | "ambient", readonly string[]>;
	readonly noNewPrivileges: boolean;
}

interface PlannedProcess {
	readonly departure: { readonly expected: Expected };
}

interface PrintedPlan {
	readonly departure: { readonly rows: Record<string, unknown>; readonly expected: Expected };
	readonly setup: readonly { readonly label: string; readonly children: Record<string, PlannedProcess> }[];
}

const wanted = /^(?:Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs):/;
const look = ["cat", "/proc/self/status"];

/** As the kernel would write it. proc_pid_status(5) */
function statusOf({ uids, gids, groups, sets, noNewPrivileges }: Expected): string[] {
	const ids = ({ real, effective, saved }: Expected["uids"]) => [real, effective, saved, effective].join("\t");
	const hex = (names: readonly string[]) => CapabilitySet.of(...(names as never[])).hex();
	return [
		`Uid:\t${ids(uids)}`,
		`Gid:\t${ids(gids)}`,
		`Groups:\t${groups.join(" ")}`,
		`CapInh:\t${hex(sets.inheritable)}`,
		`CapPrm:\t${hex(sets.permitted)}`,
		`CapEff:\t${hex(sets.effective)}`,
		`CapBnd:\t${hex(sets.bounding)}`,
		`CapAmb:\t${hex(sets.ambient)}`,
		`NoNewPrivs:\t${Number(noNewPrivileges)}`,
	];
}

it("plans how each process departs, and the kernel says the same of that process", async () => {
	const hooks = volume("printf '#!/bin/sh\\ncat /proc/self/status\\n' >a; chmod 755 a");
	const config = {
		user: "app",
		capabilities: { keep: ["NET_BIND_SERVICE"] },
		no_new_privileges: false,
		securebits: "none",
		setup: [
			{ run: look },
			{ run: { command: look, user: "redis", capabilities: ["NET_RAW", "CHOWN"] } },
			{ run: { command: look, user: "1234:77", cwd: "/tmp" } },
			{ hooks: { directory: "/hooks", user: "root", capabilities: ["KILL"] } },
			{ hooks: "/hooks" },
		],
	};
	const container = { image: busybox, config, volumes: [`${hooks}:/hooks`] };
	const planned = await runContainer({ ...container, args: ["plan", "--format", "json", "--", ...look] });
	const ran = await runContainer({ ...container, args: ["--", ...look] });
	const plan = JSON.parse(planned.stdout) as PrintedPlan;

	const children = plan.setup.flatMap(({ label, children: each }) =>
		Object.entries(each).map(([name, child]) => [label, name, child] as const),
	);
	expect(children.map(([label, name]) => `${label} ${name}`)).toEqual([0, 1, 2, 3, 4].map((index) => `setup[${index}] program`));
	const lines = ran.stdout.split("\n").filter((line) => wanted.test(line));
	const found = Array.from({ length: lines.length / 9 }, (_, index) => lines.slice(index * 9, index * 9 + 9).map((line) => line.trimEnd()));
	expect(found).toEqual([...children.map(([, , { departure }]) => departure.expected), plan.departure.expected].map(statusOf));
	expect(ran.status).toBe(0);
	// All different, and none of them as empty as another process would be.
	expect(new Set(found.map((each) => each.join())).size).toBe(6);
});
