import type { SelinuxParts } from "../../../confine/labels/label.ts";
import { fail } from "../../../report/failure.ts";
import { quoted } from "../../../report/text.ts";

/** `user:role:type`, with or without a level. selinux(8) */
export function contextParts(text: string): SelinuxParts {
	const [, user, role, type, level] = /^([!-9;-~]+):([!-9;-~]+):([!-9;-~]+)(?::([!-~]+))?$/.exec(text) ?? [];
	return type === undefined
		? fail("LABEL_REFUSED", `${quoted(text)} is no context`, {
				where: "--selinux-label",
				remedy: ["user:role:type:level, as id -Z prints it"],
			})
		: { user, role, type, level };
}
