import { observeStart } from "../../../departure/start.ts";
import { fail } from "../../../report/failure.ts";
import type { Host } from "../../../sys/native.ts";
import { endingAs } from "../common/ends.ts";
import { becomeUser } from "./become-user.ts";
import { resolveUser } from "./user.ts";

/** Whose interface this is: `abdicate --version` tells our own. */
const version = "1.17 (abdicate)";
const ownEnd = 1;

export const gosu = endingAs({ usage: ownEnd, refused: ownEnd, notFound: ownEnd, notExecutable: ownEnd }, (host, name, args) => {
	const [user, ...command] = args;
	if (user === "--version" || user === "-v") {
		return print(host, `${version}\n`);
	}
	if (user === "--help" || user === "-h" || user === "-?") {
		return print(host, usageOf(name));
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

function usageOf(name: string): string {
	return [
		`Usage: ${name} USER[:GROUP] COMMAND [ARG...]`,
		`   eg: ${name} app id`,
		`       ${name} nobody:video sh -c 'id && pwd'`,
		`       ${name} 1000:1000 id`,
		"",
		`${name} version: ${version}`,
		"",
	].join("\n");
}

function print(host: Host, text: string): number {
	host.write(1, text);
	return 0;
}
