import { describe, expect, it } from "vitest";
import { busybox, debian } from "./harness/images.ts";
import { runContainer } from "./harness/run.ts";
import { volume } from "./steps/volume.ts";

interface Case {
	readonly config: object;
	/** What the plan asks for, in its order. */
	readonly flags: string;
	readonly image?: string;
	readonly args?: readonly string[];
	/** Part of the surroundings, neither granted nor taken away. */
	readonly given?: readonly string[];
	/** Makes what the volume at /data holds before each start. */
	readonly volume?: string;
	readonly env?: Readonly<Record<string, string>>;
}

const toBecomeTheUser = "--cap-add SETGID --cap-add SETUID --cap-add SETPCAP";
/** Docker's own networks let everybody bind every port; the machine's network and many clusters do not. */
const lowPortsForRoot = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];

const cases: Readonly<Record<string, Case>> = {
	"a user and nothing else": { config: { user: "app" }, flags: toBecomeTheUser },
	"a volume with wrong owners": {
		config: { user: "app", setup: [{ own: "/data" }] },
		volume: "mkdir a; touch a/b; chown -R 4242:4242 .",
		flags: `--cap-add CHOWN ${toBecomeTheUser}`,
	},
	"directories with modes": {
		config: { user: "app", setup: [{ mkdir: { path: ["/data/a", "/run/b"], mode: "2750" } }] },
		volume: "true",
		flags: `--cap-add CHOWN ${toBecomeTheUser}`,
	},
	"a directory of somebody else, closed and with another mode": {
		config: { user: "app", setup: [{ mkdir: { path: "/data/a", mode: "0755", owner: "app" } }] },
		volume: "mkdir a; chown 4242:4242 .; chmod 700 .; chown 4242:4242 a",
		flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH ${toBecomeTheUser}`,
	},
	"a privileged port that is handed over": {
		config: { user: "app", setup: [{ listen: { tcp: 80 } }] },
		given: lowPortsForRoot,
		flags: `${toBecomeTheUser} --cap-add NET_BIND_SERVICE`,
	},
	"a capability that is kept": {
		config: { user: "app", capabilities: { keep: ["NET_BIND_SERVICE"] } },
		given: lowPortsForRoot,
		args: ["/probe", "try", "bind", "80"],
		flags: `${toBecomeTheUser} --cap-add NET_BIND_SERVICE`,
	},
	"a secret in memory": {
		config: { user: "app", setup: [{ secret: { from: { env: "PASSWORD" }, path: "/run/password" } }] },
		env: { PASSWORD: "correct horse" },
		given: ["--tmpfs", "/run:mode=755"],
		flags: `--cap-add CHOWN ${toBecomeTheUser}`,
	},
	"a program with a capability of its own": {
		config: { user: "app", setup: [{ run: { command: ["/bin/true"], capabilities: ["NET_ADMIN"] } }] },
		flags: `${toBecomeTheUser} --cap-add NET_ADMIN`,
	},
	"a host name, which needs no capability": {
		config: { user: "app", setup: [{ hostname: "web" }] },
		flags: `${toBecomeTheUser} --hostname web`,
	},
	"sshfs over a local sftp-server": {
		image: debian,
		config: {
			user: "app",
			setup: [
				{ fuse: { target: "/mnt", command: ["sshfs", "-f", "localhost:/data/remote", "{mountpoint}", "-o", "ssh_command=/data/sftp"] } },
			],
		},
		volume: "printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > sftp; chmod 755 sftp; mkdir remote; echo from afar > remote/f",
		args: ["/bin/grep", "-q", "afar", "/mnt/f"],
		flags: `${toBecomeTheUser} --cap-add SYS_ADMIN --device /dev/fuse:/dev/fuse:rw`,
	},
};

/** One start with these grants. */
async function start(each: Case, ...grants: readonly string[]) {
	const volumes = each.volume === undefined ? [] : [`${volume(each.volume)}:/data`];
	const { status, stderr } = await runContainer({
		image: each.image ?? busybox,
		config: each.config,
		args: ["--", ...(each.args ?? ["/bin/true"])],
		volumes,
		env: each.env ?? {},
		flags: [...(each.given ?? []), ...grants],
	});
	return { status, stderr };
}

async function plannedFlags(each: Case): Promise<string> {
	const { stdout, stderr, status } = await runContainer({
		image: each.image ?? busybox,
		config: each.config,
		args: ["plan", "--format", "docker", "--", ...(each.args ?? ["/bin/true"])],
		volumes: each.volume === undefined ? [] : [`${volume(each.volume)}:/data`],
		env: each.env ?? {},
		flags: each.given ?? [],
	});
	expect([stderr, status]).toEqual(["", 0]);
	return stdout.trim();
}

describe.each(Object.entries(cases))("the grants for %s", (_, each) => {
	it("are enough, and not one of them can be spared", async () => {
		const flags = await plannedFlags(each);
		expect(flags).toBe(`--cap-drop ALL ${each.flags}`);
		const [drop, ...grants] = flags.split(/ (?=--)/);
		const words = (given: readonly string[]) => [drop as string, ...given].flatMap((grant) => grant.split(" "));
		expect(await start(each, ...words(grants))).toEqual({ status: 0, stderr: "" });
		const without = await Promise.all(
			grants.map(async (grant) => [grant, (await start(each, ...words(grants.filter((other) => other !== grant)))).status]),
		);
		expect(without).toEqual(grants.map((grant) => [grant, 125]));
	});
});
