import { fail } from "../../report/failure.ts";
import { compileAll } from "./compiler.ts";
import { type Origin, writeStored } from "./stored.ts";

/** A stored filter that says what it was made of may hold anything else: a start takes it as it is, whoever is shown it sees the profile. */
export function requireGenuine(stored: string, origin: Origin): void {
	const compiled = compileAll(origin);
	if (compiled === undefined || writeStored(origin, compiled) !== stored) {
		fail("SECCOMP_STORED_DIFFERS", "the stored filter is not what the profile that it names is compiled to, and a start would load it", {
			where: "seccomp",
			remedy: ["abdicate compile makes it anew; ask who has written this one"],
		});
	}
}
