import { type OptionRow, runOptions } from "../../src/cli/option-table.ts";
import { dropInNames } from "../../src/cli/other-names.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { actNames, acts } from "../../src/departure/act.ts";
import { departureOrder } from "../../src/departure/order.ts";
import type { AnyRow } from "../../src/departure/row.ts";
import { rows } from "../../src/departure/rows.ts";
import { errorCodes } from "../../src/report/codes.ts";
import { summaryOf } from "../../src/steps/facts.ts";
import { stepKinds } from "../../src/steps/index.ts";
import { rules } from "../../src/tools/check/lint/rules.ts";
import { errorSummaries } from "../../src/tools/guides/error-summaries.ts";
import { optionDescriptions } from "../../src/tools/guides/option-descriptions.ts";
import { defaultOf } from "../../src/tools/schema/default-of.ts";
import { writeSchema } from "../../src/tools/schema/schema.ts";
import { compatPage } from "./compat-page.ts";
import { initPage } from "./init-page.ts";
import { privilegedPage } from "./privileged-page.ts";
import { scorePage } from "./score-page.ts";
import { seccompPage } from "./seccomp-page.ts";
import { table } from "./table.ts";
import { waysOutPage } from "./ways-out-page.ts";

const { keys } = await writeSchema();

/** The generated pages, by their path under docs/. */
export const pages: Readonly<Record<string, string>> = {
	"order.md": page(
		"The order of a departure",
		`Everything between the start of this program, or the fork of a child, and the program that it becomes, in ${actNames.length} acts: ${Object.entries(
			acts,
		)
			.map(([name, what]) => `**${name}** (${what})`)
			.join(
				"; ",
			)}. The workload, a program of a step and a look as somebody go the same way; a row that has nothing to do for one of them is passed over. From the first row of *give up* on there is no way back: the first failure ends the program with 125, and the workload never runs. After the rows of *prove* the state is compared with the plan by system calls and by /proc/self/status, and what was given up is tried to be had again. \`plan --format json\` prints what each row does, for the workload and for every child.`,
		["#", "act", "row", "why it stands here", "it must follow"],
		departureOrder.map((name, index) => {
			const { act, reason, after } = rows[name] as AnyRow;
			const named = Object.entries(after).map(([other, why]) => `\`${other}\`: ${why}`);
			return [`${index + 1}`, act, `\`${name}\``, reason, named.join("; ")];
		}),
	),
	"reference/errors.md": page(
		"Error codes",
		"A code is part of the interface and keeps its meaning; the words of a message may change. The exit status is that of `run`; the tools end with 1 for findings and 2 for wrong use. All that is wrong with the command line, or else with the file, or else with the plan (users, groups, owners, variables, limits, capabilities, the command) is told at once, in the order of the file: each with file, line, column and key, or the option that it comes from, the line itself, and what to do. What only follows from another error is left out. Of a file's errors the first hundred are told, the last of them with the number of those behind. The exit status of several is 125 unless all are about the command.",
		["code", "exit", "meaning"],
		Object.entries(errorCodes).map(([code, exit]) => [`\`${code}\``, `${exit}`, errorSummaries[code as keyof typeof errorCodes]]),
	),
	"reference/lint.md": page(
		"Rules of check",
		"`abdicate check [FILE]` says first what is wrong with a file, then what is risky. Exit 0 when there is nothing to mend, 1 for errors and warnings, 2 for wrong use; a note is only something to think about. `--format json` is a list of findings (code, severity, message, remedy, file, line, column, key), `--format sarif` is SARIF 2.1.0. For /etc/entrypoint.yaml, and with `--image`, the image that the file sits in is looked at as well: users, groups, the command, the working directory, programs of steps. A variable that is not set is noted, since a start may set it, and so is a file alone that names no user. The profile that `seccomp` names is looked at as well, with places in its own file; where a file is looked at alone and the profile is not where it will be in the image, the one of its name beside the file is.",
		["code", "severity", "finds"],
		Object.entries(rules).map(([code, { severity, summary }]) => [`\`${code}\``, severity, summary]),
	),
	"reference/seccomp.md": seccompPage,
	"compat.md": compatPage,
	"init.md": initPage,
	"reference/score.md": scorePage,
	"why-privileged.md": privilegedPage,
	"ways-out.md": waysOutPage,
	"reference/command-line.md": `${page(
		"Command line",
		`\`abdicate [run] [OPTIONS] -- COMMAND [ARG...]\`. Options win over the keys of the file that they mirror. Subcommands: ${subcommands.map(({ name, description }) => `\`${name}\` (${description})`).join(", ")}. ABDICATE_CONFIG names a configuration file, ABDICATE_LOG says how to speak, in words with commas between them: \`quiet\`, \`normal\` or \`verbose\`, and \`text\` or \`json\` (see [json.md](json.md#the-log)); an option wins over it, and another word is warned about. Neither reaches the workload. Called as ${dropInNames.map((name) => `\`${name}\``).join(", ")}, or by \`abdicate as NAME\`, it has that program's command line instead, and no configuration: see docs/drop-ins. What stands before the first \`--\` is for this program and what follows it is the workload's, whatever it looks like. Everything that a start, \`enter\` or \`--dry-run\` says is written as \`--log-format\` asks, what is wrong with the options too; ABDICATE_LOG holds for the errors of the other subcommands as well.`,
		["option", "value", "meaning"],
		runOptions.map((row) => {
			const option: OptionRow = row;
			return [
				`\`${option.short === undefined ? "" : `-${option.short}, `}--${option.long}\``,
				option.values?.join(", ") ?? option.value ?? "",
				`${optionDescriptions[row.long]}${option.repeatable ? "; may be repeated" : ""}`,
			];
		}),
	)}
\`abdicate plan --root DIR\` plans for an unpacked image and \`--as START\` for another start than this one, \`--score\` rates what the workload will hold: [docs/plan.md](../plan.md).

## What a runtime has to grant

\`abdicate plan [FILE] --format docker|compose|kubernetes|oci [--for any-volume|this-start] [-- COMMAND...]\` prints what a container that starts as root has to be given, and
nothing more. \`text\` and \`json\` are the plan of this very start, and take no \`--for any-volume\`.

| | is what |
| --- | --- |
| \`--for any-volume\` (default) | the steps, the departure and what the plan reads may need whatever they find: files of anybody, with any mode, sticky directories, terminals and pipes as standard output. A \`when: {exists}\` counts as met |
| \`--for this-start\` | this very start takes, seen as root, with what is there now and what earlier steps will have made of it: run it in the image, with its volumes, as the image will be run. The trees of \`own\`, \`chmod\` and \`remove\` are walked, which changes nothing. For the next start, which finds what this one has left, take any-volume |

A tree with more than 100,000 entries, deeper than 200 levels, with another mount below that \`cross_mounts\` goes into, or that cannot be read (run \`plan\` as root, with DAC_READ_SEARCH) is not walked to its end: what any volume
may need is asked for that step then, and a comment says so (\`abdicate.remarks\` in config.json).

For kubernetes, loop devices take \`privileged: true\`, since a device plugin gives single devices alone. Beside it containerd and CRI-O ignore \`capabilities\`, \`seccompProfile\` and \`appArmorProfile\`, and nothing of these is printed.

What a start does without is told as optional: \`keep_if_present\`, steps with \`on_error: warn\`, limits where a lower one will do, KILL to end a program whose time is over. In
the line for docker that is a comment behind the first line, in YAML a line that is commented out, in config.json, which has no comments, the annotation
\`abdicate.optional\`. Settings that are the whole machine's (\`vm.max_map_count\`) are told in the same ways, to be set there (\`abdicate.machine\`), and so are devices whose numbers are not
known here (\`abdicate.devices\`).

Whether the other conditions of a \`when\` hold is decided by the environment, the command and the files that \`plan\` itself finds: \`docker run --env WAIT=1 ... plan\` is the plan of a start with WAIT=1. A step that would be
passed over is shown with \`skipped: WAIT is not set\` (a member \`skipped\` in JSON), and nothing is granted for it; where the command passes over the whole setup, a note says why.

A step with \`when: {held: CHOWN}\` is done as soon as CHOWN is granted. Where anything else needs CHOWN (a user with \`stdio: auto\` does), what the step needs is needed too. Where nothing does, CHOWN and what
the step needs are optional, and each line says which others belong to it: grant all of them or none.

- **Ports below 1024.** Docker's own networks open them to everybody, so for docker and compose NET_BIND_SERVICE is optional: \`--network host\` and Podman need it. For kubernetes and oci it is
  named in both outlooks; in a Pod the safe sysctl \`net.ipv4.ip_unprivileged_port_start\` with the value 0 does as well.
- **Mounts.** Where AppArmor is active, the profiles that Docker, containerd and Podman give refuse every mount, whatever is held, so \`mount\`, \`fuse\` and programs that mount take
  \`--security-opt apparmor=unconfined\` (Compose: \`security_opt\`, Kubernetes 1.30: \`appArmorProfile: {type: Unconfined}\`), or a profile of your own. A program with SYS_ADMIN that is not known to mount, and a
  workload that keeps SYS_ADMIN, have it as optional.
- **Labels.** The same profiles let nothing enter another, so \`apparmor\` takes \`--security-opt apparmor=unconfined\` as well. What \`selinux\` takes, only the policy knows: nothing is printed for it.
- **seccomp.** The filters of Docker and containerd open what mounts as soon as SYS_ADMIN is granted, so they stay. \`session_keyring: new\` takes keyctl(2), which they open to nobody:
  \`--security-opt seccomp=unconfined\`, or a profile that allows it.
- **config.json** has no profile unless one is written into it, so that for \`oci\` nothing has to be unconfined.
- **A Pod's name** is a label: for a \`hostname\` with dots or capitals the step needs SYS_ADMIN instead.

## What a process holds

\`abdicate inspect PID\` tells it by /proc, and of itself by system calls where /proc is missing or that of another pid namespace. What could not be read is \`unknown\` in text, with the call, the file, the errno and which of the kernel's checks
refused it; it is never told as none. In JSON it is \`null\`, and the member \`unknown\` has the reason by where it stands ([json.md](json.md)).

| not told | because |
| --- | --- |
| securebits of another process | the kernel tells them to the process itself alone |
| namespaces, sockets, environment | ptrace(2)'s checks of a reader: ids, a process that may not be dumped, more capabilities, another user namespace, a security module; \`ptrace_scope\` is none of them |
| everything but three sets | /proc is mounted with \`hidepid\`; capget(2) still answers |
| a line of /proc/PID/status | a kernel that is older, or stands in for one, as gVisor's |
| limits | the cgroup is in nothing that is mounted here |
| ids | a process of another user namespace, whose ids are shown as 65534 |

Sets that are equal stand in one line, a nearly full one as \`all but X\`, by the last capability of the kernel. A table (\`--all\`, \`--tree\`) fits 80 columns; names are clipped on a screen alone, \`?\` has its reason below, and a mask its names. \`--score\` with something unknown is \`at least\`; of several, kernel threads and zombies are not rated, since nobody can take them over. What each point is for: [score.md](score.md).

## The namespaces of a machine

\`abdicate inspect --all --namespaces\` is a line for each namespace with the words of lsns(8): its number, type, how many processes are in it, and the lowest pid of these with its user and command. It shows
what /proc shows: on a machine everything, in a container what that container's pid namespace holds. A pid before it (\`inspect 1 --all --namespaces\`) leaves the namespaces that this process is in, with all who share
them; \`--json\` is \`{namespaces: [{type, id, initial, processes, pid, uid, user, command, mounts}], hidden}\`.

| | is |
| --- | --- |
| \`INITIAL\`, \`initial\` | whether the machine started with it: a container that shares it is not walled off there. By fixed numbers, which mnt and net have from Linux 6.17 on; before, \`unknown\` |
| \`unknown\` as the number | no namespace: as many processes do not say which theirs is. Reading it takes what ptrace(2) takes, SYS_PTRACE for processes of others |
| 0 processes | nothing but a mount keeps it (\`ip netns\`), which is named; of mounts in our own mount namespace |
| \`hidden\`, the last line | /proc is mounted with \`hidepid\`, and what others run may be missing altogether |
| user | the effective uid, by name where our own /etc/passwd has one. lsns has the owner of /proc/PID, which is root for what may not dump its memory |
| what is not listed | namespaces that are held by an open descriptor alone, and those of a dead process that waits for its parent |
`,
	"reference/entrypoint-yaml.md": `${page(
		"entrypoint.yaml",
		"YAML 1.2 with duplicate keys refused, at most 256 KiB, 32 levels and 10,000 values. Plain `true`, `false`, `null` and decimal integers are typed; whatever could be read in two ways (0027, 0o644, 1e3) stays text. A size is bytes, or has K, M, G or T, in either case, for powers of 1024: 512M, 512MB, 512Mi and 512MiB are one; options of a file system, such as size=10m of tmpfs, are the kernel's. `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `$$` and the facts `${@cpus}`, `${@memory}` (bytes), `${@hostname}`, `${@uid}`, `${@gid}` (of the start), `${@user.name}`, `${@user.uid}`, `${@user.gid}`, `${@user.home}` ([of the workload](#the-users-facts)) work in every value; the result is never parsed again. A variable stays one value: inside an option it brings in no comma, inside a path no component, no `..` and no pattern, inside a user no group; where it is the whole path or user, or begins the path, it may be any. A value that lacks its variable is an error for the start that asks for it: not in a step that is passed over, in `command.default` when there is a command, in a default of `env` for a variable that is given, or where an option takes its place; `check` only notes it. Paths are absolute, or `.`, `..` or what begins with `./` or `../`, and count from where the container starts. What it means that a variable is [given](#set-empty-given), and [which file is trusted](#which-file-is-trusted), stands below. `abdicate explain groups.add` says the same of a key or a step's field, with an example; the end of a name will do: `explain when.env`, `explain policy`.",
		["key", "meaning", "default"],
		[...keys]
			.filter(([key]) => !stepKinds.includes(key.split(".")[0] as never))
			.map(([key, text]) => [
				`\`${key}\``,
				text.description ?? "",
				text.default === undefined ? (defaultOf(key, text) ?? "") : `\`${text.default}\``,
			]),
	)}
## Set, empty, given

A variable is *set* when it is in the environment, *empty* when its value is nothing, and *given* when it is set and not empty. Whoever starts a container often cannot leave a
variable out (\`--env NAME=\`, \`NAME: \${NAME}\` in a compose file), so an empty one counts as none at all wherever something asks whether there is one:

| where | of which environment | given | empty or not set |
| --- | --- | --- | --- |
| \`\${NAME}\` | the start's | its value | the empty text when it is set, an error when it is not |
| \`\${NAME:-x}\`, \`\${NAME:?x}\` | the start's | its value | \`x\`; an error that says \`x\` |
| \`env.default\` | the workload's | stays | gets the default |
| \`env.from_file: NAME\` | the workload's | an error when NAME_FILE is given too | the content of the file of NAME_FILE, if that is given |
| \`when: {env: NAME}\`, \`when: {unset: NAME}\` | the workload's | holds; does not | does not; holds |
| \`when: {env: {NAME: x}}\` | the workload's | holds when it is \`x\` | holds when \`x\` is \`""\` |
| \`require: {env: NAME}\`, \`require: {env_unset: NAME}\` | the workload's | holds; does not | does not; holds |
| \`secret: {from: {env: NAME}}\` | the start's | its value | the file of NAME_FILE; an error when that is not given either |
| \`file: {from_env: NAME}\` | the workload's | its value | an error |
| \`file: {vars: NAME}\` | the workload's | its value | as \`\${NAME}\`: the empty text, an error |
| \`ca_certificates\`: \`extra.env\`, SSL_CERT_FILE and its kin | the workload's | what it holds or names | passed over |
| PATH | the workload's | where programs are looked for | /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin |
| ABDICATE_CONFIG, ABDICATE_LOG | the start's | obeyed | passed over |

The workload's environment is what \`env\` has made of the start's, and at a step what the steps before have made of that. \`env.unset\` and \`env.clear\` take away whatever is set.

\`\${NAME}\` is replaced before any of that: it never sees what \`env.default\`, \`env.set\` or \`env.from_file\` give to NAME in the same file, and \`check\` warns where both are
written (\`LINT_GIVEN_LATER\`). What \`from_file\` reads is a secret, which belongs in no argument. Such a value reaches programs, of steps as of the workload, as a variable, and files by \`file\`
(\`template\` with \`vars\`, \`from_env\`). A default is written once more where a step needs it: \`\${PORT:-8080}\` beside \`env: {default: {PORT: "8080"}}\`.

## The user's facts

\`\${HOME}\`, \`\${USER}\` and \`\${LOGNAME}\` in the file are the start's, that is root's as a rule, and \`check\` warns of them. Whom the workload runs as is known by facts of its own, everywhere but in \`user\`
itself, from which they follow:

| fact | is |
| --- | --- |
| \`\${@user.uid}\`, \`\${@user.gid}\` | the numbers; those of the start where another user than root stays who it is |
| \`\${@user.name}\` | the name in /etc/passwd; a uid without an entry has none, and that is an error, or what stands after \`:-\` |
| \`\${@user.home}\` | what \`home: auto\` makes of HOME, whatever \`home\` says |

## Which file is trusted

A start with privilege to lose takes a configuration that only root can have written. Each directory and link on the way counts, from the root down. ABDICATE_CONFIG
or \`--config\` names another file than /etc/entrypoint.yaml.

| the file lies | and is |
| --- | --- |
| in the image, root's, not writable by group or others, as is every directory above it | taken |
| in a directory of root's that is sticky and open to all, such as /tmp, root's and without another name | taken |
| in the image, but it or a directory above it is somebody's | refused: chown and chmod in the Dockerfile |
| mounted by itself, read-only: \`--volume ./entrypoint.yaml:/etc/entrypoint.yaml:ro\` | taken, whoever owns it on the machine |
| the same without \`:ro\` | refused |
| the same, while the container has the file, or a directory above it, writable at another place, as with \`--volume .:/app\` | refused |
| on a mount that is read-only here, each part root's, whatever its mode: a ConfigMap or Secret of Kubernetes | taken |
| in a mounted directory of somebody's, read-only or not | refused: mount the file by itself |
| on FUSE, virtiofs, 9p, NFS, SMB or an overlay of those, other than the file system that holds \`/\` | refused, unless it is mounted by itself, read-only: what a server says of owners is its word alone |

On Kubernetes: \`volumes: [{name: entrypoint, configMap: {name: entrypoint}}]\`, \`volumeMounts: [{name: entrypoint, mountPath: /config}]\` and
\`env: [{name: ABDICATE_CONFIG, value: /config/entrypoint.yaml}]\`.

## Steps

| step | what it does |
| --- | --- |
${stepKinds.map((kind) => `| \`${kind}\` | ${summaryOf(kind)} |`).join("\n")}

The fields of each step are on [its page](steps.md).
`,
};

function page(title: string, introduction: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
	return `# ${title}

<!-- Generated from the tables in src/ by \`make docs\`. -->

${introduction}

${table(head, rows)}
`;
}
