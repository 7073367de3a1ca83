import type { Config } from "../config/config.ts";
import { fail } from "../report/failure.ts";
import type { SocketPromise } from "../steps/step.ts";
import type { Environment } from "./environment.ts";
import type { DescriptorPlan } from "./plan.ts";

/** The first descriptor of the protocol, SD_LISTEN_FDS_START. */
export const firstSocket = 3;

/** Lays the descriptors out and sets the variables of sd_listen_fds(3) in the workload's environment. */
export function planDescriptors(
	pass: Config["fds"],
	opened: readonly SocketPromise[],
	inheritedEnvironment: ReadonlyMap<string, string>,
	environment: Environment,
	pid: number,
): DescriptorPlan {
	const inherited = inheritedSockets(inheritedEnvironment, pid);
	const names = [...inheritedNames(inheritedEnvironment, inherited), ...opened.map(({ name }) => name)];
	for (const variable of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"]) {
		environment.delete(variable);
	}
	if (opened.length > 0 && pass === "inherit") {
		fail("CONFIG_CONFLICT", "fds: inherit leaves the descriptors where they are, so listen has no place for its sockets", { where: "fds" });
	}
	if (names.length > 0) {
		environment.set("LISTEN_PID", pid.toString());
		environment.set("LISTEN_FDS", names.length.toString());
		environment.set("LISTEN_FDNAMES", names.join(":"));
	}
	opened.forEach(({ env }, index) => {
		for (const [name, template] of Object.entries(env)) {
			environment.set(name, template.replaceAll("{fd}", (firstSocket + inherited + index).toString()));
		}
	});
	return { pass, inherited, opened };
}

/** Sockets passed to this very process; variables meant for another pid are none of ours. */
function inheritedSockets(environment: ReadonlyMap<string, string>, pid: number): number {
	const count = environment.get("LISTEN_FDS");
	return environment.get("LISTEN_PID") === pid.toString() && count !== undefined && /^[1-9][0-9]{0,3}$/.test(count) ? Number(count) : 0;
}

function inheritedNames(environment: ReadonlyMap<string, string>, count: number): string[] {
	const names = (environment.get("LISTEN_FDNAMES") ?? "").split(":");
	return Array.from({ length: count }, (_, index) => names[index] || "unknown");
}
