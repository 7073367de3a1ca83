import { choice } from "../../config/fields.ts";
import { optional } from "../../config/mapping.ts";
import { fail } from "../../report/failure.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
import { row } from "../row.ts";

/** An empty session keyring instead of the one of the start. */
export const sessionKeyring = row<true, "keep" | "new">({
	act: "give up",
	reason: "a keyring belongs to the uid and gid that join it, and root's own would be of no use to the user",
	after: { uid: "it would be root's" },
	key: {
		name: "session_keyring",
		description:
			"`keep` (default) or `new`: an empty session keyring of the user, joined after the change of the uid; Docker's filter refuses it. See session-keyring(7).",
		field: () => optional(() => choice("keep", "new"), "keep"),
	},
	plan: ({ setting }) => setting === "new" || undefined,
	shown: () => "new",
	apply: ({ host }) => {
		const result = host.joinSessionKeyring();
		if (result < 0) {
			const { message, remedy } = errnoText("keyctl", result);
			fail("DROP_FAILED", `keyctl(KEYCTL_JOIN_SESSION_KEYRING): ${message}`, { where: "drop session-keyring", remedy });
		}
	},
});
