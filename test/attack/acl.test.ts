import { describe, expect, it } from "vitest";
import { inHouse } from "./harness/house.ts";

/** On the volume, which its owner gives a list that lets a third user into all that is made there, whatever mode it is made with. */
const list = "app setfacl -m d:u:1001:rwx,d:g::rwx,d:o::rwx /data";

describe("a default ACL on the volume", () => {
	it("control: what careless programs make there is open to a third user, though its mode says otherwise", async () => {
		const { stdout } = await inHouse(`
			set +e
			${list}
			echo secret >/root/source
			install -m 640 -o 1000 -g 1000 /root/source /data/installed
			cp /root/source /data/copied; chmod 640 /data/copied
			mkdir -m 770 /data/made; touch /data/made/inside
			umask 007; mknod /data/zero c 1 5
			python3 -c 'import os, socket; os.umask(0o117); s = socket.socket(socket.AF_UNIX); s.bind("/data/socket")'
			for each in installed copied; do other cat /data/$each 2>/dev/null; done
			other rm /data/made/inside && echo removed
			other head -c1 /data/zero | wc -c
			stat -c %a /data/socket; getfacl -cp /data/socket | grep user:other
		`);
		// install(1) sets the whole list; cp(1), mkdir(1) and bind(2) do not.
		expect(stdout).toBe("secret\nremoved\n1\n660\nuser:other:rwx\t#effective:rw-\n");
	});

	it("rule 9.4: everything that a step makes there has the mode that is written, and no list", async () => {
		const { status, stderr, stdout } = await inHouse(`
			${list}
			mkdir -p /seed/a; echo x >/seed/a/f; ln -s f /seed/a/l; chmod 640 /seed/a/f; chmod 770 /seed/a
			config <<'END'
user: app
setup:
  - mkdir: {path: /data/p/q/d, mode: 770, parents_mode: 775}
  - file: {path: /data/f, content: x, mode: 660}
  - secret: {from: {env: PW}, path: /data/s, mode: 440, on_disk: allow}
  - copy: {from: /seed, to: /data/c}
  - copy: {from: /seed/a, to: /data/p/q/d}
  - copy: {from: /seed/a/f, to: /data/g}
  - device: {path: /data/zero, major: 1, minor: 5, mode: 660}
  - listen: {unix: /data/socket, mode: 660}
  - ca_certificates: {bundle: /data/ca.crt, system: none, extra: {env: [CA]}}
END
			CA="$(cat /etc/ssl/certs/ISRG_Root_X1.pem)" PW=x /abdicate -- true
			cd /data
			find . -mindepth 1 -printf '%p %M %u\\n' | sort
			getfacl -Rps --skip-base . | grep '^# file'
		`);
		expect([status, stderr, stdout.split("\n")]).toEqual([
			0,
			"",
			[
				"./c drwxr-xr-x app",
				"./c/a drwxrwx--- app",
				"./c/a/f -rw-r----- app",
				"./c/a/l lrwxrwxrwx app",
				"./ca.crt -rw-r--r-- app",
				"./f -rw-rw---- app",
				"./g -rw-r----- app",
				"./p drwxrwxr-x root",
				"./p/q drwxrwxr-x root",
				"./p/q/d drwxrwx--- app",
				"./p/q/d/f -rw-r----- app",
				"./p/q/d/l lrwxrwxrwx app",
				"./s -r--r----- app",
				"./socket srw-rw---- app",
				"./zero crw-rw---- app",
				"# file: .",
				"",
			],
		]);
	});
});

describe("a list on what is there", () => {
	const made = `
		cd /data; echo -n x >f; echo -n x >s; mkdir d; echo -n x >m; touch o; touch bound
		chmod 640 f s m o bound; chmod 750 d; chown 1000:1000 f s d m o bound
		setfacl -m u:1001:rwx f s d m o bound; chmod 640 f s m o bound; chmod 750 d
	`;

	it("control: who compares modes alone calls it right", async () => {
		const { stdout } = await inHouse(`
			${made}
			for each in f s m; do [ "$(stat -c %a $each)" = 640 ] && other cat $each; done
		`);
		expect(stdout).toBe("xxx");
	});

	it("rule 9.4: it is a difference, and gone when the step is done, in place as well", async () => {
		const { status, stdout, stderr } = await inHouse(`
			set +e
			${made}
			mount --bind m m
			config <<'END'
user: app
setup:
  - file: {path: /data/f, content: x, mode: 640}
  - secret: {from: {env: PW}, path: /data/s, mode: 640, on_disk: allow}
  - file: {path: /data/m, content: x, mode: 640}
  - mkdir: {path: /data/d, mode: 750}
  - chmod: {path: /data/o, mode: 640}
  - own: {path: /data/bound, modes: {files: 640}, policy: top-only}
END
			for run in 1 2; do
				PW=x /abdicate -v -- true 2>&1 | sed -n 's/^abdicate: \\(changed\\|ok\\) .*: /\\1 /p'
			done
			getfacl -Rps --skip-base /data
			for each in f s m; do other cat $each 2>&1; done
			stat -c '%a %U' f s m d o bound
		`);
		const denied = ["f", "s", "m"].map((name) => `cat: ${name}: Permission denied`);
		expect([status, stderr, stdout.split("\n")]).toEqual([
			0,
			"",
			[
				...[
					"mode or owner corrected",
					"mode or owner corrected",
					"mode or owner corrected",
					"made or corrected /data/d; removed the access control list of /data/d",
				],
				...["access control list removed", "access control list removed"],
			]
				.map((detail) => `changed ${detail}`)
				.concat(
					["already right", "already right", "already right", "already there", "already right", "already right"].map(
						(detail) => `ok ${detail}`,
					),
				)
				.concat(denied, ["640 app", "640 app", "640 app", "750 app", "640 app", "640 app", ""]),
		]);
	});

	it("rule 9.4: a mode that is set in a tree wakes no entry of a list", async () => {
		const { stdout, status } = await inHouse(`
			mkdir /data/t; echo x >/data/t/f; setfacl -m u:1001:rw /data/t/f; chmod 600 /data/t/f
			setfacl -m u:1001:rwx /data/t; chmod 700 /data/t
			config <<< '{user: app, setup: [{chmod: {path: /data/t, dirs: 750, files: 640, recursive: true}}]}'
			/abdicate -- true; echo $?
			chmod 755 /data/t
			getfacl -Rps --skip-base /data; other cat /data/t/f 2>&1 || true
		`);
		expect([stdout, status]).toEqual(["0\ncat: /data/t/f: Permission denied\n", 0]);
	});

	it("rule 9.4: a secret whose list cannot be removed is an error that names the list", async () => {
		const { stdout, stderr } = await inHouse(`
			cd /data; echo -n x >s; setfacl -m u:1001:r s; chown 1000:0 s; chmod 440 s
			chmod 755 .; chown 0:0 .
			config <<< '{user: app, setup: [{secret: {from: {env: PW}, path: /data/s, mode: 440, group: 0, on_disk: allow}}]}'
			mount --bind s s
			PW=x setpriv --bounding-set -fowner,-dac_override,-dac_read_search -- /abdicate -- echo ran || echo $?
		`);
		expect([stdout, stderr.split("\n").slice(0, 2)]).toEqual([
			"125\n",
			[
				expect.stringContaining('"/data/s" has an access control list that gives more than its mode, and it cannot be removed'),
				expect.stringContaining("setfacl"),
			],
		]);
	});
});
