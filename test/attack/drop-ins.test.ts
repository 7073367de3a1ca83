import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** What of a status an attacker cares for, on one line. */
const who = 'awk \'/^(Uid|Gid|CapPrm|CapBnd):/ { printf "%s%s ", $1, $2 } END { print "" }\' /proc/self/status';

/** The lines of a script in which `gosu`, `su-exec` and what they are links of are this program. */
async function linesOf(script: string): Promise<string[]> {
	const { stdout, stderr } = await inHouse(`
		mkdir -p /opt/ours && cp /abdicate /opt/ours/gosu && ln -s gosu /opt/ours/su-exec && ln -s /opt/ours/su-exec /opt/ours/link && export PATH=/opt/ours:$PATH
		who() { ${who}; }
		theirs() { setpriv --reuid=1000 --regid=1000 --clear-groups "$@"; }
		try() { "$@" 2>/tmp/said || echo "status $?: $(sed -nE '1s/^abdicate: error.([A-Z_]+)[^A-Z].*/\\1/p' /tmp/said)"; }
		${script}
	`);
	expect(stderr).toBe("");
	return stdout.trimEnd().split("\n");
}

describe("gosu and su-exec against who wrote what they read", () => {
	it("rule 3.3: lines in the account files that nobody should have written make nobody root", async () => {
		const entries = {
			broken: "broken:x:oops:1000::/h:/bin/sh",
			empty: "empty:x::1000::/h:/bin/sh",
			wrap: "wrap:x:4294967296:1000::/h:/bin/sh",
			blank: "blank:x: 1000:1000::/h:/bin/sh",
			short: "short:x",
			second: "second:x:0:0::/h:/bin/sh",
			ghost: "ghost",
			member: "member:x:1009:1009::/h:/bin/sh",
		};
		const found = await linesOf(`
			printf '%s\\n' ${Object.values(entries)
				.map((line) => `'${line}'`)
				.join(" ")} >>/etc/passwd
			echo 'odd:x:oops:member' >>/etc/group
			for name in ${Object.keys(entries).join(" ")}; do try gosu $name id -u; try su-exec $name id -u; done
			head -c 2000000 /dev/zero | tr '\\0' a >>/etc/passwd; try gosu app id -u
			rm /etc/passwd; mkfifo /etc/passwd; try gosu app id -u
			rm /etc/passwd; ln -s /data/link /etc/passwd; app sh -c 'echo app:x:1:1::/:/bin/sh >/data/passwd; ln -s passwd /data/link'; try gosu app id -u`);
		const twice = (text: string) => [text, text];
		expect(found).toEqual([
			...Array.from({ length: 5 }, () => twice("status 1: PASSWD_MALFORMED")).flat(),
			...twice("status 1: USER_IS_ROOT"),
			...twice("status 1: USER_UNKNOWN"),
			...twice("status 1: PASSWD_MALFORMED"),
			...Array(2).fill("status 1: PASSWD_UNREADABLE"),
			// A link of root's leads over one of the workload's.
			"status 1: PASSWD_UNREADABLE",
		]);
	});

	it("rule 4.4: no variable changes whom they make of it, or what of it", async () => {
		expect(
			await linesOf(`
				echo 'user: root' >/etc/entrypoint.yaml
				for each in ABDICATE_CONFIG=/etc/entrypoint.yaml ABDICATE_LOG=json LD_LIBRARY_PATH=/data HOME=/data USER=root LOGNAME=root PATH=/data:/usr/bin:/bin; do
					env "$each" /opt/ours/gosu 1000:1000 id -u
				done
				env -i /opt/ours/gosu 1000:1000 sh -c 'id -u; echo $HOME'
				UNSET= ; try gosu "$UNSET" id -u; try su-exec "$UNSET:1000" id -u; try su-exec : id -u`),
		).toEqual([...Array(8).fill("1000"), expect.stringMatching(/^\//), ...Array(3).fill("status 1: USER_INVALID")]);
	});

	it("rule 4.5: a copy with set-user-ID, set-group-ID or capabilities is nobody's way to root", async () => {
		expect(
			await linesOf(`
				for mode in 4755 2755 6755; do
					chmod $mode /opt/ours/gosu
					for name in gosu su-exec link; do try theirs /opt/ours/$name root id -u; done
					try gosu root id -u
				done
				chmod 755 /opt/ours/gosu; setcap cap_setuid,cap_setgid+ep /opt/ours/gosu; try theirs /opt/ours/gosu root id -u
				export GOSU_PLEASE_LET_ME_BE_COMPLETELY_INSECURE_I_GET_TO_KEEP_ALL_THE_PIECES=yes; try theirs /opt/ours/gosu root id -u`),
		).toEqual([
			...Array.from({ length: 3 }, () => [
				"status 1: SETUID_BINARY",
				"status 1: SETUID_BINARY",
				"status 125: USAGE",
				"status 1: SETUID_BINARY",
			]).flat(),
			...Array(2).fill("status 1: SETUID_BINARY"),
		]);
	});

	it("control: the same copy of a program that does not ask is", async () => {
		expect(await linesOf("cp /usr/bin/id /opt/id; chmod 4755 /opt/id; theirs /opt/id -u")).toEqual(["0"]);
	});

	it("are what the last part of argv[0] says, which gives nobody more than it had", async () => {
		expect(
			await linesOf(`
				for name in gosu /x/y/gosu ./su-exec; do (exec -a "$name" /abdicate 1000:1000 id -u); done
				for name in gosu/ -gosu 'gosu ' GOSU ''; do try bash -c 'exec -a "$0" /abdicate root id -u' "$name"; done
				try app /opt/ours/gosu root id -u
				try app bash -c 'exec -a gosu /abdicate 0:0 id -u'
				gosu 1000:1000 bash -c 'exec -a su-exec /abdicate 0 id -u' 2>&1 | sed -nE '1s/^abdicate: error.([A-Z_]+). .*/\\1/p'`),
		).toEqual([
			"1000",
			"1000",
			"1000",
			...Array(5).fill("status 125: USAGE"),
			...Array(2).fill("status 1: CAPABILITY_MISSING"),
			"CAPABILITY_MISSING",
		]);
	});

	it("rule 9.6: hand on what is open and nothing of their own, and write to nothing that was closed", async () => {
		expect(
			await linesOf(`
				exec 7</etc/hostname
				gosu 1000:1000 sh -c 'echo $(ls /proc/self/fd)'
				exec 7<&-
				gosu 1000:1000 sh -c 'echo $(ls /proc/self/fd)'
				gosu ghost true 2>&- || echo $?
				gosu 1000:1000 sh -c 'readlink /proc/self/fd/0' <&-
				echo untouched >/data/file; gosu ghost true 0<&- 1>&- 2>&- || cat /data/file`),
		).toEqual(["0 1 2 3 7", "0 1 2 3", "1", "/dev/null", "untouched"]);
	});

	it("leave what the bounding set allows, as those they stand in for do: the configuration does not", async () => {
		const [bare, whole] = await linesOf(`
			cp /usr/bin/awk /opt/setuid; chmod 4755 /opt/setuid
			gosu 1000:1000 /opt/setuid '/^CapEff:/ { print $2 }' /proc/self/status
			config <<< 'user: "1000:1000"'; /abdicate -- /opt/setuid '/^CapEff:/ { print $2 }' /proc/self/status`);
		expect(BigInt(`0x${bare}`)).not.toBe(0n);
		expect(BigInt(`0x${whole}`)).toBe(0n);
	});
});
