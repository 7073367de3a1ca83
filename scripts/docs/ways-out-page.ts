import { openToday, reportDifferences, ways } from "../../test/harness/ways-out/ways.ts";
import { code, table } from "./table.ts";

const list = (rows: Readonly<Record<string, string>>) =>
	Object.entries(rows)
		.map(([name, text]) => `- ${name}: ${text}.`)
		.join("\n");

export const waysOutPage = `# Ways out of a container

<!-- Generated from test/harness/ways-out/ways.ts by \`make docs\`; the words between are in scripts/docs/ways-out-page.ts. -->

What \`confine: docker-default\` is measured by: everything here is tried by a program ([test/probe/ways](../test/probe/ways)) as the workload of a privileged
container with that word, and in an ordinary one (\`docker run --user app --security-opt no-new-privileges --cap-drop ALL\`), and the answers have to be the
same, to the errno: as \`user: app\` and as \`user: root\`, beside a daemon that serves files, a program of root's in the background, a terminal, and for what
\`abdicate enter\` brings in. On Linux 5.10, 6.1 and 6.12 with all capabilities held it is tried again, with what restarts or crashes a machine. Without \`confine\` the
same container has all of it that its kernel has and its runtime does not keep: the tests show that too. No list is complete; a way that is not here is a line in that file.

${table(
	["way", "tried", "worth"],
	Object.entries(ways).map(([name, { tries, gives }]) => [code(name), tries, gives]),
)}

An ordinary container has some of them, by its Docker's version; \`docker-default\` is as the newest:

${list(Object.fromEntries(Object.entries(openToday).map(([name, { reason }]) => [code(name), reason])))}

To root, whose capabilities are gone, an ordinary container leaves \`setuid\` and \`kpageflags\`, and so does this one: no boundary lies between root and its own files.

## What is not the same

The probe's whole report (ids, groups, capabilities, limits, descriptors, signals, environment, namespaces, every mount, every node below /dev, each masked and each read-only
path) is compared as well. It differs in:

${list(reportDifferences)}

What nobody can give back from inside, a device cgroup, a label that is not loaded, the host's cgroup and user namespaces, mounts that were brought in by \`-v\`, is
printed by \`plan\` and at \`-v\`.
`;
