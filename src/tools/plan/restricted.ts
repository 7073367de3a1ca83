import type { Looked } from "../../cli/look-ahead.ts";
import type { RunOptions } from "../../cli/options.ts";
import { secretName } from "../../config/secret-name.ts";
import { type Diagnostic, Failure } from "../../report/failure.ts";
import { shellWord } from "../../report/shell.ts";
import { printable } from "../../report/text.ts";
import { yamlScalar } from "../../report/yaml.ts";
import { isOfSystem, isShared } from "../../steps/common/system-names.ts";
import { treesGivenAway } from "../../steps/facts.ts";
import { madeBy } from "../../steps/index.ts";
import { asWritten } from "./as-written.ts";
import type { Imagined } from "./imagine.ts";
import { look } from "./look.ts";
import { toldAs } from "./told-as.ts";

/** A start in the words of `--as`. */
export type ImagineAs = (words: string) => Promise<Imagined>;

interface Wanted {
	readonly volumes: readonly string[];
	/** Whether low ports are to be open to everybody, which Pod Security counts among what is safe. */
	readonly opensPorts: boolean;
}

/** The Pod that passes the level `restricted`, where a plan for it does; else what hinders it, as a comment. */
export async function restrictedPod(options: RunOptions, imagineAs: ImagineAs): Promise<string> {
	let as = "kubernetes-restricted";
	const told = (why: string) => hindered(`${asWritten(why, secretName)}; all of it: plan --as ${shellWord(asWritten(as, secretName))}`);
	try {
		const bare = await lookedAt(options, imagineAs, as);
		const { identity } = bare.plan;
		if (identity.uid === 0 || /^(?:root|0)(?::|$)/.test(bare.config.user ?? "")) {
			return hindered("the workload stays root");
		}
		if (whyNot(bare) === undefined) {
			return podOf(bare, { volumes: [], opensPorts: false });
		}
		const wanted = { volumes: volumesOf(bare), opensPorts: bare.preflight.problems.some(isAboutPorts) };
		const words = [
			`fsgroup=${identity.gid}`,
			...wanted.volumes.map((path) => `volume=${path}`),
			...(wanted.opensPorts ? ["low-ports"] : []),
		];
		as = [as, ...words].join(",");
		const looked = await lookedAt(options, imagineAs, as);
		const why = whyNot(looked);
		return why === undefined ? podOf(looked, wanted) : told(why);
	} catch (error) {
		if (error instanceof Failure) {
			return told(saidOf(error.diagnostics[0]));
		}
		throw error;
	}
}

function hindered(why: string): string {
	return `# not restricted: ${printable(why)}\n`;
}

/** What is not its user's cannot be given away by who holds nothing. */
function whyNot({ preflight: { problems, steps } }: Looked): string | undefined {
	const [first] = problems;
	const [lacking] = steps.flatMap(({ step, skipped, needs }) =>
		skipped === undefined
			? needs.filter(({ isHeld }) => !isHeld).map((need) => ({ ...need, label: step.label, kind: step.action.kind }))
			: [],
	);
	if (first !== undefined || lacking === undefined) {
		return first && saidOf(first);
	}
	const { label, kind, anyOf, purpose } = lacking;
	return `${label} ${kind}: ${anyOf.join(" or ")} may be needed ${purpose}`;
}

function saidOf({ where, message }: Diagnostic): string {
	return where === undefined ? message : `${where}: ${message}`;
}

async function lookedAt(options: RunOptions, imagineAs: ImagineAs, words: string): Promise<Looked> {
	const imagined = await imagineAs(words);
	const { preflight, ...looked } = await look(imagined.host, { ...options, text: imagined.text }, true);
	return { ...looked, preflight: { ...preflight, problems: toldAs(imagined, preflight.problems) } };
}

function isAboutPorts({ code, lacks = [], message }: Diagnostic): boolean {
	return code === "CAPABILITY_MISSING" && (lacks.includes("NET_BIND_SERVICE") || message.startsWith("NET_BIND_SERVICE "));
}

/** The directories that steps make or give away, which a volume can bring to a start that may give nothing away. */
function volumesOf({ plan, config }: Looked): string[] {
	const made = plan.setup.flatMap(({ action }) => madeBy(action)).flatMap(({ path, directory }) => (directory === undefined ? [] : [path]));
	const paths = [...config.setup.flatMap(treesGivenAway), ...made].map((path) => path.replace(/\/+$/, ""));
	const apart = [...new Set(paths)].filter((path) => path.startsWith("/") && !/[*?,]/.test(path) && !isOfSystem(path) && !isShared(path));
	// One volume is enough for what lies in it.
	return apart.filter((path) => !apart.some((other) => path.startsWith(`${other}/`)));
}

function podOf({ plan: { identity } }: Looked, { volumes, opensPorts }: Wanted): string {
	const names = volumes.map((path, index) => [`volume-${index + 1}`, path] as const);
	return [
		"---",
		"# or, restricted: started as the workload's user, which nothing has to be granted to",
		"apiVersion: v1",
		"kind: Pod",
		"metadata:",
		"  name: app",
		"spec:",
		"  securityContext:",
		"    runAsNonRoot: true",
		`    runAsUser: ${identity.uid}`,
		`    runAsGroup: ${identity.gid}`,
		...(volumes.length === 0 ? [] : [`    fsGroup: ${identity.gid}`]),
		...(opensPorts ? ["    sysctls:", '      - {name: net.ipv4.ip_unprivileged_port_start, value: "0"}'] : []),
		"    seccompProfile: {type: RuntimeDefault}",
		"  containers:",
		"    - name: app",
		"      image: IMAGE",
		"      securityContext:",
		"        allowPrivilegeEscalation: false",
		"        capabilities:",
		"          drop: [ALL]",
		...(names.length === 0 ? [] : ["      volumeMounts:"]),
		...names.map(([name, path]) => `        - {name: ${name}, mountPath: ${yamlScalar(path)}}`),
		...(names.length === 0 ? [] : ["  volumes:"]),
		...names.map(([name]) => `    - {name: ${name}, emptyDir: {}} # or a persistentVolumeClaim`),
		"",
	].join("\n");
}
