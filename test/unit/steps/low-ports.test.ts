import { expect, it } from "vitest";
import { ofForeignNetwork } from "../../../src/steps/sockets/low-ports.ts";
import { dockerRoot, FakeKernel } from "../../fake/index.ts";

const foreign = (uid: number, map: string) => {
	const files = {
		"/proc/sys/net/ipv4/ip_unprivileged_port_start": { kind: "file", uid, content: "1024\n" },
		"/proc/self/uid_map": map,
		"/proc/self/gid_map": map,
		"/proc/self/setgroups": "deny\n",
	} as const;
	return ofForeignNetwork(new FakeKernel({ process: dockerRoot(), files }).host, 80);
};

const mapped = "0 1000 1\n";

it("a network whose settings belong to nobody here is of another user namespace, in which no capability of this one counts", () => {
	const { EACCES } = foreign(65534, mapped);
	expect(EACCES?.message).toMatch(/^a port below 1024 takes CAP_NET_BIND_SERVICE in the user namespace that has the network/);
	expect(EACCES?.remedy?.[1]).toMatch(/net\.ipv4\.ip_unprivileged_port_start=80$/);
	expect([foreign(0, mapped), foreign(65534, "0 0 4294967295\n")]).toEqual([{}, {}]);
});
