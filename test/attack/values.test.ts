import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

describe("rule 9.8: a start as root without SETGID", () => {
	const asRoot = "setpriv --bounding-set=-all,+setuid,+setpcap --inh-caps=-all";

	it("refuses a gid that it cannot change to, which a careless start keeps in silence", async () => {
		const { stdout, stderr } = await inHouse(`
			config <<< '{user: "0:1000"}'
			${asRoot} /abdicate -- id -g || echo "status $?"
			config <<< '{user: root, setup: [{run: {command: [/bin/true], user: "0:1000"}}]}'
			${asRoot} /abdicate -- id -g || echo "status $?"
			# The control does not look at what setgid(2) answers.
			${asRoot} perl -e '$( = 1000; exec qw(id -g)'
		`);
		expect([stdout, stderr.split("\n").filter((line) => line.startsWith("abdicate"))]).toEqual([
			"status 125\nstatus 125\n0\n",
			[
				"abdicate: error[CAPABILITY_MISSING] /etc/entrypoint.yaml:1:8 user: changing to uid 0, gid 1000 needs SETGID, not held",
				"abdicate: error[CAPABILITY_MISSING] setup[0] run /bin/true as uid 0 with no capability: SETGID is not held, needed to run /bin/true as uid 0",
			],
		]);
	});
});

describe("rule 9.8: a variable inside a value stays one value", () => {
	it("adds no option, no layer, no component of a path and no group", async () => {
		const { stdout, stderr } = await inHouse(`
			mkdir -p /data/a /srv/x
			export SIZE=1m,suid,dev LAYER=/data/a:/etc TENANT=../etc GROUP=1000:0 ALL='*'
			try() { config <<< "$1"; /abdicate -- /probe exit 0 && echo started || true; }
			try '{user: app, setup: [{mount: {type: tmpfs, target: /srv/x, options: [mode=755, "size=\${SIZE}"]}}]}'
			try '{user: app, setup: [{mount: {type: overlay, target: /srv/x, options: ["lowerdir=/srv:\${LAYER}"]}}]}'
			try '{user: app, setup: [{own: "/data/\${TENANT}"}]}'
			try '{user: app, setup: [{remove: "/data/\${ALL}"}]}'
			try '{user: "app:\${GROUP}"}'
			stat -c %u /etc
			grep -c ' /srv/x ' /proc/self/mountinfo || true
			# What is meant works: the whole text, and what begins a path.
			SIZE=1m TENANT=a GROUP=app WHOLE=app:app BASE=/data/a
			export SIZE TENANT GROUP WHOLE BASE
			try '{user: "\${WHOLE}", setup: [{mount: {type: tmpfs, target: /srv/x, options: "mode=755,size=\${SIZE}"}}, {own: ["/data/\${TENANT}", "\${BASE}", "\${BASE}/."]}]}'
			# The controls.
			umount /srv/x
			mount -t tmpfs -o "nosuid,nodev,size=1m,suid,dev" x /srv/x
			grep ' /srv/x ' /proc/self/mountinfo | cut -d' ' -f6
			mkdir /data/etc && chown app "/data/a/../etc" && stat -c %U /data/etc
		`);
		const inPart = "a variable inside a path is one name, one that is the whole path may be any";
		const inList = "has a comma, or a colon between directories, which would add to what is written; write each as an item of its own";
		const path = (name: string) => `the value of \${${name}} has a component or a pattern of its own; ${inPart}`;
		expect(stdout).toBe("0\n0\nstarted\nrw,relatime\napp\n");
		expect(stderr.split("\n").flatMap((line) => /^abdicate: error\S* \S+ \S+: (.*)$/.exec(line)?.[1] ?? [])).toEqual([
			`the value of \${SIZE} ${inList}`,
			`the value of \${LAYER} ${inList}`,
			path("TENANT"),
			path("ALL"),
			"the value of ${GROUP} has a colon, which would add a group; the whole text may be one variable",
		]);
	});
});

describe("rule 9.8: the directories of the system by another name", () => {
	it("are neither given away nor opened nor removed", async () => {
		const { stdout, stderr } = await inHouse(`
			mkdir -p /data/bound /srv/tree/a
			mount --bind /etc /data/bound
			try() { config <<< "{user: app, setup: [$1]}"; /abdicate -- /probe exit 0 && echo started || true; }
			for path in /proc/self/root/etc /proc/1/root /proc/self/root/proc/self/root/usr /data/bound /proc/self/root/var /proc/self; do
				try "{own: $path}"
			done
			try '{own: {path: "/proc/self/root/et?", policy: always}}'
			try '{chmod: {path: /data/bound, mode: "0777"}}'
			try '{remove: {path: /proc/self/root/etc, recursive: true}}'
			try '{mkdir: {path: /proc/self/root/etc, owner: app}}'
			stat -c '%u %a' /etc /usr /var /
			# What only looks so works.
			try '{own: [/srv/tree, /proc/self/root/srv/tree/a]}'
			stat -c %u /srv/tree /srv/tree/a
			# The control holds names against a list.
			case /proc/self/root/etc in /|/etc|/usr) ;; *) chown app /proc/self/root/etc ;; esac
			stat -c %u /etc
		`);
		expect(stdout).toBe(`${"0 755\n".repeat(4)}started\n1000\n1000\n1000\n`);
		const given = (path: string) => `own "${path}": the directories of the system are not given away`;
		expect(
			stderr.split("\n").flatMap((line) => /^abdicate: error.*?: (\w+ "[^"]*": the directories of the system .*)$/.exec(line)?.[1] ?? []),
		).toEqual([
			given("/proc/self/root/etc"),
			given("/proc/1/root"),
			given("/proc/self/root/proc/self/root/usr"),
			given("/data/bound"),
			given("/proc/self/root/var"),
			given("/proc/self"),
			given("/proc/self/root/etc"),
			'chmod "/data/bound": the directories of the system keep their modes',
			'remove "/proc/self/root/etc": the directories of the system stay',
			'mkdir "/proc/self/root/etc": the directories of the system keep their owners and modes',
		]);
	});
});

it("rule 9.8: a plan shows no value of a variable but in the names of places", async () => {
	const { stdout } = await inHouse(`
		export TOKEN=hunter2 DIR=/data
		config <<'END'
user: app
command: { default: [/probe, "--token=\${TOKEN}"] }
env: { set: { A: "\${TOKEN}" } }
setup:
- mkdir: "\${DIR}/x"
- run: { command: [/bin/echo, "\${TOKEN}", "a=\${DIR}"], env: { B: "\${TOKEN}" } }
- wait_for: { http: "http://127.0.0.1/\${TOKEN}" }
- file: { path: "\${DIR}/y", content: "\${TOKEN}" }
- mount: { type: tmpfs, target: /srv, options: ["password=\${TOKEN}"] }
- hostname: "h-\${TOKEN}"
END
		/abdicate plan --format json >/tmp/json
		/abdicate plan >/tmp/text
		grep -c hunter2 /tmp/json /tmp/text || true
		grep -oE '"(/bin/echo|a=[^"]*|--token=[^"]*|password=[^"]*|/data/.)"' /tmp/json
		grep -E '^(command|[24] )' /tmp/text
		# The control shows what it does as shells do.
		bash -xc ': --token="$TOKEN"' 2>&1 | grep -c hunter2
	`);
	expect(stdout.replaceAll(/ +/g, " ").split("\n")).toEqual([
		"/tmp/json:0",
		"/tmp/text:0",
		'"--token=${TOKEN}"',
		'"/data/x"',
		'"/bin/echo"',
		'"a=${DIR}"',
		'"/data/y"',
		'"password=${TOKEN}"',
		// What it owns then.
		'"/data/x"',
		'"/data/y"',
		"command /probe '--token=${TOKEN}'",
		"2 wait_for http://127.0.0.1/${TOKEN} for 30 s at most, after the drop nothing: as the user",
		"4 mount tmpfs at /srv SYS_ADMIN held",
		"1",
		"",
	]);
});
