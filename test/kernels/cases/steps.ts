import { type Case, start } from "../harness/case.ts";

interface Row {
	readonly steps: readonly object[];
	readonly prepare?: string;
	/** What the workload shows; shell, as the user. */
	readonly show: string;
	readonly lines: readonly string[];
	readonly stdout: readonly string[];
}

const hello = ["/bin/hello-fs", "{mountpoint}"];

const rows: Readonly<Record<string, Row>> = {
	mkdir: {
		steps: [{ mkdir: { path: "/data/a/b", mode: "03775" } }],
		show: "stat -c '%a %u %g %n' /data/a /data/a/b",
		lines: ["changed  setup[0] mkdir /data/a/b mode 3775 owner 1000:1000: made or corrected /data/a/b"],
		stdout: ["755 0 0 /data/a", "3775 1000 1000 /data/a/b"],
	},
	own: {
		steps: [{ own: "/data/tree" }, { own: "/data/tree" }],
		prepare: "mkdir -p /data/tree/d; touch /data/tree/d/f /data/shadow; ln /data/shadow /data/tree/hard; ln -s /etc/passwd /data/tree/link",
		show: "stat -c '%u %g %n' /data/tree /data/tree/d /data/tree/d/f /data/tree/hard /data/tree/link /etc/passwd",
		lines: [
			"changed  setup[0] own /data/tree to 1000:1000 (mismatched): 4 of 5 entries re-owned, 1 with several links left alone",
			"ok       setup[1] own /data/tree to 1000:1000 (mismatched): 0 of 5 entries re-owned, 1 with several links left alone",
		],
		stdout: [
			"1000 1000 /data/tree",
			"1000 1000 /data/tree/d",
			"1000 1000 /data/tree/d/f",
			"0 0 /data/tree/hard",
			"1000 1000 /data/tree/link",
			"0 0 /etc/passwd",
		],
	},
	chmod: {
		steps: [{ chmod: { path: "/data/f", mode: "u+rwX,go=" } }],
		prepare: "touch /data/f; chmod 444 /data/f",
		show: "stat -c '%a %n' /data/f",
		lines: ["changed  setup[0] chmod /data/f u+rwX,go=: mode set"],
		stdout: ["600 /data/f"],
	},
	file: {
		steps: [
			{ file: { path: "/data/f", content: "one\n", mode: "0640" } },
			{ file: { path: "/data/f", append_line: "two" } },
			{ file: { path: "/data/t", template: "/data/in", vars: ["HOME"] } },
		],
		prepare: "echo 'home $HOME $USER' > /data/in",
		show: "cat /data/f /data/t; stat -c '%a %u %g %n' /data/f /data/t",
		lines: [
			"changed  setup[0] file /data/f from the configuration mode 0640 owner 1000:1000: made",
			"changed  setup[1] file /data/f with a line owner -:-: replaced",
			"changed  setup[2] file /data/t from the template /data/in mode 0644 owner 1000:1000: made",
		],
		stdout: ["one", "two", "home /home/app $USER", "640 1000 1000 /data/f", "644 1000 1000 /data/t"],
	},
	secret: {
		steps: [{ secret: { from: { env: "TOKEN" }, path: "/run/token", env: "TOKEN_PATH" } }],
		prepare: "export TOKEN=swordfish",
		show: "cat /run/token; echo; echo $TOKEN_PATH $TOKEN; stat -c '%a %u %g %n' /run/token",
		lines: ["changed  setup[0] secret /run/token from TOKEN mode 0400 owner 1000:1000: made"],
		stdout: ["swordfish", "/run/token", "400 1000 1000 /run/token"],
	},
	copy: {
		steps: [{ copy: { from: "/data/from", to: "/data/to" } }],
		prepare: "mkdir -p /data/from/d; echo x > /data/from/d/f; ln -s f /data/from/d/l",
		show: "cd /data/to && find . | sort; cat d/l; stat -c '%u %n' d/f",
		lines: ["changed  setup[0] copy /data/from to /data/to owner 1000:1000 (if absent): 4 entries copied"],
		stdout: [".", "./d", "./d/f", "./d/l", "x", "1000 d/f"],
	},
	"link and remove": {
		steps: [
			{ link: { path: "/data/l", to: "f" } },
			{ remove: { path: ["/data/*.pid", "/data/none"] } },
			{ remove: { path: "/data/d", recursive: true } },
		],
		prepare: "touch /data/f /data/a.pid /data/b.pid; mkdir -p /data/d/e; touch /data/d/e/f",
		show: "ls /data; readlink /data/l",
		lines: [
			"changed  setup[0] link /data/l to f: made",
			"changed  setup[1] remove /data/*.pid /data/none: 2 removed",
			"changed  setup[2] remove /data/d with all below: 1 removed",
		],
		stdout: ["f", "l", "f"],
	},
	listen: {
		steps: [{ listen: { name: "web", tcp: "127.0.0.1:80" } }, { listen: { name: "api", unix: "/run/api.sock", mode: "0660" } }],
		show: "echo $LISTEN_FDS $LISTEN_FDNAMES; stat -c '%a %u %g %n' /run/api.sock; netstat -ltn | grep -c 127.0.0.1:80",
		lines: ["changed  setup[0] listen web on tcp 127.0.0.1:80: 1 open", "changed  setup[1] listen api on unix /run/api.sock: 1 open"],
		stdout: ["2 web:api", "660 1000 1000 /run/api.sock", "1"],
	},
	mount: {
		steps: [
			{ mount: { type: "tmpfs", target: "/home", options: "size=1m,mode=1777" } },
			{ mount: { type: "bind", source: "/etc", target: "/data/etc", options: "ro" } },
			{ mount: { type: "proc", target: "/data/proc" } },
		],
		prepare: "mkdir /data/etc /data/proc",
		show: "ls /data/proc/self/status; touch /data/etc/x 2>&1; grep -E ' /(home|data/[a-z]+) ' /proc/self/mountinfo | cut -d ' ' -f 5,6,8",
		lines: [
			"changed  setup[0] mount tmpfs at /home: mounted",
			"changed  setup[1] mount /etc at /data/etc: mounted",
			"changed  setup[2] mount proc at /data/proc: mounted",
		],
		stdout: [
			"/data/proc/self/status",
			"touch: /data/etc/x: Read-only file system",
			"/home rw,nosuid,nodev,relatime tmpfs",
			"/data/etc ro rootfs",
			"/data/proc rw,nosuid,nodev,noexec,relatime proc",
		],
	},
	"mount of what is in an image": {
		steps: ["vfat", "iso9660", "vfat"].map((type) => ({ mount: { type, source: `/images/${type}`, target: `/data/${type}`, loop: true } })),
		prepare: "mkdir /data/vfat /data/iso9660",
		show: "cat /data/vfat/hello /data/iso9660/hello; grep -E ' /data/[a-z]+' /proc/self/mountinfo | cut -d ' ' -f 5,6,8,9; grep CapPrm /proc/self/status",
		lines: [
			"changed  setup[0] mount vfat /images/vfat at /data/vfat: mounted",
			"changed  setup[1] mount iso9660 /images/iso9660 at /data/iso9660: mounted",
			"ok       setup[2] mount vfat /images/vfat at /data/vfat: already mounted",
		],
		stdout: [
			"from a disk",
			"from a disk",
			"/data/vfat rw,nosuid,nodev,relatime vfat /dev/loop0",
			"/data/iso9660 ro,nosuid,nodev,relatime iso9660 /dev/loop1",
			"CapPrm:\t0000000000000000",
		],
	},
	"mount of an overlay": {
		steps: [{ mount: { type: "overlay", target: "/data/merged", options: "lowerdir=/data/low,upperdir=/data/upper,workdir=/data/work" } }],
		prepare:
			"mkdir /data/low /data/upper /data/work /data/merged; chown app /data/low /data/upper; echo root > /data/low/of-root; echo app > /data/low/of-app; echo redis > /data/low/of-redis; chown app /data/low/of-app; chown redis:redis /data/low/of-redis; chmod 666 /data/low/of-r*",
		show: "cd /data/merged; echo x > new; for f in of-*; do echo more >> $f; done; rm of-root; stat -c '%u %g %a %n' *; ls /data/upper",
		lines: ["changed  setup[0] mount overlay at /data/merged: mounted"],
		stdout: ["1000 1000 644 new", "1000 0 644 of-app", "999 999 666 of-redis", "new", "of-app", "of-redis", "of-root"],
	},
	fuse: {
		steps: [{ fuse: { target: "/home", command: hello } }, { fuse: { target: "/home", command: hello } }],
		show: "cat /home/hello; grep -E ' /home ' /proc/self/mountinfo | cut -d ' ' -f 5-; grep -h -E '^(Name|Uid|CapPrm|CapBnd|NoNewPrivs)' /proc/$(pidof hello-fs)/status",
		lines: [
			"changed  setup[0] fuse /bin/hello-fs at /home: served by /bin/hello-fs",
			"ok       setup[1] fuse /bin/hello-fs at /home: already mounted",
		],
		stdout: [
			"hello from afar",
			"/home rw,nosuid,nodev,relatime - fuse.hello-fs hello-fs rw,user_id=1000,group_id=1000",
			"Name:\thello-fs",
			"Uid:\t1000\t1000\t1000\t1000",
			"CapPrm:\t0000000000000000",
			"CapBnd:\t0000000000000000",
			"NoNewPrivs:\t1",
		],
	},
	"device and require": {
		steps: [
			{ device: { path: "/data/dev/zero", major: 1, minor: 5, mode: "0660" } },
			{ device: "/data/dev/zero" },
			{
				require: {
					device: "/data/dev/zero",
					capability: "SYS_ADMIN",
					module: "overlay",
					mount: "/data",
					env: "HOME",
					sysctl: { "kernel.ostype": "Linux" },
				},
			},
		],
		show: "stat -c '%a %u %g %t %T %n' /data/dev/zero; head -c 4 /data/dev/zero | od -An -tx1",
		lines: [
			"changed  setup[0] device /data/dev/zero rw as c 1:5 mode 0660 owner 1000:1000: made",
			"ok       setup[1] device /data/dev/zero rw: already there",
			"ok       setup[2] require device /data/dev/zero rw, kernel.ostype=Linux, SYS_ADMIN, mount /data, module overlay, HOME set: all there",
		],
		stdout: ["660 1000 1000 1 5 /data/dev/zero", " 00 00 00 00"],
	},
	"sysctl and hostname": {
		steps: [
			{ sysctl: { "net.ipv4.ip_forward": "1", "kernel.domainname": "inside" } },
			{ sysctl: { "net.ipv4.ip_forward": "1" } },
			{ hostname: "web-1" },
		],
		show: "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/domainname /proc/sys/kernel/hostname",
		lines: [
			"changed  setup[0] sysctl net.ipv4.ip_forward=1 kernel.domainname=inside: set net.ipv4.ip_forward kernel.domainname",
			"ok       setup[1] sysctl net.ipv4.ip_forward=1: already so",
			"changed  setup[2] hostname web-1: was (none)",
		],
		stdout: ["1", "inside", "web-1"],
	},
	"run and hooks": {
		steps: [
			{ run: { command: ["sh", "-c", "id; grep -E '^Cap(Prm|Bnd)' /proc/self/status"], capabilities: ["NET_ADMIN"] } },
			{ hooks: "/data/hooks" },
		],
		prepare:
			"mkdir /data/hooks; printf '#!/bin/sh\\nid; grep -E \"^Cap(Prm|Bnd)\" /proc/self/status\\n' > /data/hooks/10-a; chmod 755 /data/hooks/10-a",
		show: "true",
		lines: [
			"changed  setup[0] run sh as uid 0 with NET_ADMIN: exited 0",
			"changed  setup[1] hooks /data/hooks/* as uid 1000 with no capability after the drop: 1 ran",
		],
		stdout: [
			"uid=0(root) gid=0(root) groups=0(root)",
			"CapPrm:\t0000000000001000",
			"CapBnd:\t0000000000001000",
			"uid=1000(app) gid=1000(app) groups=44(video),1000(app)",
			"CapPrm:\t0000000000000000",
			"CapBnd:\t0000000000000000",
		],
	},
	wait_for: {
		steps: [{ listen: { tcp: "127.0.0.1:81" } }, { wait_for: { tcp: "127.0.0.1:81", file: "/etc/passwd" } }],
		show: "true",
		lines: [
			"changed  setup[0] listen listen on tcp 127.0.0.1:81: 1 open",
			"ok       setup[1] wait_for tcp 127.0.0.1:81, file /etc/passwd for 30 s at most, after the drop: there at once",
		],
		stdout: [],
	},
	ca_certificates: {
		steps: [{ ca_certificates: { bundle: "/tmp/bundle.pem", system: "none", extra: "/data/ca.pem" } }],
		prepare: `cat > /data/ca.pem <<'END'
-----BEGIN CERTIFICATE-----
MIIBNDCB56ADAgECAhQ1ckHwTVFAaTQbDWnDNrcXwLesDTAFBgMrZXAwDzENMAsG
A1UEAwwEY2FzZTAgFw0yNjExMjcyMDM0NTdaGA8yMTI2MTEwMzIwMzQ1N1owDzEN
MAsGA1UEAwwEY2FzZTAqMAUGAytlcAMhAL4pNe3Bzge/c0ifARq2e7Q0/WJMv5wh
rEXfqonMdbi1o1MwUTAdBgNVHQ4EFgQUfONJwjbijPnuFLJeRIZQTWI3sFgwHwYD
VR0jBBgwFoAUfONJwjbijPnuFLJeRIZQTWI3sFgwDwYDVR0TAQH/BAUwAwEB/zAF
BgMrZXADQQAt2w4rCF85q12dAz/BMnulzXBFP9K3HnNcRQOdkjFboC8v3tOTQaZ0
hekYlqqugdujjlpvMqAKbcwmmrPlSIoH
-----END CERTIFICATE-----
END`,
		show: "cmp /data/ca.pem /tmp/bundle.pem; echo $SSL_CERT_FILE",
		lines: ["changed  setup[0] ca_certificates /tmp/bundle.pem with /data/ca.pem, after the drop: 0 of the system and 1 extra"],
		stdout: ["/tmp/bundle.pem"],
	},
};

export const steps: readonly Case[] = Object.entries(rows).map(([name, { steps, prepare = "", show, lines, stdout }]) => ({
	name,
	config: { user: "app", setup: steps },
	script: start('-v -- sh -c "$show"', { prepare: `${prepare}\nshow='${show.replaceAll("'", "'\\''")}'` }),
	expected: {
		status: 0,
		stderr: [...lines.map((line) => `abdicate: ${line}`), "abdicate: verified drop: uid 1000, gid 1000, capabilities none, then sh"],
		stdout,
	},
}));
