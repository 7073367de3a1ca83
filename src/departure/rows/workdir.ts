import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { errno, errnoName } from "../../sys/errno.ts";
import { row } from "../row.ts";

export const workdir = row<string>({
	act: "give up",
	reason: "entered as the user, so that the user's own permissions decide",
	after: { uid: "root would be asked whether it may enter" },
	plan: ({ request }) => request.workdir,
	shown: (path) => path,
	apply: ({ host }, path) => {
		const result = host.chdir(path);
		if (result < 0) {
			fail("DROP_FAILED", `chdir to ${quoted(path)} as the user: ${errnoName(result)}`, {
				where: "drop workdir",
				remedy:
					result === -errno.EACCES ? ["let the user enter it and each directory above it"] : ["make it in the image or by a step: mkdir"],
			});
		}
	},
});
