import { expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

it("rule 9.7: a verification that has no descriptor left for its second witness fails, and does not agree", async () => {
	const { status, stdout, stderr } = await inHouse(`
		# The control: what a careless start makes of a file that it cannot read.
		careless() {
			local status=
			read -r -d '' status </proc/self/status || true
			case "$status" in *CapPrm:*[1-9a-f]*) echo 'refused: capabilities are left' ;; *) echo 'nothing seen, started' ;; esac
		}
		careless
		(exec 2>/tmp/lost; ulimit -n 3; careless) || true
		config <<< '{user: app, limits: {nofile: 4}}'
		/abdicate -- /probe exit 0 && echo "started with one left"
		config <<< '{user: app, limits: {nofile: 3}}'
		/abdicate -- /probe exit 0
	`);
	expect([stdout, stderr, status]).toEqual([
		"refused: capabilities are left\nnothing seen, started\nstarted with one left\n",
		"abdicate: error[VERIFY_FAILED] verification: /proc/self/status: EMFILE, so that it says nothing; limits.nofile has to leave one descriptor for the verification\n",
		125,
	]);
});

/** The image has no /proc, and somebody else's directory in its place. */
const forgeProc = `
	umount -l /proc
	mkdir -p /proc/self
	echo 'of root' >/etc/victim
	ln -s /etc/victim /proc/self/oom_score_adj
	printf '0 0 1\\n' | tee /proc/self/uid_map >/proc/self/gid_map
	echo deny >/proc/self/setgroups
	printf 'Name:\\tx\\nUid:\\t0\\t0\\t0\\t0\\n' >/proc/self/status
	mkfifo /proc/self/mountinfo /proc/modules
	chown -R app:app /proc
`;

it("rule 9.7: an ordinary directory at /proc says nothing, and nothing is written there", async () => {
	const { status, stdout, stderr } = await inHouse(`${forgeProc}
		# What it says of ids, of this process and of mounts is not heard.
		config <<< '{user: app, setup: [{mount: {type: tmpfs, target: /data}}]}'
		/abdicate -- /probe exit 0 && echo started
		config <<< '{user: app, oom_score_adj: 500}'
		/abdicate -- /probe exit 0 || echo "status $?"
		cat /etc/victim
		# The control.
		echo 500 >/proc/self/oom_score_adj
		cat /etc/victim
	`);
	expect([stdout, stderr, status]).toEqual([
		"started\nstatus 125\nof root\n500\n",
		[
			`abdicate: error[DROP_FAILED] drop oom-score: "/proc/self/oom_score_adj" is needed here, and the kernel's /proc is not mounted`,
			"  mount /proc: every container runtime does unless told otherwise\n",
		].join("\n"),
		0,
	]);
});

it("rule 9.7: what a step has mounted over /proc is the kernel's no more", async () => {
	const { stdout, stderr } = await inHouse(`
		mkdir -p /srv/forged/self; echo 'of root' >/etc/victim; ln -s /etc/victim /srv/forged/self/oom_score_adj
		config <<< '{user: app, oom_score_adj: 500, setup: [{mount: {type: bind, source: /srv/forged, target: /proc}}]}'
		(unshare -m /abdicate -- /probe exit 0) || echo "status $?"
		cat /etc/victim
	`);
	expect([stdout, /error.*/.exec(stderr)?.[0]]).toEqual([
		"status 125\nof root\n",
		`error[DROP_FAILED] drop oom-score: "/proc/self/oom_score_adj" is needed here, and the kernel's /proc is not mounted`,
	]);
});

it("rule 9.1: what the workload has made is mounted over nothing that the next start believes", async () => {
	const { stdout, stderr } = await inHouse(`
		mkdir -p /data/forged; echo 'of root' >/etc/victim; chown -R app:app /data/forged
		config <<< '{user: app, setup: [{mount: {type: bind, source: /data/forged, target: /etc}}]}'
		(unshare -m /abdicate -- /probe exit 0) || echo "status $?"
		cat /etc/victim
		# The control.
		(unshare -m sh -c 'mount --bind /data/forged /etc; cat /etc/victim') 2>&1
	`);
	expect([stdout, /error.*from "\/data\/forged"/.exec(stderr)?.[0]]).toEqual([
		"status 125\nof root\ncat: /etc/victim: No such file or directory\n",
		'error[STEP_FAILED] setup[0] mount /data/forged at /etc: mount "/etc": what the next start believes or runs is not taken from "/data/forged"',
	]);
});
