import { type Case, start } from "../harness/case.ts";
import { app, report } from "../harness/report.ts";

/** What the workload of the last start has left in a directory of its own: the way to the system. */
const prepare = `
mkdir -p /data/w /data/from/d
chown app /data/w
su app -s /bin/sh -c 'ln -s /etc /data/w/etc; ln -s /etc/passwd /data/w/passwd; mkdir /data/w/d; ln -s ../../../etc /data/w/d/up'`;

/** The start, and whether the system is what it was. */
const run = `
look() { cat /etc/passwd; stat -c '%a %u %n' /etc /etc/passwd; ls /etc; cat /proc/self/mounts; }
before=$(look)
/abdicate -- /probe
status=$?
[ "$(look)" = "$before" ] || echo the system was changed
exit $status`;

const untrusted = "is a symbolic link that is not root's alone; it is not followed";
const trust = "  name the real path, or let root own the link and its directory";
const made = "/data/w/etc/made";
const byEtc = `"${made}": /data/w/etc ${untrusted}`;
const passwd = "/data/w/etc/passwd";
const elsewhere = "  remove it: it is not root's, and who made it would be given what it leads to";
const itself = '"/data/w/passwd" is a symbolic link, which is not followed';

/** A step that would go by such a link, and what is said instead. */
const refusals: readonly (readonly [step: object, message: string, remedy?: string])[] = [
	[{ mkdir: made }, `mkdir ${made} mode 0755 owner 1000:1000: ${byEtc}`],
	[{ file: { path: made, content: "x" } }, `file ${made} from the configuration mode 0644 owner 1000:1000: ${byEtc}`],
	[
		{ file: { path: "/data/w/d/up/made", content: "x" } },
		`file /data/w/d/up/made from the configuration mode 0644 owner 1000:1000: "/data/w/d/up/made": /data/w/d/up ${untrusted}`,
	],
	[{ secret: { from: { env: "HOME" }, path: made, on_disk: "allow" } }, `secret ${made} from HOME mode 0400 owner 1000:1000: ${byEtc}`],
	[{ own: passwd }, `own ${passwd} to 1000:1000 (mismatched): "${passwd}": /data/w/etc ${untrusted}`],
	[{ own: "/data/w/passwd" }, `own /data/w/passwd to 1000:1000 (mismatched): ${itself}`, elsewhere],
	[{ chmod: { path: "/data/w/passwd", mode: "0666" } }, `chmod /data/w/passwd 0666: ${itself}`, elsewhere],
	[{ copy: { from: "/data/from", to: made } }, `copy /data/from to ${made} owner 1000:1000 (if absent): ${byEtc}`],
	[{ remove: passwd }, `remove ${passwd}: "${passwd}": /data/w/etc ${untrusted}`],
	[{ link: { path: made, to: "x" } }, `link ${made} to x: ${byEtc}`],
	[{ mount: { type: "tmpfs", target: "/data/w/etc" } }, `mount tmpfs at /data/w/etc: /data/w/etc ${untrusted}`],
	[{ device: { path: made, major: 1, minor: 3 } }, `device ${made} rw as c 1:3 mode 0600 owner 1000:1000: ${byEtc}`],
	[{ listen: { unix: made } }, `listen listen on unix ${made}: ${byEtc}`],
];

export const hostile: readonly Case[] = [
	{
		name: "a stray descriptor is closed",
		config: { user: "app" },
		script: start("-- /probe", { prepare: "exec 7</etc/shadow 8</etc" }),
		expected: { status: 0, probe: report(app) },
	},
	...refusals.map(
		([step, message, remedy = trust]): Case => ({
			name: `a link of the workload's is not gone by: ${JSON.stringify(step)}`,
			config: { user: "app", setup: [step] },
			script: `${prepare}${run}`,
			expected: { status: 125, stderr: [`abdicate: error[STEP_FAILED] setup[0] ${message}`, remedy] },
		}),
	),
];
