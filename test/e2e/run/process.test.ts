import { describe, expect, it } from "vitest";
import { runHouse } from "../../harness/house/run.ts";
import { runHost } from "../harness/host.ts";
import { busybox } from "../harness/images.ts";
import { probeFile } from "../harness/paths.ts";
import { type ContainerOptions, runContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";

/** What the workload finds, with these keys beside `user: app`. */
async function probe(keys: object, more: Partial<ContainerOptions> = {}, run = runHouse) {
	const outcome = await run({ image: busybox, config: { user: "app", ...keys }, args: ["--", "/probe"], ...more });
	expect([outcome.stderr, outcome.status]).toEqual(["", 0]);
	return outcome.probe;
}

describe("the workload's process", () => {
	it("rule 4.2: has no descriptor that was open by accident, unless all are to be inherited", async () => {
		const stray = (fds: string) => ({
			entrypoint: "sh",
			args: ["-c", "exec 5</etc/passwd 7</etc/group; exec /abdicate -c /etc/entrypoint.yaml -- /probe"],
			config: { user: "app", fds },
		});
		const descriptors = async (fds: string) => (await probe({}, stray(fds))).fds.map(({ fd }) => fd);
		expect([await descriptors("listen"), await descriptors("inherit")]).toEqual([
			[0, 1, 2],
			[0, 1, 2, 5, 7],
		]);
	});

	it("rule 4.4: has the environment in its order, with what is set at its place", async () => {
		const script = "exec env -i B=1 A=2 C=3 PATH=/bin /abdicate -c /etc/entrypoint.yaml -- /probe";
		const { env } = await probe({ env: { set: { A: "changed", D: "4" } } }, { entrypoint: "sh", args: ["-c", script] });
		expect(env.filter((entry) => /^[A-D]=/.test(entry))).toEqual(["B=1", "A=changed", "C=3", "D=4"]);
	});

	it("rule 4.4: is looked for on its own PATH, as itself", async () => {
		const data = volume("mkdir closed open; cp /bin/true closed/tool; cp /bin/true open/other; chmod 700 closed; chmod 755 open");
		const start = (command: string) =>
			runHouse({
				image: busybox,
				config: { user: "app", env: { set: { PATH: "/data/closed:/data/open:/bin" } } },
				volumes: [`${data}:/data`],
				args: ["--", command],
			});
		const [hidden, shown] = [await start("tool"), await start("busybox")];
		expect([hidden.status, /error\[\w+\]/.exec(hidden.stderr)?.[0]]).toEqual([126, "error[COMMAND_NOT_EXECUTABLE]"]);
		expect(shown.status).toBe(0);
	});

	it("has the nice value, score and limits that are written", async () => {
		const { nice, limits } = await probe({ nice: 5, limits: { nofile: "100:200", core: 0 } });
		expect([nice, limits["nofile"], limits["core"]]).toEqual([5, [100, 200], [0, 0]]);
		const { stdout } = await runHouse({
			image: busybox,
			config: { user: "app", oom_score_adj: 300 },
			args: ["--", "cat", "/proc/self/oom_score_adj"],
		});
		expect(stdout).toBe("300\n");
	});

	it("has the umask that is written, or keeps one that somebody chose", async () => {
		const chosen = { entrypoint: "sh", args: ["-c", "umask 0002; exec /abdicate -c /etc/entrypoint.yaml -- /probe"] };
		const ifDefault = { umask: { if_default: "0077" } };
		const masks = [
			await probe({ umask: "0027" }),
			await probe(ifDefault),
			await probe(ifDefault, { ...chosen, config: { user: "app", ...ifDefault } }),
		];
		expect(masks.map(({ umask }) => umask)).toEqual(["0027", "0077", "0002"]);
	});

	it("has the value of a file without its last newline, and not the file's name twice", async () => {
		const data = volume("printf 'correct horse\\n' > password");
		const { env } = await probe(
			{ env: { from_file: ["DB_PASSWORD"] } },
			{ volumes: [`${data}:/data`], env: { DB_PASSWORD_FILE: "/data/password" } },
		);
		expect(env.filter((entry) => entry.startsWith("DB_PASSWORD="))).toEqual(["DB_PASSWORD=correct horse"]);
	});

	it.each([
		["\\r\\n", ""],
		["\\r\\n\\n", "\r\n"],
		["\\r", "\r"],
	])("has the value of a file without one newline, that of DOS too: %s", async (end, rest) => {
		const data = volume(`printf 'correct\\r\\nhorse${end}' > password`);
		const { env } = await probe(
			{ env: { from_file: ["DB_PASSWORD"] } },
			{ volumes: [`${data}:/data`], env: { DB_PASSWORD_FILE: "/data/password" } },
		);
		expect(env.filter((entry) => entry.startsWith("DB_PASSWORD="))).toEqual([`DB_PASSWORD=correct\r\nhorse${rest}`]);
	});

	it("is of users and groups whose names are several words, as directory services give them", async () => {
		const etc = volume(
			"echo 'root:x:0:0::/root:/bin/sh' > passwd; echo 'domain user:x:70001:70513::/home/a b:/bin/sh' >> passwd; echo 'domain users:x:70513:' > group; echo 'print ops:x:70550:other,domain user' >> group; mkdir d",
		);
		const volumes = [`${etc}/passwd:/etc/passwd:ro`, `${etc}/group:/etc/group:ro`, `${etc}/d:/data`];
		const setup = [{ mkdir: { path: "/data/d", owner: "domain user", group: "print ops" } }];
		const state = await probe({ user: "domain user", setup }, { volumes });
		expect([state.resuid, state.resgid, state.groups]).toEqual([
			[70_001, 70_001, 70_001],
			[70_513, 70_513, 70_513],
			[70_513, 70_550],
		]);
		expect(state.env.filter((entry) => /^(?:USER|LOGNAME|HOME)=/.test(entry)).sort()).toEqual([
			"HOME=/home/a b",
			"LOGNAME=domain user",
			"USER=domain user",
		]);
		const other = await probe({ user: "domain user:domain users", groups: { add: ["print ops"] } }, { volumes });
		expect([other.resgid, other.groups]).toEqual([
			[70_513, 70_513, 70_513],
			[70_513, 70_550],
		]);
		const { stdout } = await runHouse({ image: busybox, config: { user: "domain user" }, volumes, args: ["plan", "--", "true"] });
		expect(stdout.split("\n").filter((line) => line.startsWith("as "))).toEqual([
			expect.stringMatching(/^as {7}"domain user" \(70001:70513\), .*home "\/home\/a b"/),
		]);
	});

	it("has neither the value nor the file's name of what was taken away before", async () => {
		const data = volume("printf 'correct horse\\n' > password");
		const { env } = await probe(
			{ env: { unset: ["DB_*"], from_file: ["DB_PASSWORD"] } },
			{ volumes: [`${data}:/data`], env: { DB_PASSWORD_FILE: "/data/password", DB_USER: "x" } },
		);
		expect(env.filter((entry) => entry.startsWith("DB_"))).toEqual([]);
	});

	it("rule 3.10: has the image's HOME where it stays somebody whom passwd does not know, and its own facts in the file", async () => {
		const keys = { env: { set: { A: "${@user.name:-none} ${@user.uid} ${@user.gid} ${@user.home}" } } };
		const found = async (more: Partial<ContainerOptions>) =>
			(await probe(keys, more)).env.filter((entry) => /^(?:HOME|USER|A)=/.test(entry));
		expect([await found({ user: "4321:0", env: { HOME: "/opt/app" } }), await found({ env: { HOME: "/root" } })]).toEqual([
			["HOME=/opt/app", "A=none 4321 0 /opt/app"],
			["HOME=/home/app", "USER=app", "A=app 1000 1000 /home/app"],
		]);
	});

	it("is started although a step that is passed over lacks its variable", async () => {
		const { env } = await probe(
			{ setup: [{ when: { env: "X" }, own: "/data/${X}" }], env: { default: { A: "${X}" } } },
			{ env: { A: "a" } },
		);
		expect(env.filter((entry) => entry.startsWith("A="))).toEqual(["A=a"]);
	});

	it("has groups of the runtime and of paths, unless they are not to be kept", async () => {
		const data = volume("touch socket; chown 0:2222 socket");
		const more = { flags: ["--group-add", "777"], volumes: [`${data}:/data`] };
		const groups = async (policy: object) => (await probe({ groups: policy }, more)).groups;
		expect([await groups({}), await groups({ keep_runtime: false, from_path: ["/data/socket"] })]).toEqual([
			[44, 777, 1000],
			[44, 1000, 2222],
		]);
	});

	it("has the parent-death signal and a session keyring of its own", async () => {
		const { pdeathsig } = await probe({ parent_death_signal: "TERM" });
		expect(pdeathsig).toBe(15);
		const { trace, status } = await runHost({
			config: { user: "65534:65534", workdir: "/", session_keyring: "new" },
			args: ["--", probeFile, "exit", "0"],
			strace: ["-e", "trace=keyctl"],
		});
		expect([status, trace.split("\n")[0]?.replace(/ = \d+$/, "")]).toEqual([0, "keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL)"]);
	});

	it("starts within the least memory that Docker allows", async () => {
		const { umask } = await probe(
			{ umask: "0027", setup: [{ mkdir: "/run/app" }] },
			{ flags: ["--memory=6m", "--memory-swap=6m"] },
			runContainer,
		);
		expect(umask).toBe("0027");
	});
});
