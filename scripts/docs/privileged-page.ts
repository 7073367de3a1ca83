import { readFileSync } from "node:fs";
import { type Job, jobs } from "./privileged-jobs.ts";

const folder = "docs/why-privileged";
const flags: Readonly<Record<string, readonly string[]>> = JSON.parse(readFileSync(`${folder}/flags.json`, "utf8"));

/** docs/why-privileged.md */
export const privilegedPage = `# Why is my container privileged?

<!-- Generated from scripts/docs/privileged-jobs.ts and docs/why-privileged by \`make docs\`. -->

Mostly because something did not work, and \`--privileged\` made it work: it hands over every capability and every device, and takes away the filter, the label and the masks, at once. Here is what ${jobs.length} kinds of
jobs need of that, at the setup and for life, and the file that says so. *At the setup* means root with what the line of flags grants, before the drop; *for life* is what the workload holds, in a process
that can gain no more. Most jobs with a device need the node and its group, most that trace one capability, and many nothing.

\`user: app\` stands for the image's user, paths and addresses for yours. The flags are what \`abdicate plan FILE --format docker -- CMD\` prints for the file, without \`-v\`, networks and devices that no plan knows: these stand
in *besides*. [command-line.md](reference/command-line.md#what-a-runtime-has-to-grant) says how to read them; \`--format compose\` and \`kubernetes\` print the same for those. A filter is written where the
job needs none of what it closes. CHOWN among them is for standard output
(\`stdio: keep\` goes without), SETGID, SETUID and SETPCAP are for the drop itself.

*Tried* means that a test starts the file with exactly these flags, and a small program that makes the calls which such a job makes: it may, holds what is said and no more, and may not without any one of the
capabilities, devices and settings. Where a node is what counts, one of the same mode and group stands for it. What stands under *kernel* is who asks: a function of Linux, or the page of the manual.

| job | at the setup | for life | tried |
| --- | --- | --- | --- |
${jobs.map((job) => `| [${job.title}](#${anchor(job.title)}) | ${job.setup} | ${job.life} | ${triedWord(job)} |`).join("\n")}

${jobs.map(section).join("\n")}`;

/** As forges make them of a heading. */
function anchor(title: string): string {
	return title
		.toLowerCase()
		.replace(/[^\p{L}\p{N} _-]/gu, "")
		.replaceAll(" ", "-");
}

function triedWord({ tried }: Job): string {
	return typeof tried === "string" ? "yes" : `no, ${tried.not}`;
}

function section(job: Job): string {
	const { name, title, asked, kernel, sources, besides, tried } = job;
	const [line = "", ...optional] = flags[name] ?? [];
	const facts = [
		`- people add: ${asked}`,
		`- kernel: ${kernel}`,
		...(besides === undefined ? [] : [`- besides: ${besides}`]),
		`- from: ${sources.map((source) => (source.startsWith("https:") ? `<${source}>` : source)).join(", ")}`,
		...(typeof tried === "string" ? [] : [`- looked at by \`check\` alone: ${tried.not}`]),
	];
	const granted = [line, ...optional].filter((each) => each !== "").join("\n");
	return `## ${title}

${facts.join("\n")}

\`\`\`yaml
${readFileSync(`${folder}/${name}.yaml`, "utf8")}\`\`\`
${granted === "" ? "" : `\n\`\`\`sh\n${granted}\n\`\`\`\n`}`;
}
