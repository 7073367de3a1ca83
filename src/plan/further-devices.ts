import { grantRemedy } from "../capability/grant.ts";
import { capability, capabilityName } from "../capability/names.ts";
import { passedOver } from "../confine/devices/mode.ts";
import { nodeOf } from "../confine/devices/node.ts";
import type { PlannedNode } from "../confine/devices/part.ts";
import type { DeviceAccess, FurtherDevice } from "../confine/devices/setting.ts";
import type { DevicesAsk } from "../departure/walls.ts";
import { statTrusted } from "../files/open.ts";
import { allows } from "../files/permissions.ts";
import { observeUserNamespace } from "../identity/user-namespace.ts";
import { fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";
import { deviceRemedy } from "../steps/common/device-access.ts";

export interface WantedNode extends PlannedNode {
	/** A step may make or change it. */
	readonly isLate: boolean;
}

const bits: Readonly<Record<DeviceAccess, number>> = { r: 4, w: 2, rw: 6 };
/** Root's, so that the workload gives itself no more by chmod(2); its group's, so that it is let in. */
const modes: Readonly<Record<DeviceAccess, number>> = { r: 0o640, w: 0o620, rw: 0o660 };

/** A node beside the default set: bound as it is where its mode gives the workload what is wanted and no more, else one of its own. */
export function planFurther(
	{ path, access }: FurtherDevice,
	{ reads, start, request, ofWorkload: { leavesFor } }: DevicesAsk,
): WantedNode | undefined {
	const { uid, gid, groups } = request.identity;
	const kept = request.sets.permitted.union(request.sets.inheritable).list().map(capabilityName);
	const passed = passedOver({ path, access }, uid === 0, kept);
	if (passed !== undefined) {
		fail("CONFINE_REFUSED", passed.message, { where: "devices", remedy: passed.remedy });
	}
	const stat = statTrusted(reads, path);
	const node = stat && nodeOf(path, stat);
	const isLate = leavesFor.mayMake(path);
	if (stat === undefined || node === undefined) {
		return isLate
			? { path, type: "c", rdev: "", mode: 0, uid: 0, gid: 0, by: "bind", isLate }
			: refuseMissing(path, stat !== undefined, start);
	}
	const viewer = { uid, groups: [...groups, gid] };
	const given = (bits.rw & (allows(stat, viewer, 4) ? 4 : 0)) | (allows(stat, viewer, 2) ? 2 : 0);
	const fits = access === "rw" ? given === bits.rw : given === bits[access] && stat.uid !== uid;
	if (fits || (isLate && access === "rw")) {
		return { ...node, by: "bind", isLate };
	}
	requireMaking(path, access, reads, start);
	return { ...node, mode: modes[access], uid: 0, gid, by: "mknod", isLate: false };
}

function requireMaking(path: string, access: DeviceAccess, reads: DevicesAsk["reads"], start: DevicesAsk["start"]): void {
	const lacks = (["SYS_ADMIN", "MKNOD", "CHOWN"] as const).filter((name) => !start.credentials.sets.permitted.has(capability(name)));
	if (lacks.length > 0 || observeUserNamespace(reads) !== undefined) {
		const why = lacks.length > 0 ? `takes ${lacks.join(", ")}, which is not held` : "is refused in a user namespace";
		fail("CONFINE_REFUSED", `${quoted(path)}: its mode does not give the workload just ${access}, and a node that does ${why}`, {
			where: "devices",
			remedy: [
				...(lacks.length > 0 ? grantRemedy(lacks) : []),
				"or groups.add with the group of the device, where rw is wanted and its group has it",
			],
		});
	}
}

/** A start that is only imagined has it. */
function refuseMissing(path: string, isThere: boolean, { isImagined }: DevicesAsk["start"]): undefined {
	return isImagined === true
		? undefined
		: fail("CONFINE_REFUSED", `${quoted(path)} is ${isThere ? "no device" : "not there"}, and no step makes it`, {
				where: "devices",
				remedy: deviceRemedy(path),
			});
}
