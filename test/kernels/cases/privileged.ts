import { dropped, netBindService, none } from "../../e2e/run/credentials.ts";
import { type Case, start } from "../harness/case.ts";
import { app, report, root } from "../harness/report.ts";

/** All that Linux 6.1 has, which a machine for tests seldom has itself: real `--privileged`. */
const all = "000001ffffffffff";

const forbidden = {
	setuid0: "EPERM",
	setgid0: "EPERM",
	setgroups: "EPERM",
	"capset-all": "EPERM",
	mount: "EPERM",
	"raw-socket": "EPERM",
	sethostname: "EPERM",
	"unshare-mount": "EPERM",
};

export const privileged: readonly Case[] = [
	{
		name: "what the starts begin with",
		config: {},
		script: "exec env -i /probe",
		expected: {
			status: 0,
			probe: report({
				...root,
				more: {
					...dropped(0, 0, []),
					caps: { inheritable: none, permitted: all, effective: all, bounding: all, ambient: none },
					securebits: 0,
					noNewPrivs: 0,
					env: [],
				},
			}),
		},
	},
	{ name: "a user is left nothing", config: { user: "app" }, script: start("-- /probe"), expected: { status: 0, probe: report(app) } },
	{
		name: "a user has the filter that is configured, and the steps have none",
		config: {
			user: "app",
			seccomp: "docker-default",
			setup: [{ run: { command: ["unshare", "-m", "true"], capabilities: ["SYS_ADMIN"] } }],
		},
		script: start("-- /probe"),
		expected: { status: 0, probe: report({ ...app, more: { seccomp: 2, seccompFilters: 1 } }) },
	},
	{
		name: "a user can do nothing of it",
		config: { user: "app" },
		script: start(`-- /probe try ${Object.keys(forbidden).join(" -- ")}`),
		expected: { status: 0, acts: Object.entries(forbidden).map(([act, errno]) => ({ act, ok: false, errno })) },
	},
	{
		name: "a kept capability is in all five sets, alone",
		config: { user: "app", capabilities: { keep: ["NET_BIND_SERVICE"] } },
		script: start("-- /probe"),
		expected: { status: 0, probe: report({ ...app, kept: netBindService }) },
	},
	{
		name: "every capability but one is kept when that is written",
		config: { user: "app", capabilities: { keep: ["ALL"], drop: ["SYS_ADMIN"] } },
		script: start("-- /probe"),
		expected: { status: 0, probe: report({ ...app, kept: "000001ffffdfffff" }) },
	},
	{
		name: "root is left nothing either",
		config: { user: "root" },
		script: start("-- /probe"),
		expected: { status: 0, probe: report(root) },
	},
];
