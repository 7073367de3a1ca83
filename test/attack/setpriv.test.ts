import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** Util-linux's and ours, by the same words: `each WORD...` runs both and says what came of it. */
const both = `
	mkdir /opt/ours; ln -s /abdicate /opt/ours/setpriv
	each() {
		for there in /usr/bin /opt/ours; do
			status=0
			said=$(PATH=$there:$PATH setpriv "$@" 2>/tmp/errors </dev/null) || status=$?
			echo "$status $(echo $said) $(sed -nE 's/^abdicate: error\\[([A-Z_]+)\\].*/\\1/p' /tmp/errors)" | sed 's/  */ /g; s/ *$//'
		done
	}
`;

async function outcomes(script: string): Promise<string[]> {
	const { stdout, stderr } = await inHouse(`${both}\n${script}`);
	expect(stderr).toBe("");
	return stdout.trim().split("\n");
}

const ids = "--clear-groups sh -c 'id -u; grep CapPrm /proc/self/status'";
const [all, none] = ["0 0 CapPrm: 000001fffeffffff", "CapPrm: 0000000000000000"];

describe("an account file that somebody has shaped", () => {
	it.each([
		["a name that is a number", "1000:x:0:0:::", "1000", `0 1000 ${none}`],
		["an id that changes nothing", "svc:x:4294967295:1:::", "svc", "1 PASSWD_MALFORMED"],
	])("rule 3.2, 3.3: makes nobody root by %s", async (_, line, user, expected) => {
		const [theirs, ours] = await outcomes(`sed -i '1i ${line}' /etc/passwd; each --reuid=${user} --regid=1000 ${ids}`);
		expect([theirs, ours]).toEqual([all, expected]);
	});

	it("rule 9.11: is not read by a link of the workload's", async () => {
		const [theirs, ours] = await outcomes(`
			echo 'svc:x:0:0:::' >/data/passwd; chown 1000:1000 /data/passwd
			rm /etc/passwd; ln -s /data/passwd /etc/passwd; chown -h 1000:1000 /etc/passwd
			each --reuid=svc --regid=1000 ${ids}`);
		expect([theirs, ours]).toEqual([all, "1 PASSWD_UNREADABLE"]);
	});
});

it("rule 4.5: a copy with set-user-ID, or with capabilities, gives nobody anything", async () => {
	const found = await outcomes(`
		for there in /usr/bin/setpriv /abdicate; do
			for mark in 'chmod 4755' 'setcap cap_setuid,cap_setgid+ep'; do
				mkdir -p /opt/copy; cp $there /opt/copy/setpriv; chmod 755 /opt/copy/setpriv
				$mark /opt/copy/setpriv
				/usr/bin/setpriv --reuid=1000 --regid=1000 --clear-groups /opt/copy/setpriv --reuid=0 --regid=0 --clear-groups id -u 2>&1 | sed -nE 's/^abdicate: error\\[([A-Z_]+)\\].*/\\1/p; /^[0-9]/p' || true
			done
		done`);
	expect(found).toEqual(["0", "0", "SETUID_BINARY", "SETUID_BINARY"]);
});

it("no_new_privs takes from a program what its file has", async () => {
	const found = await outcomes(`
		cp /bin/cat /opt/cat; setcap cap_net_raw=p /opt/cat
		each --nnp --reuid=1000 --regid=1000 --clear-groups /opt/cat /proc/self/status | grep -o 'CapPrm: [0-9a-f]*'`);
	expect(found).toEqual(["CapPrm: 0000000000002000", none]);
});

it("rule 4.7: no variable and no configuration has a say", async () => {
	const found = await outcomes(`
		config <<< '{user: root, env: {set: {A: b}}}'
		export ABDICATE_CONFIG=/etc/entrypoint.yaml ABDICATE_USER=root
		each --reuid=1000 --regid=1000 --clear-groups sh -c 'id -u; echo $A $ABDICATE_CONFIG'`);
	expect(found).toEqual(["0 1000 /etc/entrypoint.yaml", "0 1000 /etc/entrypoint.yaml"]);
});

it("what a variable of the start has left out is nobody's", async () => {
	const found = await outcomes(`each --reuid="\${PUID-}" --regid="\${PGID-}" ${ids}; each --reuid=1000 --regid="\${PGID-}" ${ids}`);
	expect(found).toEqual(["1", "1 USER_INVALID", "1", "1 GROUP_UNKNOWN"]);
});

it("rule 2.2: a bounding set that stays is of no use, or there is no start", async () => {
	const found = await outcomes(`
		cp /bin/sh /opt/root; chmod 4755 /opt/root
		limited() { /usr/bin/setpriv --bounding-set=-all,+setuid,+setgid --inh-caps=-all "$@"; }
		for there in /usr/bin /opt/ours; do
			for more in --nnp ''; do
				status=0
				said=$(limited $there/setpriv --reuid=1000 --regid=1000 --clear-groups --bounding-set=-all $more -- /opt/root -pc 'grep CapPrm /proc/$$/status' 2>/dev/null) || status=$?
				echo $status $said
			done
		done`);
	expect(found).toEqual([`0 ${none}`, "0 CapPrm: 00000000000000c0", `0 ${none}`, "127"]);
});
