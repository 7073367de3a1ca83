import { dropped, none } from "../../e2e/run/credentials.ts";

interface Workload {
	readonly uid: number;
	readonly groups: readonly number[];
	readonly name: string;
	readonly home: string;
	/** Of all five sets; none unless given. */
	readonly kept?: string;
	/** What else differs from a start as PID 1 of its namespaces. */
	readonly more?: object;
}

const output = (fd: number, target: string) => ({ fd, type: "file", access: "write", uid: 0, gid: 0, mode: "0644", target });

/** The whole report of the probe as the workload, but for its limits. */
export function report({ uid, groups, name, home, kept = none, more = {} }: Workload): object {
	return {
		...dropped(uid, uid, groups, kept),
		fsuid: uid,
		fsgid: uid,
		lastCap: 40,
		fds: [{ fd: 0, type: "char", access: "read", uid: 0, gid: 0, mode: "0666", target: "/dev/null" }, output(1, "/out"), output(2, "/err")],
		signalMask: none,
		ignoredSignals: [],
		argv: ["/probe"],
		env: [`HOME=${home}`, "TERM=linux", "PATH=/bin", "PWD=/", `USER=${name}`, `LOGNAME=${name}`],
		seccomp: 0,
		seccompFilters: 0,
		dumpable: 1,
		umask: "0022",
		pid: 1,
		ppid: 0,
		pgid: 0,
		sid: 0,
		pdeathsig: 0,
		nice: 0,
		hasProc: true,
		opensRoot: true,
		hostname: "(none)",
		cwd: "/",
		...more,
	};
}

export const app: Workload = { uid: 1000, groups: [44, 1000], name: "app", home: "/home/app" };
export const root: Workload = { uid: 0, groups: [0], name: "root", home: "/root" };
