import { type Case, start } from "../harness/case.ts";

const none = "0000000000000000";
/** What the workload sees of its parent. */
const looks =
	"grep -E '^(Name|Uid|Gid|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/$PPID/status; ls /proc/$PPID/fd | wc -l";
const seen = [
	"Name:\tabdicate-init",
	...["Uid", "Gid"].map((name) => `${name}:\t1000\t1000\t1000\t1000`),
	...["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((name) => `${name}:\t${none}`),
	"NoNewPrivs:\t1",
	"Seccomp:\t2",
	"3",
];

export const init: readonly Case[] = [
	{
		name: "it has the workload's user and holds nothing, and the status is the workload's",
		config: { user: "app", init: true },
		script: start(`-- sh -c '${looks.replaceAll("'", `'"'"'`)}; exit 7'`),
		expected: { status: 7, stdout: seen },
	},
	{
		name: "a signal ends the workload: 128 and its number, or what stands for that",
		config: { user: "app", init: { exit_codes: { 143: 3 } } },
		script: start("-- sh -c 'kill -TERM $$'"),
		expected: { status: 3 },
	},
	{
		name: "a signal that comes is sent on, as another one",
		config: { user: "app", init: { signals: { HUP: "USR1" } } },
		script: start(`-- sh -c 'trap "exit 5" USR1; kill -HUP $PPID; while :; do sleep 1; done'`),
		expected: { status: 5 },
	},
	{
		name: "who is left is told to end before it ends",
		config: { user: "app", init: { grace: "5s" } },
		script: start(
			`-- sh -c '(exec 2>/dev/null; trap "echo told; exit" TERM; echo ready > /tmp/ready; while :; do sleep 1; done) & until [ -e /tmp/ready ]; do usleep 10000; done; exit 4'`,
			{
				prepare: "rm -f /tmp/ready; chmod 1777 /tmp",
			},
		),
		expected: { status: 4, stdout: ["told"] },
	},
	{
		name: "as gosu",
		config: {},
		script: start("as gosu app sh -c 'id -u; grep -c . /proc/self/status >/dev/null; exit 6'"),
		expected: { status: 6, stdout: ["1000"] },
	},
	{
		name: "as tini, which keeps what it has",
		config: {},
		script: start("as tini -s -e 143 -- sh -c 'id -u; kill -TERM $$'"),
		expected: { status: 0, stdout: ["0"] },
	},
];
