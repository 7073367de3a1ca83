import type { Config } from "../config/config.ts";
import { fail } from "../report/failure.ts";
import type { SocketPromise } from "../steps/step.ts";
import { S } from "../sys/constants.ts";
import type { Reads } from "../sys/native.ts";
import type { Environment } from "./environment.ts";
import type { DescriptorPlan } from "./plan.ts";

/** The first descriptor of the protocol, SD_LISTEN_FDS_START. */
const firstSocket = 3;

export interface Passed {
	readonly fds: Config["fds"];
	/** Sockets of our own, in order. */
	readonly opened: readonly SocketPromise[];
	/** The workload is a child, whose number is known when it is one: `{pid}`. */
	readonly isChild?: boolean;
	/** The environment of the start. */
	readonly variables: ReadonlyMap<string, string>;
}

interface Inherited {
	readonly fd: number;
	readonly name: string;
}

/** Lays the descriptors out and sets the variables of sd_listen_fds(3) in the workload's environment. */
export function planDescriptors(
	{ fds: pass, opened, isChild = false, variables }: Passed,
	environment: Environment,
	reads: Reads,
	notes: string[],
): DescriptorPlan {
	const pid = reads.getpid();
	const given = inheritedBy(variables, pid);
	// A directory or a file that were passed on would be a way around every permission of the workload.
	const inherited = pass === "inherit" ? given : given.filter((each) => isSocket(each, reads, notes));
	const names = [...inherited, ...opened].map(({ name }) => name);
	for (const variable of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"]) {
		environment.delete(variable);
	}
	if (opened.length > 0 && pass === "inherit") {
		fail("CONFIG_CONFLICT", "fds: inherit leaves the descriptors where they are, so listen has no place for its sockets", { where: "fds" });
	}
	if (names.length > 0) {
		environment.set("LISTEN_PID", isChild ? "{pid}" : pid.toString());
		environment.set("LISTEN_FDS", names.length.toString());
		environment.set("LISTEN_FDNAMES", names.join(":"));
	}
	opened.forEach(({ env }, index) => {
		for (const [name, template] of Object.entries(env)) {
			environment.set(name, template.replaceAll("{fd}", (firstSocket + inherited.length + index).toString()));
		}
	});
	return { pass, inherited: pass === "inherit" ? [] : inherited.map(({ fd }) => fd), opened };
}

/** What was passed to this very process; variables meant for another pid are none of ours. */
function inheritedBy(variables: ReadonlyMap<string, string>, pid: number): Inherited[] {
	const written = variables.get("LISTEN_FDS");
	const isOurs = variables.get("LISTEN_PID") === pid.toString() && written !== undefined && /^[1-9][0-9]{0,3}$/.test(written);
	const names = (variables.get("LISTEN_FDNAMES") ?? "").split(":");
	return Array.from({ length: isOurs ? Number(written) : 0 }, (_, index) => ({
		fd: firstSocket + index,
		name: names[index] || "unknown",
	}));
}

function isSocket({ fd, name }: Inherited, reads: Reads, notes: string[]): boolean {
	const stat = reads.fstat(fd);
	const isOne = typeof stat !== "number" && (stat.mode & S.IFMT) === S.IFSOCK;
	if (!isOne) {
		notes.push(`descriptor ${fd} (${name}) is in LISTEN_FDS and no socket: it is closed; fds: inherit passes whatever is open`);
	}
	return isOne;
}
