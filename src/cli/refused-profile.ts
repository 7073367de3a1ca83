import { Failure, fail } from "../report/failure.ts";
import { quoted } from "../report/text.ts";

/** What `--seccomp` cannot be, with the advice that the same value has in a file. */
export function refuseProfile(written: string, error: unknown): never {
	const advice = error instanceof Failure ? (error.diagnostics[0].remedy ?? []) : [];
	const remedy = advice.map((each) => each.replace(/^write seccomp: /, "write --seccomp ").replaceAll("seccomp: ", "--seccomp "));
	return fail(
		"USAGE",
		`--seccomp ${quoted(written)}: expected docker-default, none or the path of a profile`,
		remedy.length === 0 ? {} : { remedy },
	);
}
