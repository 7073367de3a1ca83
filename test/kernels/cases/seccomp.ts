import { type Case, start } from "../harness/case.ts";

const plain = { user: "app" };
const filtered = { ...plain, seccomp: "docker-default" };
const filters = "grep ^Seccomp /proc/self/status";
const [loaded, none] = [
	["Seccomp:\t2", "Seccomp_filters:\t1"],
	["Seccomp:\t0", "Seccomp_filters:\t0"],
];

/** The machine itself has no filter, as a container seldom has none. */
export const seccomp: readonly Case[] = [
	{ name: "no filter unless it is written", config: plain, script: start(`-- ${filters}`), expected: { status: 0, stdout: none } },
	{
		name: "docker-default, and the profile of the workload",
		config: { ...filtered, apparmor: "demo" },
		script: start(`-- ${filters.replace("/proc", "/proc/self/attr/apparmor/current /proc").replace("^Seccomp", "-h -e demo -e ^Seccomp")}`),
		expected: { status: 0, stdout: ["demo (enforce)", ...loaded] },
	},
	{
		name: "without a filter a user makes a user namespace",
		config: plain,
		script: start("-- /probe try unshare-user"),
		expected: { status: 0, acts: [{ act: "unshare-user", ok: true, errno: null }] },
	},
	{
		name: "docker-default refuses it",
		config: filtered,
		script: start("-- /probe try unshare-user"),
		expected: { status: 0, acts: [{ act: "unshare-user", ok: false, errno: "EPERM" }] },
	},
	{
		name: "docker-default opens what a kept capability is for",
		config: { ...filtered, capabilities: { keep: ["SYS_ADMIN"] } },
		script: start("-- /probe try unshare-mount -- unshare-user"),
		expected: {
			status: 0,
			acts: [
				{ act: "unshare-mount", ok: true, errno: null },
				{ act: "unshare-user", ok: true, errno: null },
			],
		},
	},
];
