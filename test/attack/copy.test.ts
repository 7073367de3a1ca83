import { expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

it.each([
	["a file of root's", "install -m 600 /etc/shadow /data/own; app mkdir /data/seed; app mv /data/own /data/seed/f"],
	["a directory of root's", "mkdir -m 700 /data/own; echo 'the secret of root' > /data/own/f; app mv /data/own /data/seed"],
	[
		"a file among what root left there",
		"mkdir /data/seed; chmod 777 /data/seed; install -m 600 /etc/shadow /data/own; app mv /data/own /data/seed/f",
	],
	[
		"a second link to a file of root's",
		"install -m 600 /etc/shadow /data/own; mkdir /data/seed; ln /data/own /data/seed/f; chmod 777 /data/seed",
	],
])("rule 9.12: %s that was moved into a source is not copied to the workload", async (_, attack) => {
	const { stdout, stderr } = await inHouse(`
		${attack}
		config <<< '{user: app, setup: [{copy: {from: /data/seed, to: /data/copy}}]}'
		/abdicate -- grep -r secret /data/copy || echo "status $?"
		[ -e /data/copy ] || echo nothing
		cp -r /data/seed /data/careless; chown -R 1000 /data/careless; app grep -rqh secret /data/careless && echo 'a careless copy shows it'
	`);
	expect(stdout).toBe("status 125\nnothing\na careless copy shows it\n");
	expect(stderr).toMatch(/"\/data\/seed(?:\/f)?" is not copied: uid 1000, who could have put it there, may not read it/);
});

it("rule 9.12: what the workload may read, and what only root could have put there, is copied", async () => {
	const { stdout } = await inHouse(`
		mkdir -p /seed/d; echo root > /seed/d/private; chmod 600 /seed/d/private
		app sh -c 'mkdir -p /data/seed/d; echo own > /data/seed/d/f; chmod 600 /data/seed/d/f'
		config <<< '{user: app, setup: [{copy: {from: /seed, to: /data/one}}, {copy: {from: /data/seed, to: /data/two}}]}'
		/abdicate -- cat /data/one/d/private /data/two/d/f
	`);
	expect(stdout).toBe("root\nown\n");
});
