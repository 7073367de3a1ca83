import { observeStart } from "../../../departure/start.ts";
import { alwaysEndingWith, endingAs } from "../common/ends.ts";
import { becomeUser } from "./become-user.ts";
import { resolveUser, withPrimaryGroup } from "./user.ts";

const ownEnd = 1;

/** As of 0.3: it has no options, and prints how it is called where that is too short. */
export const suExec = endingAs(alwaysEndingWith(ownEnd), (host, name, args) => {
	const [user, program, ...rest] = args;
	if (user === undefined || program === undefined) {
		host.write(1, `Usage: ${name} USER[:GROUP] COMMAND [ARG...]\n`);
		return ownEnd;
	}
	const start = observeStart(host);
	return becomeUser(host, name, [program, ...rest], withPrimaryGroup(resolveUser(user, start, host)), start);
});
