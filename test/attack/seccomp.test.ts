import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** What the workload of the last start would like its next filter to be. */
const open = '{"defaultAction": "SCMP_ACT_ALLOW"}';
const shut = '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}';

/** Reads what lies there, whosever it is, and for as long as it takes. */
const careless = (path: string) =>
	`case "$(timeout 2 cat ${path} || echo hangs)" in *hangs) echo hangs;; *mkdir*) echo shut;; *ALLOW*) echo open;; esac`;

const start = (profile: string) => `
	echo 'user: "1000:1000"
seccomp: ${profile}' > /opt/c.yaml
	timeout 10 /abdicate -c /opt/c.yaml -- mkdir /tmp/made 2>&1 || echo "status $?"
	if [ -e /tmp/made ]; then echo open; fi
`;

const places: readonly (readonly [name: string, path: string, set: string, taken: string, says: readonly string[]])[] = [
	["a file of its own", "/data/p.json", `echo '${open}' | app tee /data/p.json`, "open", ["CONFIG_UNTRUSTED", "belongs to uid 1000"]],
	[
		"a link of its own, to a file of root's that was meant for something else",
		"/tmp/p.json",
		`echo '${open}' > /opt/other.json; app ln -s /opt/other.json /tmp/p.json`,
		"open",
		["CONFIG_UNTRUSTED", "the link"],
	],
	[
		"a directory of its own, with a file of root's",
		"/data/d/p.json",
		`app mkdir /data/d; echo '${open}' > /data/d/p.json`,
		"open",
		["CONFIG_UNTRUSTED", "the directory"],
	],
	["a pipe that nobody writes to", "/tmp/p.json", "app mkfifo /tmp/p.json", "hangs", ["CONFIG_UNREADABLE"]],
	["a server that calls it root's", "/data/m/hello", `app mkdir /data/m; fuse_at /data/m '${open}'`, "open", ["CONFIG_UNTRUSTED"]],
];

describe("a profile", () => {
	it.each(places)("rule 9.13: is not the workload's to choose: %s", async (_, path, set, taken, says) => {
		const ours = await inHouse(`{ ${set}; } > /dev/null\n${start(path)}`);
		for (const words of ["status 125", ...says]) {
			expect(ours.stdout).toContain(words);
		}
		expect(ours.stdout).not.toMatch(/^open$/m);
		const naive = await inHouse(`{ ${set}; } > /dev/null\n${careless(path)}`);
		expect(naive.stdout).toBe(`${taken}\n`);
	});

	it("of root's is taken, which these starts could have had", async () => {
		const { stdout } = await inHouse(`echo '${shut}' > /opt/p.json\n${start("/opt/p.json")}`);
		expect(stdout).toMatch(/^mkdir: cannot create directory .*: Operation not permitted\nstatus 1\n$/);
	});
});

const stored: readonly (readonly [name: string, set: string, taken: string, says: readonly string[]])[] = [
	["a file of its own", `echo '${open}' | app tee /tmp/c.yaml.seccomp`, "open", ["CONFIG_UNTRUSTED", "belongs to uid 1000"]],
	["a link of its own", `echo '${open}' > /opt/other; app ln -s /opt/other /tmp/c.yaml.seccomp`, "open", ["CONFIG_UNTRUSTED", "the link"]],
	["a pipe that nobody writes to", "app mkfifo /tmp/c.yaml.seccomp", "hangs", ["CONFIG_UNREADABLE"]],
	["a directory", "app mkdir /tmp/c.yaml.seccomp", "", ["CONFIG_UNREADABLE"]],
];

describe("a stored filter", () => {
	it.each(stored)("rule 9.13: is not the workload's to choose: %s", async (_, set, taken, says) => {
		// A configuration of root's, in a directory where anybody may make names.
		const config = `echo '${shut}' > /opt/p.json; echo '{user: "1000:1000", seccomp: /opt/p.json}' > /tmp/c.yaml`;
		const run = 'timeout 10 /abdicate -c /tmp/c.yaml -- mkdir /tmp/made 2>&1 || echo "status $?"; if [ -e /tmp/made ]; then echo open; fi';
		const ours = await inHouse(`{ ${config}; ${set}; } > /dev/null\n${run}`);
		for (const words of ["status 125", ...says]) {
			expect(ours.stdout).toContain(words);
		}
		expect(ours.stdout).not.toMatch(/^open$/m);
		if (taken !== "") {
			const naive = await inHouse(`{ ${config}; ${set}; } > /dev/null\n${careless("/tmp/c.yaml.seccomp")}`);
			expect(naive.stdout).toBe(`${taken}\n`);
		}
	});
});
