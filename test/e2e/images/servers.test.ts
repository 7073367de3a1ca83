import { describe, expect, it } from "vitest";
import { runContainer, startContainer } from "../harness/run.ts";
import { volume } from "../steps/volume.ts";
import { as, filtersAdded } from "./example.ts";
import { closedTree, othersDirectory, othersWith } from "./grants.ts";
import { asRandom, asUid1000, guarded, itself, nothing, ofGroup0, open, refused, says, stepFailed } from "./rows.ts";
import { describeStarts } from "./starts.ts";

describeStarts("memcached", {
	user: "memcache",
	serves: (container) =>
		says(container, "VERSION", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/11211 && printf 'version\\r\\nquit\\r\\n' >&3 && cat <&3"),
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		ofAny: { capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"], worst: [{}] },
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": itself,
		"uid 1000": asUid1000,
		"a random uid with gid 0": asRandom,
	},
	more: {
		"root, with an option": { ends: itself, start: { args: ["-m", "32"] } },
		"a random uid without any capability": { ends: as(1_000_650_000, 0, "0"), start: { user: "1000650000:0", caps: nothing } },
	},
});

const publish = "mosquitto_pub -t t -m m -r && mosquitto_sub -t t -C 1 -W 5 && echo yes";

const mosquitto = describeStarts("mosquitto", {
	user: "mosquitto",
	place: "/mosquitto/data",
	serves: (container) => says(container, "yes", "sh", "-c", publish),
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP"],
		ofAny: {
			capabilities: ["CHOWN", "DAC_READ_SEARCH", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			worst: [{ "/mosquitto/data": closedTree }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": itself,
		"uid 1000": { ends: asUid1000, volume: open },
		"a random uid with gid 0": { ends: asRandom, volume: ofGroup0 },
	},
});

describe("mosquitto", () => {
	it("serves behind one filter more, which refuses a user namespace", async () => {
		const options = mosquitto.options({}, volume("chown 4242:4242 ."));
		const container = await startContainer(options);
		await container.waitFor("it serves", (each) => says(each, "yes", "sh", "-c", publish));
		expect(await filtersAdded(container, options)).toBe(1);
		const tried = { ...options, entrypoint: "/abdicate", args: ["--", "unshare", "--map-root-user", "--user", "whoami"] };
		const unconfined = { ...tried, flags: ["--security-opt", "seccomp=unconfined"] };
		const without = { ...unconfined, args: ["--seccomp", "none", ...tried.args] };
		expect([(await runContainer(unconfined)).stderr, (await runContainer(without)).stdout]).toEqual([
			expect.stringContaining("unshare failed: Operation not permitted"),
			"root\n",
		]);
	});
});

const filesOf = (id: string) => ["--tmpfs", `/run/nginx:uid=${id},mode=700`];

describeStarts("nginx", {
	user: "www-data",
	serves: (container) => says(container, "hello", "curl", "--silent", "http://127.0.0.1/"),
	asks: {
		capabilities: ["CHOWN", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE"],
		under: guarded,
		ofAny: {
			capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SETPCAP"],
			optional: ["NET_BIND_SERVICE"],
			worst: [{ "/run": othersDirectory }, { "/run": othersWith("nginx") }],
		},
	},
	every: {
		root: itself,
		"root, only with what the plan asks for": itself,
		"root, without any capability": refused,
		"root, no-new-privileges": itself,
		"root, read-only root file system": stepFailed,
		"uid 1000": { ends: asUid1000, start: { flags: filesOf("1000") } },
		"a random uid with gid 0": { ends: asRandom, start: { flags: filesOf("1000650000") } },
	},
	more: {
		"root, where ports are guarded": { ends: itself, start: { flags: guarded } },
		"root, read-only root file system, with a place for its files": { ends: itself, start: { flags: ["--read-only", "--tmpfs", "/run"] } },
	},
});
