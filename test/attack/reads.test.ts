import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** What the workload of this start would learn, through the variable that the next start reads from a file for it. */
const show = `sh -c 'printf "%s" "$PASSWORD"'`;
const fromFile = "config <<< '{user: app, env: {from_file: [PASSWORD]}}'";
const naive = 'su_exec() { PASSWORD=$(cat "$PASSWORD_FILE") exec setpriv --reuid=1000 --regid=1000 --clear-groups "$@"; }';

const ways: readonly (readonly [name: string, attack: string, file: string])[] = [
	["a link to it", "app ln -s /etc/shadow /data/password", "/data/password"],
	["a directory that is a link", "app ln -s /etc /data/conf", "/data/conf/shadow"],
	["a link in a directory of root's that it has moved", "mkdir /data/d; ln -s /etc/shadow /data/d/p; app mv /data/d /data/e", "/data/e/p"],
	["a file of root's that it has moved", "install -m 600 /etc/shadow /data/own; app mv /data/own /data/password", "/data/password"],
	[
		"a name it has given to it, as it may with fs.protected_hardlinks=0",
		"install -m 600 /etc/shadow /data/secret; app mkdir /data/d; ln /data/secret /data/d/p",
		"/data/d/p",
	],
];

describe("rule 9.12: what the plan reads for the workload is no more than the workload may read", () => {
	it.each(ways)("a secret of root's does not arrive by %s, at a start or at enter", async (_, attack, file) => {
		const { status, stdout, stderr } = await inHouse(`
			${attack}
			${fromFile}
			export PASSWORD_FILE=${file}
			for mode in run enter; do /abdicate $mode -- ${show} || echo "status $?"; done
		`);
		expect([status, stdout, stderr.split("\n").filter((line) => line.includes("error["))]).toEqual([
			0,
			"status 125\nstatus 125\n",
			Array(2).fill(
				expect.stringContaining(`error[ENVIRONMENT_INVALID] /etc/entrypoint.yaml:1:31 env.from_file[0]: PASSWORD_FILE: "${file}"`),
			),
		]);
		const careless = await inHouse(`${attack}\n${naive}\nexport PASSWORD_FILE=${file}\nsu_exec ${show}`);
		expect(careless.stdout).toBe("root:the secret of root:1::::::");
	});

	const ofDocker =
		"  docker run --volume FILE:PATH makes a directory of a FILE that is not there on the host: put the file there, and remove the directory\n" +
		"  or name a file in it\n";

	it.each([
		["mkfifo -m 666 /data/password", "is not a regular file", ""],
		["ln -s /dev/zero /data/password", "is not a regular file", ""],
		["mkdir /data/password", "is a directory and not a file", ofDocker],
	])("a start does not hang and does not read on for ever at what `%s` makes", async (attack, is, remedy) => {
		const { stdout, stderr } = await inHouse(
			`app ${attack}\n${fromFile}\nPASSWORD_FILE=/data/password timeout 5 /abdicate -- ${show} || echo "status $?"`,
		);
		expect([stdout, stderr]).toEqual([
			"status 125\n",
			`abdicate: error[ENVIRONMENT_INVALID] /etc/entrypoint.yaml:1:31 env.from_file[0]: PASSWORD_FILE: "/data/password" ${is}
    {user: app, env: {from_file: [PASSWORD]}}
                                  ^
${remedy}`,
		]);
	});

	it("would hang a careless start at a pipe", async () => {
		const { stdout } = await inHouse(
			`app mkfifo /data/password\n${naive}\nexport -f su_exec; PASSWORD_FILE=/data/password timeout 1 bash -c 'su_exec true' || echo "status $?"`,
		);
		expect(stdout).toBe("status 124\n");
	});

	it("gives the workload what is meant for it: root's file, its own, and through root's links", async () => {
		const { stdout } = await inHouse(`
			mkdir /run/secrets; echo of root > /run/secrets/p; chmod 400 /run/secrets/p
			mkdir -m 1777 /run/kube; mkdir /run/kube/..1; echo kube > /run/kube/..1/p; chmod 400 /run/kube/..1/p
			ln -s ..1 /run/kube/..data; ln -s ..data/p /run/kube/p
			app sh -c 'echo own > /data/own; ln -s own /data/link'
			${fromFile}
			for file in /run/secrets/p /run/kube/p /data/own /data/link ./data/own; do PASSWORD_FILE=$file /abdicate -- ${show}; echo; done
		`);
		expect(stdout).toBe("of root\nkube\nown\nown\nown\n");
	});

	it.each([
		["a link", "app ln -s /etc/shadow /data/socket", "/data/socket"],
		["a link of root's that it has moved", "mkdir /data/d; ln -s /etc/shadow /data/d/s; app mv /data/d /data/e", "/data/e/s"],
		["a file of root's that it has moved", "install -m 640 -g shadow /etc/shadow /data/f; app mv /data/f /data/socket", "/data/socket"],
	])("the group of a file of root's is not given away by %s", async (_, attack, path) => {
		const { stdout } = await inHouse(`
			${attack}
			config <<< '{user: app, groups: {from_path: ["${path}"]}}'
			/abdicate -- id -G
			/abdicate -v -- true 2>&1 | grep -c 'groups.from_path: the group of' || true
			# A careless one.
			setpriv --reuid=1000 --regid=1000 --groups="$(stat -Lc %g ${path})" id -G
		`);
		expect(stdout).toBe("1000\n1\n1000 42\n");
	});

	it("the group of what the runtime has mounted, and of root's devices, is given", async () => {
		const { stdout } = await inHouse(`
			install -d -o 1000 /home/app/dir; touch /run/s /home/app/dir/s; chgrp 44 /run/s; mount --bind /run/s /home/app/dir/s
			mkdir /dev/dri; mknod /dev/dri/card0 c 226 0; chgrp 45 /dev/dri/card0; ln -s /run /var/run2
			config <<< '{user: app, groups: {from_path: [/home/app/dir/s, "/dev/dri/*", /var/run2/s, /absent]}}'
			/abdicate -- id -G
		`);
		expect(stdout).toBe("1000 44 45\n");
	});

	it("a condition sees what the workload sees, and not what is behind its links", async () => {
		const { stdout } = await inHouse(`
			mkdir -m 700 /root/private; touch /root/private/there /data/plain
			app ln -s /root/private/there /data/hidden; app ln -s plain /data/seen
			for path in /data/hidden /data/seen /data/plain /root/private/there; do
				config <<< "{user: app, setup: [{mkdir: /data/made, when: {exists: $path}}]}"
				/abdicate -- sh -c '[ -d /data/made ] && echo due || echo passed over'
				rm -rf /data/made
			done
			[ -e /data/hidden ] && echo 'a careless one sees it'
		`);
		expect(stdout).toBe("passed over\ndue\ndue\ndue\na careless one sees it\n");
	});

	it("a line that is added to a file of root's does not show what is in it", async () => {
		const { stdout, stderr } = await inHouse(`
			for how in 'owner: target, mode: 644' 'owner: target' 'mode: 644' 'if: always'; do
				for moved in rename link; do
					rm -rf /data/*; echo secret > /data/key; chmod 600 /data/key
					[ $moved = link ] && ln /data/key /data/conf || app mv /data/key /data/conf
					config <<< "{user: app, setup: [{file: {path: /data/conf, append_line: x, $how}}]}"
					/abdicate -q -- cat /data/conf || echo "status $?"
				done
			done
			# In a directory of root's it was root who put it there, and what the user reads anyway is no secret.
			echo root > /etc/conf; chmod 600 /etc/conf; app sh -c 'echo own > /data/own'
			config <<< '{user: app, setup: [{file: {path: /etc/conf, append_line: x, owner: target}}, {file: {path: /data/own, append_line: x, owner: root, mode: 644}}]}'
			/abdicate -q -- cat /etc/conf /data/own
			# A careless one.
			rm -f /data/conf; echo secret > /data/conf; chmod 600 /data/conf; { cat /data/conf; echo x; } > /data/new; app cat /data/new
		`);
		expect(stdout).toBe(`${"status 125\n".repeat(6)}${"status 1\n".repeat(2)}root\nx\nown\nx\nsecret\nx\n`);
		expect(stderr).toContain('"/data/conf" may not be read by uid 1000, who could have put it there');
	});

	it("a directory of root's that was moved into the place of one to be made is not opened, and an empty or mounted one is", async () => {
		const { stdout, stderr } = await inHouse(`
			for how in 'mode: 700' 'owner: root' 'mode: 711, group: app'; do
				mkdir -m 700 /data/vault; echo secret > /data/vault/token; app mv /data/vault /data/cache
				config <<< "{user: app, setup: [{mkdir: {path: /data/cache, $how}}]}"
				/abdicate -q -- cat /data/cache/token || echo "status $?"
				[ "$how" = 'mode: 700' ] && { chown app /data/cache; echo "naive: $(app cat /data/cache/token)"; }
				rm -r /data/cache
			done
			mkdir -m 700 /data/cache /data/mounted; mount -t tmpfs -o mode=700 x /data/mounted; touch /data/mounted/f
			config <<< '{user: app, setup: [{mkdir: [/data/cache, /data/mounted]}]}'
			/abdicate -- stat -c %U /data/cache /data/mounted
		`);
		expect(stdout).toBe("status 125\nnaive: secret\nstatus 125\nstatus 125\napp\napp\n");
		expect(stderr).toContain('"/data/cache" is closed to uid 1000, who could have put it there, and not empty');
	});
});
