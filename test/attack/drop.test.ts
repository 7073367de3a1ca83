import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

const daemon = readFileSync(join(import.meta.dirname, "daemon.pl"), "utf8");
const listed = (names: readonly string[]) => names.map((name) => `+${name.toLowerCase()}`).join();
const kept = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETUID", "SETGID", "SETPCAP"];
const these = listed(kept);

/** `as_runtime` is root as a runtime starts it with the capabilities kept, `as_careless` what `securebits: locked` must never be again. */
const prepare = `
	cat >/opt/daemon.pl <<'END_OF_DAEMON'
${daemon}
END_OF_DAEMON
	as_runtime() { setpriv --bounding-set=-all,${these} --inh-caps=-all "$@"; }
	as_careless() {
		as_runtime setpriv --inh-caps=${these} --ambient-caps=${these} \\
			--securebits=+noroot,+noroot_locked,+no_setuid_fixup,+no_setuid_fixup_locked,+keep_caps_locked "$@"
	}
	config <<< '{user: root, capabilities: {keep: [${kept}]}}'
`;

/** What the daemon says, each way after the other. */
async function statesOf(start: string, ways: readonly string[], config = ""): Promise<string[]> {
	const { stdout, stderr } = await inHouse(
		`${prepare}\n${config}\nfor way in ${ways.join(" ")}; do ${start} perl /opt/daemon.pl $way; done`,
	);
	expect(stderr).toBe("");
	return stdout.trimEnd().split("\n");
}

const thorough = ["user", "user-keeping", "capset", "bounding-user"];
const half = ["bounding", "effective"];

describe("rule 9.9: a daemon of root that drops by itself", () => {
	it("and what it executes hold no more than without us, whichever way it knows", async () => {
		const [ours, theirs] = await Promise.all([statesOf("/abdicate --", thorough), statesOf("as_runtime", thorough)]);
		expect(theirs).toEqual([
			"user 0 0 0 0: refused",
			"executed 0 0 0 0: refused",
			"user-keeping 0 1 1 0: refused",
			"executed 0 0 0 0: refused",
			"capset 0 0 0 0: READ",
			"executed 0 1cb 1cb 0: READ",
			"bounding-user 0 0 0 0: refused",
			"executed 0 0 0 0: refused",
		]);
		expect(ours).toEqual([
			// Inheritable is left; with no_new_privs on nothing can be had from it.
			"user 1cb 0 0 0: refused",
			"executed 1cb 0 0 0: refused",
			"user-keeping 0 1 1 0: refused",
			"executed 0 0 0 0: refused",
			// Root's file is root's to read; the capabilities do not come back.
			"capset 0 0 0 0: READ",
			"executed 0 0 0 0: READ",
			"bounding-user 1cb 0 0 0: refused",
			"executed 1cb 0 0 0: refused",
		]);
	});

	it("control: under a locked no_setuid_fixup its drop is void, and it reads root's secret", async () => {
		expect(await statesOf("as_careless", ["user", "user-keeping"])).toEqual([
			"user 1cb 1cb 1cb 1cb: READ",
			"executed 1cb 1cb 1cb 1cb: READ",
			"keepcaps: Operation not permitted",
			"user-keeping 0 1 1 0: refused",
			"executed 0 0 0 0: refused",
		]);
	});

	it("drops by half measures as without us where the five sets are written as a runtime gives them, and check says so", async () => {
		const asGiven = `config <<< '{user: root, securebits: none, capabilities: {sets: {bounding: [${kept}], permitted: [${kept}], effective: [${kept}]}}}'`;
		const [ours, theirs] = await Promise.all([
			statesOf("/abdicate --", [...thorough, ...half], asGiven),
			statesOf("as_runtime", [...thorough, ...half]),
		]);
		// no_new_privs keeps from uid 0 what its permitted set has lost, which a runtime does not.
		expect(ours).toEqual(theirs.map((state) => state.replace("executed 0 1cb 1cb 0", "executed 0 0 0 0")));
		const { stdout } = await inHouse(`${prepare}\n/abdicate check --format json || true`);
		expect(JSON.parse(stdout).map(({ code }: { code: string }) => code)).toContain("LINT_AMBIENT_ROOT");
	});
});

/** The state of a daemon as soon as it is the user. */
const watch = `
	state_of() {
		local pid=
		for try in $(seq 200); do
			pid=$(pgrep -x "$1") && grep -q "^Uid:.$2" "/proc/$pid/status" && break
			sleep 0.01
		done
		grep -E '^(Uid|Cap(Inh|Prm|Eff|Amb))' "/proc/$pid/status" | tr -s '\\t\\n' ' '
		kill "$pid"
		wait
	}
	set +e
`;

function userWith(permitted: number): string {
	const set = (bits: number) => bits.toString(16).padStart(16, "0");
	return `Uid: 1000 1000 1000 1000 CapInh: ${set(0)} CapPrm: ${set(permitted)} CapEff: ${set(permitted)} CapAmb: ${set(0)} `;
}

describe("rule 9.9: programs of Debian that keep a capability over their own drop", () => {
	it("ping runs, as every user", async () => {
		const { stdout, stderr } = await inHouse(`
			cp /usr/bin/ping /opt/ping
			echo '0 2000' >/proc/sys/net/ipv4/ping_group_range
			config <<< '{user: app, capabilities: {keep_if_present: [NET_RAW]}}'
			/abdicate -- ping -q -c 1 127.0.0.1 | grep transmitted
			config <<< 'user: app'
			/abdicate -- /opt/ping -q -c 1 127.0.0.1 | grep transmitted
			# The control.
			setpriv --reuid=1000 --regid=1000 --clear-groups --securebits=+noroot,+noroot_locked,+keep_caps_locked /opt/ping -c 1 127.0.0.1 || true
		`);
		expect([stdout.replaceAll(/, time.*/g, ""), stderr]).toEqual([
			"1 packets transmitted, 1 received, 0% packet loss\n".repeat(2),
			"/opt/ping: prctl: Operation not permitted\n",
		]);
	});

	it.each([
		{ name: "chronyd -u", program: "chronyd -x -d -u app -f /etc/chrony.conf 2>/dev/null", process: "chronyd", held: userWith(0) },
		{
			name: "openvpn --user",
			program:
				"openvpn --dev null --user app --group app --remote 127.0.0.1 --proto udp --auth none --disable-dco --script-security 2 --down /opt/down",
			process: "openvpn",
			held: `${userWith(0x1000)}${userWith(0)}cat: /etc/shadow: Permission denied `,
		},
	])("$name ends with what it has without us, and so do its scripts", async ({ program, process, held }) => {
		const capabilities = ["SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE", "NET_ADMIN", "NET_BIND_SERVICE"];
		const { stdout } = await inHouse(`
			${watch}
			config <<< '{user: root, capabilities: {keep: [${capabilities}]}}'
			printf 'server 127.0.0.1\\ncmdport 0\\nport 0\\npidfile /run/chronyd.pid\\nbindcmdaddress /\\n' >/etc/chrony.conf
			printf '#!/bin/bash\\ngrep -E "^(Uid|Cap(Inh|Prm|Eff|Amb))" /proc/self/status\\ncat /etc/shadow 2>&1\\n' >/opt/down
			chmod 755 /opt/down
			(/abdicate -- ${program} | grep -v -E '^[0-9]{4}-' & state_of ${process} 1000) >/tmp/ours
			(setpriv --bounding-set=-all,${listed(capabilities)} ${program} | grep -v -E '^[0-9]{4}-' & state_of ${process} 1000) >/tmp/theirs
			cmp /tmp/ours /tmp/theirs && cat /tmp/ours
		`);
		expect(stdout.replaceAll(/\s+/g, " ")).toBe(held);
	});
});
