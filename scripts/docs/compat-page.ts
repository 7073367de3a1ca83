import { existsSync, readFileSync } from "node:fs";
import { parseCorpus, type Row, suites } from "../../test/compat/harness/corpus-text.ts";
import { table } from "./table.ts";
import { type UpstreamRun, upstreamRuns } from "./upstream-tests.ts";

/** docs/compat.md */
export const compatPage = `# Same cases, two programs

<!-- Generated from test/compat/corpus and scripts/docs/upstream-tests.ts by \`make docs\`; the words between are in scripts/docs/compat-page.ts. -->

This program stands in for gosu, su-exec, tini, dumb-init, setpriv and capsh. \`make compat\` runs the same command lines by Debian's programs and by ours, from the same
starts, and compares what they come to. The lines are such as public Dockerfiles, charts and scripts have, and such as nobody should write.

${table(["drop-in", "lines", "cases", "the same", "meant to differ", "by"], suites.map(numbers))}

A case is a line from one start. *Meant to differ* are cases with a key, and *by* is the number of keys, each of which is a row of \`## What differs\` on the page of the drop-in with its reason.

## What is compared

Each line runs in a house, a copy-on-write view of the machine's files with accounts of its own, in which ours lie under the names and at the places of what they
replace. The command is a witness that tells its state. Compared are, as whole values,

- the exit status;
- the output, every byte of it but process ids;
- what the error output is about: usage, an unknown user, group or capability, a refusal of the kernel, a program that is not found or not executable, an answer, a warning; not its words;
- the state of the command: real, effective, saved and file system ids, groups, five capability sets, securebits, no_new_privs, the parent-death signal, HOME and
  every variable that changed, argv, how the process stands to who started it, session and group; and, against the start, signal mask, ignored signals, umask,
  nice value, limits, descriptors, directory, seccomp mode and dumpability;
- for an init, who gets which signal: the workload, another process of its group, and one in a session of its own; and how many orphans nobody has waited for.

## Starts

${table(
	["start", "is"],
	[
		["`root`", "uid 0 with all capabilities but SYS_RESOURCE, groups 0, 4 and 27"],
		["`dd`", "uid 0 with Docker's 14 capabilities"],
		["`drop`, `setid`, `setpc`", "uid 0 with none, with SETUID and SETGID, with SETPCAP as well"],
		["`u1000`", "uid 1000, bounding set as `dd`"],
		["`uamb`", "uid 1000 with NET_BIND_SERVICE ambient"],
		["`+nnp`", "no_new_privs is set"],
		["`+first`", "the first process of a process namespace"],
		["`+broken`, `+bare`", "lines in the account files that nobody should have written; no account files"],
		["`+odd`", "signals ignored and blocked, umask, nice value, a limit, a parent-death signal, an open descriptor"],
		["`+nofile`", "a soft limit of open files below the hard one"],
	],
)}

## What differs

A difference that is meant has a key in the row of its case, beside what ours comes to, which is asserted as well. A difference without a key fails, a key that its page does not have or no case
has fails, and a case with a key that does not differ fails. Debian has no package of su-exec: ours is compared with what su-exec 0.2 and 0.3 were seen to do. For the others a test compares what was recorded
with what the machine's programs do.

Programs that are not replaced (chpst, runuser, su, chroot, s6, catatonit, busybox) are no part of it.

## Upstream's own tests

Run by hand with our binary in place of theirs, and with theirs on the same machine.

${table(["tests of", "what", "checks", "hold for theirs", "hold for ours", "the others"], upstreamRuns.map(upstream))}
`;

function numbers(suite: (typeof suites)[number]): string[] {
	const rows: readonly Row[] = parseCorpus(suite, readFileSync(`test/compat/corpus/${suite}.tsv`, "utf8"));
	const lines = new Set(rows.map(({ line }) => line));
	const differing = rows.filter(({ differs }) => differs !== undefined);
	const keys = new Set(differing.flatMap(({ differs }) => differs?.split(",") ?? []));
	const name = existsSync(`docs/drop-ins/${suite}.md`) ? `[${suite}](drop-ins/${suite}.md)` : suite;
	return [name, ...[lines.size, rows.length, rows.length - differing.length, differing.length, keys.size].map(String)];
}

function upstream({ of, program, checks, there, here, others }: UpstreamRun): string[] {
	return [of, program, ...[checks, there, here].map(String), others];
}
