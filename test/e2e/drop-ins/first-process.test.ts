import { expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { debian } from "../harness/images.ts";

/** The inits are not, and come to the same. */
const inImage = ["gosu", "setpriv", "capsh"];

/** A program that can be ended, as process 1 or not, and what it finds. */
const script = "sleep 9 & kill -TERM $!; wait $!; echo $?; exec grep -E '^Sig(Blk|Ign)' /proc/self/status";

const forms: readonly (readonly [peer: string, ...words: string[]])[] = [
	["/usr/sbin/gosu", "nobody", "sh", "-c", script],
	["/usr/bin/setpriv", "--no-new-privs", "sh", "-c", script],
	["/usr/bin/tini", "--", "sh", "-c", script],
	["/usr/bin/dumb-init", "--", "sh", "-c", script],
	["/usr/bin/dumb-init", "-c", "--", "sh", "-c", script],
	["/usr/sbin/capsh", "--", "-c", script],
	["/usr/sbin/capsh", "--user=nobody", "--shell=/bin/sh", "--", "-c", script],
	["/usr/sbin/capsh", "--quiet", "-+", "-c", script],
	["/usr/sbin/capsh", "--quiet", "==", "--", "-c", script],
	["/usr/sbin/capsh", "--quiet", "=+", "--", "-c", script],
	["/usr/sbin/capsh", "--forkfor=9", "--killit=9", "--", "-c", script],
];

it.each(forms)("as process 1, %s %s %s: its program has no signal blocked or ignored that the other's has not", async (peer, ...words) => {
	const name = peer.slice(peer.lastIndexOf("/") + 1);
	const run = (entrypoint: string, args: readonly string[]) => runHouse({ image: debian, entrypoint, args: [...args] });
	const found = [await run("/abdicate", ["as", name, ...words]), ...(inImage.includes(name) ? [await run(peer, words)] : [])];
	expect(found.map(({ status, stdout }) => ({ status, stdout }))).toEqual(
		found.map(() => ({ status: 0, stdout: `143\nSigBlk:\t${"0".repeat(16)}\nSigIgn:\t${"0".repeat(16)}\n` })),
	);
});
