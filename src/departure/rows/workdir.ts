import { fail } from "../../report/failure.ts";
import { quoted } from "../../report/text.ts";
import { errnoText } from "../../sys/errno-meaning.ts";
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
			const { message, remedy } = errnoText("chdir", result);
			fail("DROP_FAILED", `chdir to ${quoted(path)} as the user: ${message}`, {
				where: "drop workdir",
				remedy: makeIt(remedy, path),
			});
		}
	},
});

/** By its name. */
export function makeIt(remedy: readonly string[] | undefined, path: string): readonly string[] | undefined {
	return remedy?.map((line) => line.replace(/mkdir$/, `mkdir: ${quoted(path)}`));
}
