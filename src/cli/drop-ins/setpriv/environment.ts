import type { Account } from "../../../identity/identity.ts";
import { fail } from "../../../report/failure.ts";
import { givenIn } from "../../../sys/environ.ts";

const root = 0;
/** As util-linux has them. */
const paths = { root: "/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin", others: "/usr/local/bin:/bin:/usr/bin" } as const;

/** Nothing of the start but the terminal, and the user's own. `uid` is the real one, whose entry it is. */
export function resetEnvironment(inherited: readonly string[], account: Account | undefined, uid: number): string[] {
	if (account === undefined) {
		fail("USER_UNKNOWN", `uid ${uid} has no entry in /etc/passwd, so that HOME and USER would be those of somebody else`, {
			where: "--reset-env",
			remedy: ["leave it out, and set what the program needs: env -i HOME=/ PATH=... setpriv ..."],
		});
	}
	const terminal = givenIn(inherited, "TERM");
	return [
		...(terminal === undefined ? [] : [`TERM=${terminal}`]),
		`SHELL=${account.shell || "/bin/sh"}`,
		`HOME=${account.home}`,
		`USER=${account.name}`,
		`LOGNAME=${account.name}`,
		`PATH=${account.uid === root ? paths.root : paths.others}`,
	];
}
