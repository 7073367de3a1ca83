interface DropInGuide {
	readonly does: string;
	/** Of docs/drop-ins, where it is another than that of the name. */
	readonly page?: string;
	/** What a configuration has in its place. */
	readonly yaml: string;
}

const tini: DropInGuide = {
	does: "starts a program and stays as its parent: signals go on to it, what ends is reaped, and its status is handed on",
	page: "tini",
	yaml: "init: true",
};

const reader = "abdicate inspect, which shows more of a process";

/** What this program is under the names of others. */
export const dropInGuide: Readonly<Record<string, DropInGuide>> = {
	gosu: { does: "runs a command as another user: gosu USER[:GROUP] COMMAND", yaml: "user: USER" },
	"su-exec": { does: "runs a command as another user: su-exec USER[:GROUP] COMMAND", yaml: "user: USER" },
	tini,
	"tini-static": tini,
	"docker-init": tini,
	"dumb-init": {
		does: "starts a program in a session of its own and stays as its parent: signals go on to the session, or others in their place",
		yaml: "init: true, init: {signals: {TERM: QUIT}}",
	},
	setpriv: {
		does: "runs a program with other ids, groups, capability sets and securebits, and behind walls, by options",
		yaml: "user, groups, capabilities, securebits, landlock, seccomp",
	},
	capsh: {
		does: "changes ids, capabilities and securebits one after the other, in the order of its arguments, tells of them, and becomes a shell",
		yaml: "user, capabilities; abdicate inspect and decode tell of them",
	},
	getpcaps: { does: "prints what processes hold, in the words of libcap", yaml: reader },
	pscap: { does: "lists the processes that have an effective capability", yaml: reader },
};
