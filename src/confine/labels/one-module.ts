import { fail } from "../../report/failure.ts";

/** Of the keys of a configuration: wherever it starts, one of the two modules is not there. */
export function requireOneModule({ apparmor, selinux }: Readonly<Record<string, unknown>>): void {
	if (apparmor !== undefined && selinux !== undefined) {
		fail("CONFIG_CONFLICT", "apparmor and selinux are never active in one kernel, so a start has one of them at most", {
			where: "selinux",
			remedy: ["where one image is for both: apparmor: ${PROFILE:-none} and selinux: ${TYPE:-none}"],
		});
	}
}
