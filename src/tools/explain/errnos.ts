import type { Problem } from "../../report/problem.ts";
import { errno } from "../../sys/errno.ts";
import { errnoMeaning } from "../../sys/errno-meaning.ts";
import { rows, type Told } from "./rows.ts";

/** An errno by its name, as messages here have it; of those that no message has, nothing is known. */
export function explainErrno(name: string): Told | undefined {
	const found = explainableErrnos().find((each) => each === name.toUpperCase()) as keyof typeof errno | undefined;
	if (found === undefined) {
		return undefined;
	}
	const { message, remedy = [] } = meaningOf(found) ?? { message: "" };
	return rows(`${found}: an errno, number ${errno[found]}`, {
		means: message,
		...(remedy.length === 0 ? {} : { "to do": remedy.join("\n") }),
		...(ofFilters.includes(found)
			? { seccomp: "explain CALL says whether docker-default, or the filter that is configured, refuses a call, and why" }
			: {}),
	});
}

/** What filters answer with. */
const ofFilters: readonly string[] = ["EPERM", "ENOSYS"];

/** By whatever call it comes, or else by the exec. */
function meaningOf(name: keyof typeof errno) {
	return errnoMeaning("", errno[name]) ?? errnoMeaning("execve", errno[name]) ?? ofNetworks[name];
}

/** What no step has to explain beyond its own words. connect(2), bind(2) */
const ofNetworks: Partial<Record<keyof typeof errno, Problem>> = {
	EADDRINUSE: { message: "something listens at this address already", remedy: ["ss -lntp says what; or choose another port"] },
	EADDRNOTAVAIL: { message: "this container has no such address", remedy: ["0.0.0.0 or [::] in its place"] },
	ENETUNREACH: {
		message: "there is no way to it from this network",
		remedy: ["docker run --network NAME ... | compose: networks: [NAME]"],
	},
	ECONNREFUSED: { message: "nobody listens there, yet or at all", remedy: ["a step wait_for before, with a longer timeout"] },
};

/** Every one that has an explanation. */
export function explainableErrnos(): string[] {
	return Object.keys(errno).filter((name) => meaningOf(name as keyof typeof errno) !== undefined);
}
