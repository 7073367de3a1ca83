import { must } from "../../sys/act.ts";
import { row } from "../row.ts";

export const workdir = row<string>({
	act: "give up",
	reason: "entered as the user, so that the user's own permissions decide",
	after: { uid: "root would be asked whether it may enter" },
	plan: ({ request }) => request.workdir,
	apply: ({ host }, path) => must(host, "chdir", path),
});
