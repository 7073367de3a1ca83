import { lockedSecurebits } from "../capability/securebits.ts";
import { CapabilitySet } from "../capability/set.ts";
import { permanentlyDrop } from "../drop/drop.ts";
import { verifyDrop } from "../drop/verify.ts";
import type { Credentials } from "../identity/credentials.ts";
import { observeUserNamespace } from "../identity/user-namespace.ts";
import { inAllSets } from "../plan/capability-sets.ts";
import { planDrop } from "../plan/drop.ts";
import { lacking } from "../plan/settle-identity.ts";
import type { Start } from "../plan/start.ts";
import { fail } from "../report/failure.ts";
import type { Child, SpawnRequest } from "../steps/step.ts";
import { must } from "../sys/act.ts";
import { AT, O } from "../sys/constants.ts";
import { ExecRefused } from "../sys/exec-refused.ts";
import type { Host } from "../sys/native.ts";
import { mustRead, withDescriptor } from "../sys/observe.ts";
import { watchChild } from "./child.ts";
import { passOn } from "./descriptors.ts";
import { execute } from "./execute.ts";

/** What children inherit from the run. */
export interface SpawnContext {
	readonly host: Host;
	readonly start: Start;
	/** The workload's environment, for children that inherit it. */
	readonly environment: readonly string[];
	/** The signal mask of the start, which children get back. */
	readonly mask: bigint;
}

const messageLimit = 16_384;

/** Forks, performs the same drop as for the workload with the child's own smaller plan, and execs. */
export function spawnDropped(context: SpawnContext, request: SpawnRequest): Child {
	const { host } = context;
	return forkDropped(context, request, () => {
		for (const { fd, as } of request.descriptors ?? []) {
			passOn(host, fd, as);
		}
		if (request.output === "discard") {
			discardOutput(host);
		}
		must(host, "sigmask", context.mask);
		execute(host, { argv: request.argv, candidates: [request.argv[0]] }, environmentOf(request, context));
	});
}

function environmentOf({ environment, inherits = false }: SpawnRequest, workload: Pick<SpawnContext, "environment">): readonly string[] {
	const nameOf = (entry: string): string => entry.slice(0, entry.indexOf("="));
	const names = environment.map(nameOf);
	return inherits ? [...workload.environment.filter((entry) => !names.includes(nameOf(entry))), ...environment] : environment;
}

/**
 * Runs `work` in a forked child that has given everything up but what the request keeps. A failure on the way comes back as
 * ours, through a pipe that closes with exec; work that does not exec closes it, so that the parent does not wait for its end.
 */
export function forkDropped(
	{ host, start }: Pick<SpawnContext, "host" | "start">,
	request: Pick<SpawnRequest, "identity" | "capabilities" | "workdir" | "beforeDrop" | "explain">,
	work: (failurePipe: number) => number,
): Child {
	const changeIdentity =
		lacking(start.credentials, "SETUID", "SETGID").length === 0 && !mustStay(host, start.credentials, request.identity);
	if (!changeIdentity && request.identity.uid !== start.credentials.uids.effective) {
		fail("CAPABILITY_MISSING", `SETUID and SETGID are not held, needed to become uid ${request.identity.uid}`);
	}
	const drop = planDrop(
		{
			identity: request.identity,
			changeIdentity,
			sets: inAllSets(CapabilitySet.of(...request.capabilities)),
			securebits: lockedSecurebits,
			noNewPrivileges: true,
			workdir: request.workdir ?? "/",
			parentDeathSignal: 0,
			whenUnprivileged: "adapt",
		},
		start,
		[],
	);
	const [readEnd, writeEnd] = must(host, "pipe") as [number, number];
	const pid = must(host, "fork") as number;
	if (pid === 0) {
		try {
			request.beforeDrop?.(host);
			permanentlyDrop(host, drop);
			verifyDrop(host, drop.expected, start.last);
			host.exit(work(writeEnd));
		} catch (error) {
			host.write(writeEnd, reasonOf(host, error, request.explain).join("\n"));
			host.exit(125);
		}
	}
	host.close(writeEnd);
	const text = withDescriptor(host, readEnd, () => mustRead("read", host.readAll(readEnd, messageLimit)));
	const child = watchChild(host, pid);
	if (text !== "") {
		child.wait(-1);
		const [message = "", ...remedy] = text.split("\n");
		fail("STEP_FAILED", message, { remedy });
	}
	return child;
}

/** What happened, then a line for each thing to do about it. */
function reasonOf(host: Host, error: unknown, explain: SpawnRequest["explain"]): readonly string[] {
	if (error instanceof ExecRefused && explain !== undefined) {
		const { message, remedy = [] } = explain(host, error);
		return [message, ...remedy];
	}
	return [error instanceof Error ? error.message : "unknown failure"];
}

/** Where the user namespace forbids setgroups, the user that this is already is the only one there can be. user_namespaces(7) */
function mustStay(host: Host, { uids, gids }: Credentials, { uid, gid }: SpawnRequest["identity"]): boolean {
	const isSame = Object.values(uids).every((each) => each === uid) && Object.values(gids).every((each) => each === gid);
	return isSame && observeUserNamespace(host)?.setgroupsDenied === true;
}

function discardOutput(host: Host): void {
	const nowhere = must(host, "open", AT.FDCWD, "/dev/null", O.WRONLY, 0, 0) as number;
	must(host, "dupInherited", nowhere, 1);
	must(host, "dupInherited", nowhere, 2);
	host.close(nowhere);
}
