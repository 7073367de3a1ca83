import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/**
 * A first start leaves a directory of root's in the volume, with root's link to /etc in it. The workload may not touch either, but the
 * volume is its own: it moves the directory to where the next start looks.
 */
const moved = `
	mkdir -p /seed && ln -s /etc /seed/out
	config <<< '{user: app, setup: [{copy: {from: /seed, to: /data/made, owner: keep, group: keep}}]}'
	/abdicate -- true
	[ "$(stat -c %U:%F /data/made/out)" = 'root:symbolic link' ]
	app mv /data/made /data/work
`;

const fileThere = "echo 'of root' > /etc/victim; chmod 600 /etc/victim";

describe("rule 9.11: a link of root's is not gone by where a directory above it is the workload's", () => {
	it.each([
		["mkdir", "{mkdir: /data/work/out/evil}"],
		["file", "{file: {path: /data/work/out/victim, content: evil}}"],
		["file from", "{file: {path: /data/stolen, from: /data/work/out/victim}}"],
		["template", "{file: {path: /data/stolen, template: /data/work/out/victim, vars: PATH}}"],
		["secret", "{secret: {path: /data/stolen, from: {file: /data/work/out/victim}, on_disk: allow}}"],
		["copy from", "{copy: {from: /data/work/out/victim, to: /data/stolen}}"],
		["copy to", "{copy: {from: /seed, to: /data/work/out/evil}}"],
		["remove", "{remove: /data/work/out/victim}"],
		["own", "{own: {path: /data/work/out/victim, policy: always}}"],
		["chmod", "{chmod: {path: /data/work/out/victim, mode: '0666'}}"],
		["link", "{link: {path: /data/work/out/evil, to: /data}}"],
		["listen", "{listen: {name: a, unix: /data/work/out/evil}}"],
		["device", "{device: {path: /data/work/out/evil, major: 1, minor: 3}}"],
		["mount", "{mount: {type: bind, source: /data, target: /data/work/out/default}}"],
	])("%s acts on nothing outside of the volume", async (_, step) => {
		const { status, stdout, stderr } = await inHouse(`
			${moved}
			${fileThere}
			config <<< '{user: app, setup: [${step}]}'
			state() { ls -A /etc /etc/default /data; stat -c '%U:%G %a %i' /etc/victim; cat /etc/victim; }
			before=$(state)
			/abdicate -- true || echo "status $?"
			[ "$(state)" = "$before" ] && echo unharmed
		`);
		expect([status, stdout]).toEqual([0, "status 125\nunharmed\n"]);
		expect(/[^ ]+ is a symbolic link that is not root's alone/.exec(stderr)?.[0]).toBe(
			"/data/work/out is a symbolic link that is not root's alone",
		);
	});

	it("a pattern finds nothing behind it", async () => {
		const { status, stdout } = await inHouse(`
			${moved}
			${fileThere}
			config <<< '{user: app, setup: [{remove: "/data/work/out/vic*"}, {own: "/data/work/*/vic*"}]}'
			/abdicate -v -- true 2>&1 | grep setup
			stat -c '%U %a' /etc/victim
		`);
		expect([status, stdout]).toEqual([
			0,
			"abdicate: ok       setup[0] remove /data/work/out/vic*: nothing there\nabdicate: ok       setup[1] own /data/work/*/vic* to 1000:1000 (mismatched): nothing matches\nroot 600\n",
		]);
	});

	it.each([
		["mkdir", "mkdir -p /data/work/out/evil", "[ -d /etc/evil ]"],
		["cp", "install -o 1000 /data/work/out/victim /data/stolen", "[ \"$(app cat /data/stolen)\" = 'of root' ]"],
		["rm", "rm /data/work/out/victim", "[ ! -e /etc/victim ]"],
		["chown", "chown 1000 /data/work/out/victim", '[ "$(stat -c %u /etc/victim)" = 1000 ]'],
	])("what a careless %s does there is seen", async (_, act, harm) => {
		const { status, stdout } = await inHouse(`${moved}\n${fileThere}\n${act}; ${harm} && echo harmed`);
		expect([status, stdout]).toEqual([0, "harmed\n"]);
	});
});
