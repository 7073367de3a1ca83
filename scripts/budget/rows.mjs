// The rows of the drop (docs/order.md) by the calls that they make, in the trace of a start that has all of them.

/** In their order. `capset` has no name of its own: rows that have the same call take it in turn. */
const callOf = {
	authority: /^capset\(/,
	bounding: /^prctl\(PR_CAPBSET_DROP,/,
	"keep-capabilities-on": /^prctl\(PR_SET_KEEPCAPS, 1/,
	groups: /^setgroups\(/,
	gid: /^setresgid\(/,
	uid: /^setresuid\(/,
	"session-keyring": /^keyctl\(KEYCTL_JOIN_SESSION_KEYRING/,
	"keep-capabilities-off": /^prctl\(PR_SET_KEEPCAPS, 0/,
	transition: /^capset\(/,
	"ambient-clear": /^prctl\(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL/,
	"ambient-raise": /^prctl\(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE/,
	securebits: /^prctl\(PR_SET_SECUREBITS/,
	sets: /^capset\(/,
	"parent-death-signal": /^prctl\(PR_SET_PDEATHSIG/,
	workdir: /^chdir\(/,
	"no-new-privileges": /^prctl\(PR_SET_NO_NEW_PRIVS/,
};

/**
 * System calls by row, of what lies before and between them, and of what follows: layout of descriptors, verification, exec. The
 * drop begins where the bounding set does, but for the one call that raises what it takes.
 */
export function rowCosts(calls) {
	const begin = calls.findIndex((call) => callOf.bounding.test(call)) - 1;
	const names = Object.keys(callOf);
	const costs = Object.fromEntries(names.map((name) => [name, 0]));
	let [row, at, between] = [0, begin, 0];
	for (; row < names.length && at < calls.length; at += 1) {
		const next = names.findIndex((name, index) => index >= row && callOf[name].test(calls[at]));
		if (next < 0) {
			between += 1;
			continue;
		}
		row = next;
		costs[names[row]] += 1;
		if (names[row] === names.at(-1)) {
			break;
		}
	}
	return { before: begin, ...costs, between, after: calls.length - at - 1 };
}
