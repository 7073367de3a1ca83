import { describe, expect, it } from "vitest";
import { busybox, debian } from "./harness/images.ts";
import { runContainer } from "./harness/run.ts";
import {
	closedTree,
	mounted,
	othersDirectory,
	othersWith,
	type Printed,
	printed,
	type Try,
	unmissed,
	type Volumes,
} from "./images/grants.ts";

interface Case {
	readonly config: object;
	/** What is asked for this start, in its order, and what is told as optional. */
	readonly flags: string;
	readonly optional?: readonly string[];
	/** Of the flags, what nobody misses here. */
	readonly spare?: readonly string[];
	/** The same for any volume, and the starts on which it is missed. */
	readonly ofAny: {
		readonly flags: string;
		readonly optional?: readonly string[];
		readonly worst?: readonly Volumes[];
		readonly spare?: readonly string[];
		/** In place of those of the case. */
		readonly given?: readonly string[];
	};
	readonly image?: string;
	readonly args?: readonly string[];
	/** Part of the surroundings, neither granted nor taken away. */
	readonly given?: readonly string[];
	/** What the volumes hold before each start. */
	readonly volumes?: Volumes;
	readonly env?: Readonly<Record<string, string>>;
}

const toBecomeTheUser = "--cap-add SETGID --cap-add SETUID --cap-add SETPCAP";
const ofAnyUser = `--cap-add CHOWN ${toBecomeTheUser}`;
/** Docker's own networks let everybody bind every port; the machine's network and many clusters do not. */
const lowPortsForRoot = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];
/** No flag, and told beside them as well. */
const keyctl = ["# seccomp=unconfined: for session_keyring: new; a profile that allows keyctl is enough"];
const bwrap = [
	"# seccomp=unconfined: for clone, pivot_root, mount, umount2 and unshare: the configured filter allows that, and the usual one refuses it",
	"--security-opt apparmor=unconfined",
];
/** As a server that logs to what it was given. */
const reopening = ["sh", "-c", ": >/proc/self/fd/2"];

const cases: Readonly<Record<string, Case>> = {
	"a user and nothing else": { config: { user: "app" }, flags: ofAnyUser, ofAny: { flags: ofAnyUser } },
	"a user whose standard error stays root's": {
		config: { user: "app", stdio: "keep" },
		args: ["true"],
		flags: toBecomeTheUser,
		ofAny: { flags: toBecomeTheUser },
	},
	"a filter that allows more than the runtime's": {
		config: { user: "app", stdio: "keep", seccomp: { profile: "docker-default", allow: ["bwrap"] } },
		args: ["unshare", "-U", "true"],
		flags: `${toBecomeTheUser} --security-opt seccomp=unconfined`,
		optional: bwrap,
		ofAny: { flags: `${toBecomeTheUser} --security-opt seccomp=unconfined`, optional: bwrap },
	},
	root: { config: { user: "root" }, flags: "", ofAny: { flags: "" } },
	"a volume with wrong owners": {
		config: { user: "app", setup: [{ own: "/data" }] },
		volumes: { "/data": "mkdir a; touch a/b; chown -R 4242:4242 ." },
		flags: ofAnyUser,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH --cap-add FOWNER ${toBecomeTheUser}`,
			worst: [{ "/data": closedTree }],
		},
	},
	"a volume with a closed directory and a program of others": {
		config: { user: "app", setup: [{ own: "/data" }] },
		volumes: { "/data": "mkdir a; touch a/b c; chown -R 4242:4242 .; chmod 6755 c; chmod 700 a" },
		flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH --cap-add FOWNER ${toBecomeTheUser}`,
		ofAny: { flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH --cap-add FOWNER ${toBecomeTheUser}` },
	},
	"a tree of others that goes": {
		config: { user: "app", setup: [{ remove: { path: "/data/old", recursive: true } }] },
		volumes: { "/data": "mkdir -p old/a; touch old/a/b; chown -R 4242:4242 old; chmod 1700 old/a" },
		flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER ${toBecomeTheUser}`,
		ofAny: { flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER ${toBecomeTheUser}` },
	},
	"a tree of others that is copied": {
		config: { user: "app", setup: [{ copy: { from: "/seed", to: "/data" } }] },
		volumes: { "/seed": "mkdir a; touch a/b c; chown -R 4242:4242 a c; chmod 2700 a; chmod 6755 c", "/data": "true" },
		flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE ${toBecomeTheUser}`,
		ofAny: { flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE ${toBecomeTheUser}` },
	},
	"a volume that is owned when CHOWN is held, which standard error takes": {
		config: { user: "app", setup: [{ own: "/data", when: { held: "CHOWN" } }] },
		volumes: { "/data": "touch a; chown 4242:4242 . a" },
		flags: ofAnyUser,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH --cap-add FOWNER ${toBecomeTheUser}`,
			worst: [{ "/data": closedTree }],
		},
	},
	"directories with modes": {
		config: { user: "app", setup: [{ mkdir: { path: ["/data/a", "/run/b"], mode: "2750" } }] },
		volumes: { "/data": "true" },
		flags: ofAnyUser,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add FSETID ${toBecomeTheUser}`,
			worst: [{ "/data": "chown 4242:4242 .; chmod 2711 ." }, { "/data": othersWith("a") }],
		},
	},
	"a directory of somebody else, closed and with another mode": {
		config: { user: "app", setup: [{ mkdir: { path: "/data/a", mode: "0755", owner: "app" } }] },
		volumes: { "/data": "mkdir a; chown 4242:4242 .; chmod 700 .; chown 4242:4242 a" },
		flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH ${toBecomeTheUser}`,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER ${toBecomeTheUser}`,
			worst: [{ "/data": othersDirectory }, { "/data": othersWith("a") }],
		},
	},
	"files, links and what is removed": {
		config: {
			user: "app",
			setup: [{ remove: "/data/*.pid" }, { link: { path: "/data/l", to: "f" } }, { file: { path: "/data/f", content: "x" } }],
		},
		volumes: { "/data": "true" },
		flags: ofAnyUser,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER ${toBecomeTheUser}`,
			worst: [{ "/data": "touch f l.pid; ln -s x l; chown -h 4242:4242 . f l l.pid; chmod 1700 .; chmod 600 f" }],
		},
	},
	"modes of a tree": {
		config: { user: "app", setup: [{ chmod: { path: "/data", mode: "u+rwX", recursive: true } }] },
		volumes: { "/data": "touch a; chmod 400 a; chown 4242:4242 a" },
		flags: `--cap-add CHOWN --cap-add FOWNER ${toBecomeTheUser}`,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH --cap-add FOWNER ${toBecomeTheUser}`,
			worst: [{ "/data": "mkdir a; touch a/b; chown -R 4242:4242 .; chmod 400 a/b; chmod 700 a ." }],
		},
	},
	"a tree that is seeded": {
		config: { user: "app", setup: [{ copy: { from: "/seed", to: "/data" } }] },
		volumes: { "/seed": "mkdir a; touch a/b", "/data": "true" },
		flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE ${toBecomeTheUser}`,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE ${toBecomeTheUser}`,
			worst: [{ "/seed": "mkdir a; touch a/b; chown -R 4242:4242 .; chmod 700 a .", "/data": "chown 4242:4242 .; chmod 700 ." }],
		},
	},
	"a privileged port that is handed over": {
		config: { user: "app", setup: [{ listen: { tcp: 80 } }] },
		given: lowPortsForRoot,
		flags: `${ofAnyUser} --cap-add NET_BIND_SERVICE`,
		ofAny: { flags: ofAnyUser, optional: ["--cap-add NET_BIND_SERVICE"], given: [] },
	},
	"a socket with a name": {
		config: { user: "app", setup: [{ listen: { unix: "/data/s" } }] },
		volumes: { "/data": "true" },
		flags: ofAnyUser,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER ${toBecomeTheUser}`,
			worst: [
				{
					"/data": `${othersDirectory}; chmod 1711 .; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("s")'; chown 4242:4242 s`,
				},
			],
		},
	},
	"a capability that is kept": {
		config: { user: "app", capabilities: { keep: ["NET_BIND_SERVICE"], keep_if_present: ["SYS_NICE"] } },
		given: lowPortsForRoot,
		args: ["/probe", "try", "bind", "80"],
		flags: `${ofAnyUser} --cap-add NET_BIND_SERVICE`,
		optional: ["--cap-add SYS_NICE"],
		spare: ["--cap-add CHOWN"],
		ofAny: { flags: `${ofAnyUser} --cap-add NET_BIND_SERVICE`, optional: ["--cap-add SYS_NICE"], spare: ["--cap-add CHOWN"] },
	},
	"a secret in memory": {
		config: { user: "app", setup: [{ secret: { from: { env: "PASSWORD" }, path: "/run/password" } }] },
		env: { PASSWORD: "correct horse" },
		given: ["--tmpfs", "/run:mode=755"],
		flags: ofAnyUser,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER ${toBecomeTheUser}`,
			worst: [{}],
			// In a new tmpfs of root's nothing is anybody else's.
			spare: ["--cap-add DAC_OVERRIDE", "--cap-add FOWNER"],
		},
	},
	"a secret in a file of somebody else's": {
		config: { user: "app", env: { from_file: ["PASSWORD"] } },
		env: { PASSWORD_FILE: "/run/secrets/password" },
		volumes: { "/run/secrets": "echo correct horse > password; chmod 600 password" },
		flags: ofAnyUser,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH ${toBecomeTheUser}`,
			worst: [{ "/run/secrets": "echo correct horse > password; chown 1000:1000 password; chmod 600 password" }],
		},
	},
	"a step that may fail": {
		config: { user: "app", setup: [{ own: "/data", on_error: "warn" }] },
		volumes: { "/data": "chown 4242:4242 ." },
		flags: ofAnyUser,
		ofAny: { flags: ofAnyUser, optional: ["--cap-add DAC_READ_SEARCH", "--cap-add FOWNER"], worst: [{ "/data": closedTree }] },
	},
	"a program with a capability of its own": {
		config: { user: "app", setup: [{ run: { command: ["/bin/true"], capabilities: ["NET_ADMIN"] } }] },
		flags: `${ofAnyUser} --cap-add NET_ADMIN`,
		ofAny: { flags: `${ofAnyUser} --cap-add NET_ADMIN` },
	},
	"a host name, which needs no capability": {
		config: { user: "app", setup: [{ hostname: "web" }] },
		flags: `${ofAnyUser} --hostname web`,
		ofAny: { flags: `${ofAnyUser} --hostname web` },
	},
	"a keyring of its own, which Docker's filter refuses": {
		config: { user: "app", session_keyring: "new" },
		flags: `${ofAnyUser} --security-opt seccomp=unconfined`,
		optional: keyctl,
		ofAny: { flags: `${ofAnyUser} --security-opt seccomp=unconfined`, optional: keyctl },
	},
	"a mount": {
		config: { user: "app", setup: [{ mount: { type: "bind", source: "/data/a", target: "/mnt" } }] },
		image: debian,
		volumes: { "/data": "mkdir a" },
		flags: `${ofAnyUser} --cap-add SYS_ADMIN`,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH ${toBecomeTheUser} --cap-add SYS_ADMIN --security-opt apparmor=unconfined`,
			worst: [{ "/data": "mkdir a; chown 4242:4242 .; chmod 700 ." }],
			// There is no AppArmor on a machine without it.
			spare: ["--security-opt apparmor=unconfined"],
		},
	},
	"sshfs over a local sftp-server": {
		image: debian,
		config: {
			user: "app",
			setup: [
				{ fuse: { target: "/mnt", command: ["sshfs", "-f", "localhost:/data/remote", "{mountpoint}", "-o", "ssh_command=/data/sftp"] } },
			],
		},
		volumes: {
			"/data": "printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' > sftp; chmod 755 sftp; mkdir remote; echo from afar > remote/f",
		},
		args: ["sh", "-c", "grep -q afar /mnt/f && : >/proc/self/fd/2"],
		flags: `${ofAnyUser} --cap-add SYS_ADMIN --device /dev/fuse:/dev/fuse:rw`,
		ofAny: {
			flags: `--cap-add CHOWN --cap-add DAC_READ_SEARCH ${toBecomeTheUser} --cap-add SYS_ADMIN --device /dev/fuse:/dev/fuse:rw --security-opt apparmor=unconfined`,
			optional: ["--cap-add KILL"],
			// Its target lies in the image.
			spare: ["--cap-add DAC_READ_SEARCH", "--security-opt apparmor=unconfined"],
		},
	},
};

const expected = (flags: string, optional: readonly string[] = []): Printed => ({
	flags: ["--cap-drop ALL", ...(flags === "" ? [] : flags.split(/ (?=--)/))],
	optional,
});

describe.each(Object.entries(cases))("the grants for %s", (_, each) => {
	const { image = busybox, config, args = reopening, given = [], volumes = {}, env = {}, ofAny } = each;
	const options = { image, config, env };
	const tryOn =
		(found: Volumes, surroundings: readonly string[]): Try =>
		async (flags) => {
			const start = { ...options, args: ["--", ...args], volumes: mounted(found), flags: [...surroundings, ...flags] };
			return (await runContainer(start)).status === 0;
		};
	const ask = (outlook: "any-volume" | "this-start") =>
		printed({ ...options, volumes: mounted(volumes) }, { under: given, command: args }, outlook);

	it("of this start are enough, and not one of them can be spared", { timeout: 300_000 }, async () => {
		const asking = await ask("this-start");
		expect(asking).toEqual(expected(each.flags, each.optional));
		expect(await unmissed(asking.flags, [tryOn(volumes, given)])).toEqual(each.spare ?? []);
	});

	it("of any volume are enough on the worst, and not one of them can be spared", { timeout: 300_000 }, async () => {
		const asking = await ask("any-volume");
		expect(asking).toEqual(expected(ofAny.flags, ofAny.optional));
		const tries = (ofAny.worst ?? [volumes]).map((worst) => tryOn({ ...volumes, ...worst }, ofAny.given ?? given));
		expect(await unmissed(asking.flags, tries)).toEqual(ofAny.spare ?? []);
	});
});
