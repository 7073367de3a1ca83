import { capabilityGuide, type Danger } from "../../src/capability/guide.ts";
import { powerfulGroups } from "../../src/tools/guides/powerful-groups.ts";
import { asRoot, boundingWeight, heldWeight, lockWeight, namespaceWeight, wordLimits } from "../../src/tools/inspect/exposure.ts";
import { codes, table } from "./table.ts";

const points = (tenths: number) => (tenths / 10).toFixed(1);
const named = (danger: Danger) =>
	codes(
		Object.entries(capabilityGuide)
			.filter(([, guide]) => guide.danger === danger)
			.map(([name]) => name),
	);

const what: readonly (readonly [tenths: number, what: string])[] = [
	[lockWeight.root, `uid 0, real, effective or saved; or, without it, one of ${codes(asRoot)}, effective or permitted`],
	[lockWeight.noNewPrivileges, "no_new_privs is off"],
	[lockWeight.seccomp, "no seccomp filter"],
	[lockWeight.label, "no label of AppArmor, SELinux or Smack, or one that confines nothing"],
	[lockWeight.securebits, "securebits that are not set and locked as a drop leaves them"],
	[lockWeight.ambient, "an ambient set"],
	[lockWeight.inheritable, "an inheritable set beyond that"],
	[lockWeight.socket, "each open raw or packet socket"],
	[lockWeight.limit, "each of the cgroup's limits of processes and memory that is unlimited"],
	...Object.entries(namespaceWeight).map(([kind, [tenths, reason]]) => [tenths, `the machine's ${kind} namespace: ${reason}`] as const),
	...Object.entries(powerfulGroups).map(([name, [tenths, reason]]) => [tenths, `group \`${name}\`: ${reason}`] as const),
];

export const scorePage = `<!-- Written by scripts/docs.mjs. -->

# The score

\`plan --score\` and \`inspect --score\` add up what somebody would have who took the process over, in tenths, 10 at most. Each line of what they print is one row of this page, so that
a point can be argued, or accepted by \`--threshold\`. What could not be seen adds nothing, is listed with \`-\`, and makes the sum the least. It compares starts of one image; it says nothing of the program's own faults.

${table(
	[
		"danger of a capability",
		"effective or permitted",
		"in the bounding set alone",
		"so, with no_new_privs",
		"in a program beside it",
		"capabilities",
	],
	(Object.keys(heldWeight) as Danger[]).map((danger) => [
		danger,
		points(heldWeight[danger]),
		points(boundingWeight.off[danger] ?? 0),
		points(boundingWeight.on[danger] ?? 0),
		points(Math.ceil(heldWeight[danger] / 2)),
		named(danger),
	]),
)}

A program beside the workload is one that a step leaves running (\`plan\` alone): half of what it has more, ${points(Math.ceil(lockWeight.root / 2))} for uid 0; the whole, where the workload keeps SYS_PTRACE. A capability that is newer than this program counts as high, a socket
of a daemon that is given away or whose group is taken as the group \`docker\`, and group 0 beside uid 0 as nothing.

${table(
	["points", "for"],
	what.map(([tenths, text]) => [points(tenths), text]),
)}

${table(
	["sum", "word"],
	wordLimits.map(([tenths, word]) => [`to ${points(tenths)}`, word]),
)}
`;
