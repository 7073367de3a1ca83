import { expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

it("the house of the attacks has a workload that may do nothing, and a start that works", async () => {
	const { status, stdout, stderr } = await inHouse(`
		config <<< '{user: app, setup: [{own: /data}]}'
		app cat /etc/shadow && exit 3
		app id -u
		/abdicate -- cat /proc/self/status | grep -E '^(Uid|CapBnd|Groups)'
	`);
	expect([stderr, status, stdout.replaceAll(/\s+/g, " ")]).toEqual([
		"cat: /etc/shadow: Permission denied\n",
		0,
		"1000 Uid: 1000 1000 1000 1000 Groups: 1000 CapBnd: 0000000000000000 ",
	]);
});
