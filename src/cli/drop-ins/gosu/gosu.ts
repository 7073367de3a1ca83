import { observeStart } from "../../../departure/start.ts";
import { fail } from "../../../report/failure.ts";
import { alwaysEndingWith, endingAs } from "../common/ends.ts";
import { print } from "../common/print.ts";
import { becomeUser } from "./become-user.ts";
import { resolveUser } from "./user.ts";

/** Whose interface this is: `abdicate --version` tells our own. */
const version = "1.17 (abdicate)";

export const gosu = endingAs(alwaysEndingWith(1), (host, name, args) => {
	const [user, ...command] = args;
	if (user === "--version" || user === "-v") {
		return print(host, 1, [version]);
	}
	if (user === "--help" || user === "-h" || user === "-?") {
		return print(host, 1, usageOf(name));
	}
	const [program, ...rest] = command;
	if (user === undefined || program === undefined) {
		fail("USAGE", user === undefined ? "no user and no command were given" : "no command was given", {
			remedy: [`${name} USER[:GROUP] COMMAND [ARG...]`],
		});
	}
	const start = observeStart(host);
	return becomeUser(host, name, [program, ...rest], resolveUser(user, start, host), start);
});

function usageOf(name: string): readonly string[] {
	return [
		`Usage: ${name} USER[:GROUP] COMMAND [ARG...]`,
		`   eg: ${name} app id`,
		`       ${name} nobody:video sh -c 'id && pwd'`,
		`       ${name} 1000:1000 id`,
		"",
		`${name} version: ${version}`,
	];
}
