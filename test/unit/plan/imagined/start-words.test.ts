import { describe, expect, it } from "vitest";
import { dockerDefaults } from "../../../../src/capability/guide.ts";
import { CapabilitySet } from "../../../../src/capability/set.ts";
import { namedStarts } from "../../../../src/plan/imagined/named-starts.ts";
import { parseStart } from "../../../../src/plan/imagined/start-words.ts";
import { Failure } from "../../../../src/report/failure.ts";

const docker = namedStarts["docker"];
const defaults = CapabilitySet.of(...dockerDefaults);

function refused(text: string): string {
	try {
		parseStart(text);
		return "taken";
	} catch (error) {
		return error instanceof Failure ? error.diagnostics.map(({ message }) => message).join() : `${error}`;
	}
}

describe("a start in words", () => {
	it.each(Object.entries(namedStarts))("%s is a whole one", (name, start) => {
		expect(parseStart(name)).toEqual(start);
	});

	it("without a name is Docker's, and what is otherwise", () => {
		expect(parseStart("user=app:video,groups=44+100,caps=none,read-only,nnp,device=/dev/fuse,volume=/data,tmpfs=/run")).toEqual({
			...docker,
			user: "app:video",
			groups: ["44", "100"],
			capabilities: CapabilitySet.empty,
			isReadOnly: true,
			noNewPrivileges: true,
			devices: ["/dev/fuse"],
			volumes: [
				{ path: "/data", type: "ext4" },
				{ path: "/run", type: "tmpfs" },
			],
		});
	});

	it("has the settings that it names", () => {
		expect(parseStart("sysctl=net.core.somaxconn=4096,sysctl=net.ipv4.ip_local_port_range=1024 65000").settings).toEqual({
			"/proc/sys/net/core/somaxconn": "4096",
			"/proc/sys/net/ipv4/ip_local_port_range": "1024 65000",
		});
	});

	it("goes on from a whole one", () => {
		expect(parseStart("privileged,caps=-SYS_ADMIN,no-devices,no-seccomp")).toEqual({
			...namedStarts["privileged"],
			capabilities: namedStarts["privileged"]?.capabilities.minus(CapabilitySet.of("SYS_ADMIN")),
			devices: [],
		});
	});

	it.each([
		["caps=docker", defaults],
		["caps=none", CapabilitySet.empty],
		["caps=none+cap_net_raw", CapabilitySet.of("NET_RAW")],
		["caps=NET_ADMIN+SYS_ADMIN", CapabilitySet.of("NET_ADMIN", "SYS_ADMIN")],
		["caps=+NET_ADMIN", defaults.union(CapabilitySet.of("NET_ADMIN"))],
		["caps=-NET_RAW-CHOWN", defaults.minus(CapabilitySet.of("NET_RAW", "CHOWN"))],
		["caps=all-docker", CapabilitySet.upTo(40 as never).minus(defaults)],
	])("%s are capabilities", (text, capabilities) => {
		expect(parseStart(text)).toEqual({ ...docker, capabilities });
	});

	it.each([
		["dcker", '--as: "dcker" is no word for a start; did you mean "docker"?'],
		["read-only,docker", "--as: docker is a whole start, which goes first"],
		["caps=NET_ADMN", '--as: "NET_ADMN" is not a capability'],
		["caps=NET_ADMIN SYS_ADMIN", '--as: "NET_ADMIN SYS_ADMIN" is no list of capabilities'],
		["caps", "--as: caps needs a value: caps=..."],
		["device=fuse", '--as: device="fuse" is not an absolute path'],
		["sysctl=net.core.somaxconn", '--as: sysctl="net.core.somaxconn" is not NAME=VALUE, such as net.core.somaxconn=4096'],
		["sysctl=../../etc=1", '--as: sysctl="../../etc=1" is not NAME=VALUE, such as net.core.somaxconn=4096'],
		["constructor", '--as: "constructor" is no word for a start'],
		["nnp=1", '--as: "nnp=1" is no word for a start; did you mean "nnp"?'],
		["", '--as: "" is no word for a start'],
	])("%j is none", (text, message) => {
		expect(refused(text)).toBe(message);
	});
});
