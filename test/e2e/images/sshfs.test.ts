import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { debian } from "../harness/images.ts";
import { needDocker, withDocker } from "../harness/need-docker.ts";
import { type ContainerOptions, runContainer, startContainer } from "../harness/run.ts";
import { ownerOf, volume } from "../steps/volume.ts";
import { buildExample, droppedTo, idsOf, privilegeIn } from "./example.ts";
import { mounted, othersDirectory, printed, reopensOutput, type Try, unmissed } from "./grants.ts";
import { expectedOf, itself, refused, rowsOf, type Start, stepFailed, type Table } from "./rows.ts";

let image: string;
let daemon: string;
let job: string;

const setUp = withDocker(async () => {
	image = buildExample("sshfs", debian);
	[daemon, job] = [(await idsOf(image, "sshfs")).owner, (await idsOf(image, "job")).owner];
});
beforeAll(setUp, 300_000);
beforeEach(needDocker);

/** In the place of ssh, so that no network is needed: lets in who shows the whole key, and speaks to sftp-server as ssh does. */
const ssh = `#!/bin/bash
while [ $# -gt 0 ]; do
	case $1 in -oIdentityFile=*) key=\${1#*=};; esac
	shift
done
[ "$(cat "$key"; echo end)" = $'the key\\nend' ] && [ "$(stat -c %a "$key")" = 400 ] && exec /usr/lib/openssh/sftp-server
echo "permission denied" >&2
exit 255
`;
/** The far side: a program to reach it, and a directory of the remote user. */
const far = (files: string) =>
	volume(`cat > ssh <<'END'\n${ssh}END\nchmod 755 ssh; mkdir -p home/in; chown -R ${daemon} home; cd home; ${files}`);
const secret = (text: string) => volume(`umask 077; echo '${text}' > key`);
const twoFiles = "printf '1\\n2\\n' > in/a; echo 3 > in/b";

const device = ["--device", "/dev/fuse"];
const table: Table = {
	asks: {
		capabilities: ["CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID", "SETPCAP", "SYS_ADMIN"],
		devices: ["--device", "/dev/fuse:/dev/fuse:rw"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SETPCAP", "SYS_ADMIN"],
			optional: ["KILL"],
			options: ["--security-opt apparmor=unconfined"],
			// Not /run: the daemon has a key of its own there, so that nobody else may exchange its directory.
			worst: [{ "/run/sshfs": othersDirectory }],
		},
	},
	always: { caps: { add: ["SYS_ADMIN"] }, flags: device },
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": stepFailed,
		// Docker gives capabilities to root alone: nobody else can mount.
		"uid 1000": refused,
		"a random uid with gid 0": refused,
	},
	more: {
		"root, read-only root file system, with a place for the key": {
			ends: itself,
			start: { flags: [...device, "--read-only", "--tmpfs", "/run/sshfs"] },
		},
		"root, without the device": { ends: stepFailed, start: { flags: [] } },
		"root, as Docker starts it": { ends: refused, start: { caps: {} } },
	},
};

function optionsFor(remote: string, start: Start, key = "the key"): ContainerOptions {
	return {
		image,
		env: { REMOTE: "user@far:/far/home", SSH: "/far/ssh", SSH_KEY_FILE: "/run/secrets/key" },
		volumes: [`${remote}:/far`, `${secret(key)}/key:/run/secrets/key:ro`],
		...table.always,
		...start,
	};
}

/** The job, after it has said what it and the daemon hold, and what the daemon was given. */
const watched = [
	"sh",
	"-c",
	"d=/proc/$(pgrep -x sshfs); cat /proc/$$/status; echo ---; cat $d/status; echo ---; tr '\\0' ' ' <$d/cmdline; exec job",
];

describe("a batch job over sshfs", () => {
	it.each(rowsOf(table))("ends as it should when started as %s", async (_, { start, ends }) => {
		const remote = far(twoFiles);
		const { status, stdout, stderr } = await runContainer({ ...optionsFor(remote, start), args: watched });
		if (ends !== itself) {
			expect([`${status} ${/error\[(\w+)\]/.exec(stderr)?.[1]}`, stdout]).toEqual([ends, ""]);
			return;
		}
		const [ofJob = "", ofDaemon = "", command = ""] = stdout.split("---\n");
		expect([status, privilegeIn(ofJob), privilegeIn(ofDaemon)]).toEqual([0, droppedTo(job), droppedTo(daemon)]);
		expect(command).toMatch(/^\S*sshfs -f user@far:\/far\/home \/dev\/fd\/\d+ -o /);
		expect([readFileSync(join(remote, "home/report"), "utf8"), ownerOf(remote, "home/report")]).toEqual(["3\n", daemon]);
	});

	it.each([
		["this-start", [{}], []],
		// This machine has no AppArmor that could refuse a mount.
		["any-volume", table.asks.ofAny.worst, table.asks.ofAny.options],
	] as const)("goes well with what is printed for %s, and misses any of it", { timeout: 600_000 }, async (outlook, worst, spare) => {
		const asking = await printed(optionsFor(far(""), {}), table.asks, outlook);
		expect(asking).toEqual(expectedOf(table.asks, outlook));
		const tries = worst.map(
			(volumes): Try =>
				async (flags) => {
					const { volumes: own = [], ...options } = optionsFor(far(twoFiles), { caps: {}, flags });
					const start = { ...options, volumes: [...mounted(volumes), ...own] };
					return (await runContainer(start)).status === 0 && (await reopensOutput(start));
				},
		);
		expect(await unmissed(asking.flags, tries)).toEqual(spare);
	});

	it("ends with the status of the job, and does not begin it with a key that is refused", async () => {
		const idle = await runContainer(optionsFor(far(""), {}));
		expect([idle.status, idle.stderr]).toEqual([3, "job: nothing to do\n"]);
		const remote = far(twoFiles);
		const refused = await runContainer(optionsFor(remote, {}, "another key"));
		expect([refused.status, /error\[(\w+)\]/.exec(refused.stderr)?.[1], refused.stderr.includes("permission denied")]).toEqual([
			125,
			"STEP_FAILED",
			true,
		]);
		expect(() => readFileSync(join(remote, "home/report"))).toThrow("ENOENT");
	});

	it("runs once more in the same container, on what the first run left", async () => {
		const remote = far(twoFiles);
		const container = await startContainer(optionsFor(remote, {}));
		expect((await container.wait()).status).toBe(0);
		writeFileSync(join(remote, "home/in/c"), "4\n");
		container.start();
		expect([(await container.wait()).status, readFileSync(join(remote, "home/report"), "utf8")]).toEqual([0, "4\n"]);
	});

	it("keeps the key, what it came from and the daemon out of the job's reach", async () => {
		const script = "env | grep -c -E '^(SSH|REMOTE)'; cat /run/sshfs/key /run/secrets/key; kill -0 $(pgrep -x sshfs)";
		const { stdout, stderr } = await runContainer({ ...optionsFor(far(""), {}), args: ["sh", "-c", script] });
		expect([stdout, stderr.match(/Permission denied|not permitted/g)]).toEqual([
			"0\n",
			["Permission denied", "Permission denied", "not permitted"],
		]);
	});
});
