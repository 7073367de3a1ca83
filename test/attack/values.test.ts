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
				"abdicate: error[CAPABILITY_MISSING] user: changing to uid 0, gid 1000 needs SETGID, not held",
				"abdicate: error[CAPABILITY_MISSING] setup[0] run /bin/true as uid 0 with no capability: SETGID is not held, needed to run /bin/true as uid 0",
			],
		]);
	});
});
