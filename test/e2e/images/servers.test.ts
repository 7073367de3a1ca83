import { as } from "./example.ts";
import { describeStarts, itself, noNewPrivileges, ofGroup0, only, open, refused, says } from "./starts.ts";

const random = { user: "1000650000:0" };
const asRandom = as(1_000_650_000, 0);

describeStarts("memcached", {
	user: "memcache",
	serves: (container) =>
		says(container, "VERSION", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/11211 && printf 'version\\r\\nquit\\r\\n' >&3 && cat <&3"),
	rows: [
		["root", {}, itself],
		["root, with an option", { args: ["-m", "32"] }, itself],
		["root, only with what the plan asks for", only(), itself],
		["root, without any capability", { caps: { drop: ["ALL"] } }, refused],
		["root, no-new-privileges", noNewPrivileges, itself],
		["root, read-only root file system", { flags: ["--read-only"] }, itself],
		["uid 1000", { user: "1000:1000" }, as(1000, 1000)],
		["a random uid with gid 0, without any capability", { ...random, caps: { drop: ["ALL"] } }, as(1_000_650_000, 0, "0")],
	],
});

describeStarts("mosquitto", {
	user: "mosquitto",
	place: "/mosquitto/data",
	serves: (container) => says(container, "yes", "sh", "-c", "mosquitto_pub -t t -m m -r && mosquitto_sub -t t -C 1 -W 5 && echo yes"),
	rows: [
		["root", {}, itself],
		["root, only with what the plan asks for", only("CHOWN"), itself],
		["root, without any capability", { caps: { drop: ["ALL"] } }, refused],
		["root, no-new-privileges", noNewPrivileges, itself],
		["root, read-only root file system", { flags: ["--read-only"] }, itself],
		["uid 1000", { user: "1000:1000" }, as(1000, 1000), open],
		["a random uid with gid 0", random, asRandom, ofGroup0],
	],
});

describeStarts("nginx", {
	user: "www-data",
	serves: (container) => says(container, "hello", "curl", "--silent", "http://127.0.0.1/"),
	rows: [
		["root", {}, itself],
		["root, where ports are guarded", { flags: ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"] }, itself],
		["root, only with what the plan asks for", only("CHOWN", "NET_BIND_SERVICE"), itself],
		["root, without any capability", { caps: { drop: ["ALL"] } }, refused],
		["root, no-new-privileges", noNewPrivileges, itself],
		["root, read-only root file system, with a place for its files", { flags: ["--read-only", "--tmpfs", "/run"] }, itself],
		["root, read-only root file system", { flags: ["--read-only"] }, "125 STEP_FAILED"],
		["uid 1000, with a place for its files", { user: "1000:1000", flags: ["--tmpfs", "/run/nginx:uid=1000,mode=700"] }, as(1000, 1000)],
		[
			"a random uid with gid 0, with a place for its files",
			{ ...random, flags: ["--tmpfs", "/run/nginx:uid=1000650000,mode=700"] },
			asRandom,
		],
	],
});
