import { as } from "./example.ts";
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

describeStarts("mosquitto", {
	user: "mosquitto",
	place: "/mosquitto/data",
	serves: (container) => says(container, "yes", "sh", "-c", "mosquitto_pub -t t -m m -r && mosquitto_sub -t t -C 1 -W 5 && echo yes"),
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
