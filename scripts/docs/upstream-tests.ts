/** Upstream's own test programs, run by hand with our binary in place of theirs. */
export interface UpstreamRun {
	readonly of: string;
	readonly program: string;
	/** How many checks it has, and how many of them hold for theirs on the same machine and for ours. */
	readonly checks: number;
	readonly there: number;
	readonly here: number;
	/** Why the others do not. */
	readonly others: string;
}

export const upstreamRuns: readonly UpstreamRun[] = [
	{
		of: "gosu",
		program: "the lines of Dockerfile.test-debian, by root",
		checks: 34,
		there: 34,
		here: 32,
		others: "an empty user is refused (2)",
	},
	{
		of: "tini",
		program: "test/run_inner_tests.py: 256 exit codes twice, reaping, signals, groups, parent death",
		checks: 538,
		there: 538,
		here: 531,
		others:
			"the words of the two warnings (7): all hold when ours are looked for. The two checks of groups race with Python's fork: 4 of 120 runs fail with theirs, 10 of 120 with ours",
	},
	{
		of: "dumb-init",
		program: "tests, by pytest",
		checks: 178,
		there: 178,
		here: 99,
		others:
			"what is written to standard error (79): usage, help, version and the lines of -v are our own; with those assertions taken out 177 hold, and the last is the look at the working directory. Four more fail with theirs too, where dash executes the last command of a line in place; the look at the working directory races in both",
	},
	{
		of: "libcap",
		program: "progs/quicktest.sh of 2.76, of which the copies with file capabilities or set-user-ID stay libcap's",
		checks: 41,
		there: 40,
		here: 40,
		others: "one wants a static capsh, which Debian's is not",
	},
];
