import { isDevice } from "../../files/kind.ts";
import { statTrusted } from "../../files/open.ts";
import { octal } from "../../files/permissions.ts";
import type { Reads } from "../../sys/native.ts";
import { isAllowedByMode } from "../common/device-access.ts";
import type { ChildPower } from "./shapers.ts";

/** What is opened by those who hold one of these, and by its mode: the capability does not open it. */
const devicesOf: Readonly<Record<string, readonly string[]>> = {
	NET_ADMIN: ["/dev/net/tun", "/dev/ppp"],
	SYS_ADMIN: ["/dev/fuse"],
};

/** A device is its owner's, which for a node of `device` is the workload's user: root without DAC_OVERRIDE is anybody there. */
export function closedDevices(reads: Reads, { identity, capabilities }: ChildPower): readonly string[] {
	if (capabilities.includes("DAC_OVERRIDE")) {
		return [];
	}
	const paths = capabilities.flatMap((each) => devicesOf[each] ?? []);
	return paths.flatMap((path) => {
		const stat = statTrusted(reads, path);
		return stat === undefined || !isDevice(stat) || isAllowedByMode(stat, identity, "rw")
			? []
			: [
					`uid ${identity.uid} cannot open ${path}, mode ${octal(stat.mode & 0o7777)} of ${stat.uid}:${stat.gid}: a device step before it whose user it is gives it the node, DAC_OVERRIDE among its capabilities opens it`,
				];
	});
}
