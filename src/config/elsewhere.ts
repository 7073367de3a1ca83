import { shellWord } from "../report/shell.ts";
import { yamlScalar } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";

/** Keys of Docker, compose, Kubernetes, systemd, s6 and supervisord for what is not ours to do: who does it, and how, in the words that were written. */

export interface Elsewhere {
	readonly told: readonly string[];
	/** Nothing is lost without it: it says what is so anyway. */
	readonly isCertain: boolean;
}

type Told = (value: YamlNode) => string;

const mostShown = 4;

/** `--publish 80:80 --publish 443:443`, of what was written in any of the forms. */
function options(value: YamlNode, ...names: readonly [string, ...string[]]): string {
	const items = value.kind === "sequence" ? value.items : value.kind === "mapping" ? [] : [value];
	const texts = items.flatMap((item) => (item.kind === "scalar" ? [item.text] : item.kind === "mapping" ? pairOf(item.entries) : []));
	const shown = texts.length === 0 || texts.length > mostShown ? ["..."] : texts.map(shellWord);
	return shown.map((text) => `${names[0]} ${text}`).join(" ");
}

/** `{type: bind, source: ./data, target: /data}`, `{containerPort: 80}` */
function pairOf(entries: (YamlNode & { kind: "mapping" })["entries"]): string[] {
	const at = (names: RegExp) => entries.find(([key, each]) => names.test(key.text) && each.kind === "scalar")?.[1];
	const parts = [at(/^(?:source|src|published|hostPort|name)$/), at(/^(?:target|destination|dst|mountPath|containerPort)$/)];
	const texts = parts.flatMap((each) => (each?.kind === "scalar" ? [each.text] : []));
	return texts.length === 0 ? [] : [texts.join(":")];
}

const run =
	(option: string): Told =>
	(value) =>
		`the runtime does it: docker run ${options(value, option)}`;
/** In seconds, which Docker has without a unit. */
const stopTimeout: Told = (value) =>
	run("--stop-timeout")(
		value.kind === "scalar" ? { ...value, text: value.text.replace(/^(\d+)(?:s|sec)$/, "$1").replace(/^.*[a-z].*$/, "SECONDS") } : value,
	);
const ofCompose: Told = () => "it stays where the container is described";

/** Where in the container the last of them is. */
function volumes(value: YamlNode): string {
	const items = value.kind === "sequence" ? value.items : [value];
	const last = items.at(-1);
	const text = last?.kind === "scalar" ? last.text : last?.kind === "mapping" ? (pairOf(last.entries)[0] ?? "") : "";
	const path = text.split(":").find((part, index, all) => part.startsWith("/") && (index > 0 || all.length === 1));
	return `the runtime mounts: docker run ${options(value, "--volume")}; to give it to the user: setup: [{own: ${path === undefined ? "/data" : yamlScalar(path)}}]`;
}

function waiting(value: YamlNode): string {
	const [first] = value.kind === "sequence" ? value.items : value.kind === "mapping" ? value.entries.map(([key]) => key) : [value];
	const host = first?.kind === "scalar" && /^[\w-]+$/.test(first.text) ? first.text : "HOST";
	return `the runtime starts it; a step waits until it answers: setup: [{wait_for: {tcp: "${host}:PORT"}}]`;
}

const health: Told = () =>
	"the runtime asks, and abdicate enter -- COMMAND asks as the user: docker run --health-cmd, compose: healthcheck, kubernetes: exec";
const readOnly: Told = () =>
	"the root is read-only by the runtime: docker run --read-only | compose: read_only | kubernetes: readOnlyRootFilesystem; paths: {read_only: [PATH]} is for single paths";
const isSo =
	(what: string): Told =>
	() =>
		what;

const noClock = "nothing here runs by the clock: the machine's cron does, a CronJob of Kubernetes, or a cron daemon that is the command";

/** By words that mean the same; the value tells whether it says what is so anyway. */
const groups: readonly (readonly [words: string, told: Told, so?: RegExp])[] = [
	["ports expose publish port EXPOSE ports_mapping", run("--publish")],
	["volumes volumeMounts volume mounts VOLUME", volumes],
	["tmpfs", run("--tmpfs")],
	["env_file env-file envFile EnvironmentFile envFrom", run("--env-file")],
	[
		"restart restart_policy restartPolicy Restart RestartSec autorestart autostart startsecs startretries StartLimitBurst",
		(value) =>
			run("--restart")(value.kind === "scalar" && !/^(?:no|always|on-|unless)/.test(value.text) ? { ...value, text: "POLICY" } : value),
	],
	["healthcheck HEALTHCHECK health_check livenessProbe readinessProbe startupProbe", health],
	["depends_on links After Requires Wants BindsTo requires after", waiting],
	["stop_signal stopsignal stopSignal STOPSIGNAL KillSignal", run("--stop-signal")],
	["stop_grace_period stop_timeout stopwaitsecs TimeoutStopSec terminationGracePeriodSeconds", stopTimeout],
	["ExecStartPost ExecReload ExecStop ExecStopPost", isSo("nothing of this program is there any more: the command does it")],
	["mem_limit MemoryMax MemoryLimit", run("--memory")],
	["pids_limit TasksMax", run("--pids-limit")],
	["network network_mode net networks dns extra_hosts", () => "namespaces: [net] has no network but loopback; any other is the runtime's"],
	["read_only readOnly readonly readOnlyRootFilesystem ReadOnly ProtectSystem", readOnly],
	[
		"privileged",
		() => "what a container is given is the runtime's, and confine: docker-default takes it away again from the workload",
		/^(?:false|no|off)$/i,
	],
	["cap_drop capDrop cap-drop drop_capabilities", isSo("all go but those in capabilities: {keep: [NAME]}"), /./s],
	["CapabilityBoundingSet", isSo("the bounding set is emptied to what is kept: capabilities: {keep: [NAME]}")],
	["allowPrivilegeEscalation", isSo("no_new_privileges is true unless the file says no_new_privileges: false"), /^false$/],
	["SystemCallFilter", isSo("the calls of an ordinary container are seccomp: docker-default")],
	[
		"ReadWritePaths ReadOnlyPaths InaccessiblePaths PrivateTmp PrivateDevices PrivateNetwork ProtectHome ProtectKernelTunables ProtectKernelModules ProtectControlGroups RestrictAddressFamilies RestrictNamespaces RestrictSUIDSGID LockPersonality MemoryDenyWriteExecute",
		isSo("the container is apart already; landlock: {write: [PATH]} is where alone it may write"),
	],
	["runAsNonRoot", isSo("user says who it is, and root is written there"), /^true$/],
	["Type PIDFile RemainAfterExit daemonize nodaemon", isSo("the command stays in the foreground, and is what the container is"), /./s],
	["schedule cron crontab cronjob timer OnCalendar", isSo(noClock)],
	["become become_method", isSo("steps are done with the privilege of the start"), /./s],
	["debug verbose log_level loglevel logLevel", isSo("-v tells each step")],
	["dry_run dryRun dry-run", isSo("abdicate plan says what a start would do")],
	["shell SHELL", isSo("there is no shell: a command is a list, a word each"), /./s],
	[
		"image build FROM container_name version services platform pull_policy imagePullPolicy labels logging deploy resources initContainers stdin_open stdin tty shm_size pid ipc userns_mode cgroup_parent profiles extends configs annotations priority stdout_logfile stderr_logfile redirect_stderr StandardOutput StandardError WantedBy Description program process_name numprocs stopasgroup killasgroup domainname CPUQuota COPY ADD RUN",
		ofCompose,
	],
];

const byWord: ReadonlyMap<string, (typeof groups)[number]> = new Map(
	groups.flatMap((group) => group[0].split(" ").map((word) => [word, group] as const)),
);

/** Keys of steps for what they do anyway. */
const anyway: Readonly<Record<string, string>> = {
	"own recursive": "own reaches all that is below the directory; policy: top-only is the directory alone",
	"mkdir recursive": "mkdir makes the directories above as well",
	"mkdir parents": "mkdir makes the directories above as well",
	"copy recursive": "copy takes a directory with all that is in it",
	"remove force": "what is not there is fine",
	"link force": "a link that leads elsewhere is changed",
	"copy overwrite": "if: absent, which copy has anyway, leaves what is there alone",
	"copy if_not_exists": "if: absent, which copy has anyway, leaves what is there alone",
};

/** `step` is the one that the key stands in or beside. */
export function needlessField(step: string, key: string, value: YamlNode): Elsewhere | undefined {
	const name = `${step} ${key.replace(/^recurse$/, "recursive")}`;
	const told = Object.hasOwn(anyway, name) ? anyway[name] : undefined;
	return told === undefined ? undefined : { told: [told], isCertain: value.kind === "scalar" && /^(?:true|yes|on)$/i.test(value.text) };
}

/** Whether it is a word of others at the top. */
export function isElsewhere(key: string): boolean {
	return byWord.has(key);
}

export function elsewhere(scope: string, key: string, value: YamlNode): Elsewhere | undefined {
	const isPlace = scope === "" || (scope === "init" && key === "stop_timeout") || (scope === "entry" ? key !== "shell" : key === "shell");
	const name = scope === "capabilities" && /^(?:remove|cap_drop)$/.test(key) ? "cap_drop" : isPlace ? key : "";
	const [, told, so] = byWord.get(name) ?? [];
	const text = value.kind === "scalar" ? value.text : " ";
	return told && { told: [`leave ${key} out: ${told(value)}`], isCertain: so?.test(text) === true };
}
