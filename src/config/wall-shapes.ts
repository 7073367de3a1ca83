import { nearest } from "../report/suggest.ts";
import { yamlScalar } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { confineHints, confineShape } from "./confine-shapes.ts";
import { initShape } from "./init-shapes.ts";
import { childOf } from "./locate.ts";
import { word } from "./written.ts";

/** What Docker, Kubernetes, the OCI and libseccomp write where `seccomp`, `apparmor` and `selinux` stand, and what says the same here. */

const runtimes = /^(?:runtime\/default|docker\/default|(?:type[:=])?runtime-?default|default|builtin|docker|true|on|yes)$/i;
const nothing = /^(?:(?:seccomp|apparmor|type|label)[:=])?(?:unconfined|disabled?|off|false)$/i;

/** `SCMP_ACT_KILL` */
const actions: readonly (readonly [written: RegExp, ours: string])[] = [
	[/^(?:SCMP_ACT_|SECCOMP_RET_)?(?:ERRNO|EPERM|DENY)(?:\(.*\))?$/i, "errno"],
	[/^(?:SCMP_ACT_|SECCOMP_RET_)?KILL(?:[_-](?:THREAD|PROCESS))?$/i, "kill"],
	[/^(?:SCMP_ACT_|SECCOMP_RET_)?(?:TRAP|SIGSYS)$/i, "trap"],
	[/^(?:SCMP_ACT_|SECCOMP_RET_)?(?:LOG|AUDIT|COMPLAIN)$/i, "log"],
];

/** What to write instead; whether it is good is found out by who asks. */
export function wallShape(path: string, value: YamlNode): string | undefined {
	const text = textOf(value);
	const kind = textOf(childOf(value, "type"));
	const said = text ?? kind ?? "";
	switch (path) {
		case "seccomp":
		case "seccomp.profile":
		case "seccomp.type": {
			const profile = nothing.test(said) ? "none" : runtimes.test(said) ? "docker-default" : (fileOf(said) ?? slipOf(said));
			return profile === undefined ? undefined : `${path === "seccomp.profile" ? "profile" : "seccomp"}: ${profile}`;
		}
		case "seccomp.action": {
			const action = actions.find(([written]) => written.test(said));
			return action && `action: ${action[1]}`;
		}
		case "apparmor": {
			const name = /^(?:localhost\/|apparmor[:=])([^/].*)$/.exec(said)?.[1] ?? textOf(childOf(value, "localhostProfile"));
			return nothing.test(said) ? "apparmor: none" : name === undefined ? undefined : `apparmor: ${word(name)}`;
		}
		case "selinux":
		case "selinux.type":
			return selinuxOf(text);
		default:
			return /^init(?:\.|$)/.test(path) ? initShape(path, value) : confineShape(path, value);
	}
}

function textOf(node: YamlNode | undefined): string | undefined {
	return node?.kind === "scalar" ? node.text : undefined;
}

function slipOf(text: string): string | undefined {
	return /[/.{]/.test(text) ? undefined : nearest(text, ["docker-default", "none"]);
}

/** `file:///etc/app.json` */
function fileOf(text: string): string | undefined {
	const path = /^(?:seccomp[:=])?(?:file:\/\/)?(\/[^/].*)$/.exec(text)?.[1];
	return path && word(path);
}

/** A context as `ps -Z` shows it, and Docker's `label=type:app_t`. */
function selinuxOf(text: string | undefined): string | undefined {
	if (text === undefined || nothing.test(text)) {
		return text && "selinux: none";
	}
	const [, part, value = ""] = /^(?:label[:=])?(user|role|type|level):(.+)$/.exec(text) ?? [];
	const context = /^(\w+):(\w+):(\w+)(?::(.+))?$/.exec(text)?.slice(1) ?? [];
	const written = context.flatMap((each, index) => (each === undefined ? [] : [`${selinuxParts[index]}: ${yamlScalar(each)}`]));
	return part !== undefined
		? `selinux: {${part}: ${yamlScalar(value)}}`
		: written.length === 0
			? undefined
			: `selinux: {${written.join(", ")}}`;
}

const selinuxParts = ["user", "role", "type", "level"];

function inImage(file: string): string {
	const name = /[^/]+$/.exec(file)?.[0] ?? "app.json";
	return `COPY ${word(file)} /etc/${word(name)} in the Dockerfile, and seccomp: /etc/${word(name)}`;
}

const ofRuntime =
	"the profile of the runtime holds from the start of the container on, without a word here; apparmor is another for the workload";

/** What is to be known, where no value can be written for who asks. */
export function wallHints(path: string, value: YamlNode): readonly string[] {
	const text = textOf(value) ?? textOf(childOf(value, "type")) ?? "";
	switch (path) {
		case "seccomp":
		case "seccompProfile":
		case "seccomp.profile":
		case "seccomp.type":
			return nothing.test(text)
				? ["that is no filter of ours: what the runtime sets stays, and is its option"]
				: fileOf(text) !== undefined
					? []
					: /^localhost(?:\/|$)/i.test(text)
						? [`what Kubernetes calls Localhost lies on the node, and this in the image: ${inImage("app.json")}`]
						: /^[{[]/.test(text)
							? [`a profile is a file by itself: ${inImage("app.json")}`]
							: !runtimes.test(text) && /\.json$|\//.test(text)
								? [`the path of a profile is absolute, as the image has it: ${inImage(text)}`]
								: [];
		case "seccomp.action":
			return /^SCMP_ACT_(?:ALLOW|TRACE|NOTIFY)$/.test(text)
				? [
						text.endsWith("ALLOW")
							? "log refuses nothing, and tells of it; seccomp: none is no filter"
							: "it asks another process, and there is none",
					]
				: [];
		case "apparmor":
			return runtimes.test(text) ? [ofRuntime] : [];
		case "selinux":
		case "selinux.type":
			return /(?:^|:)(?:spc_t|unconfined_t)(?::|$)/.test(text) ? ["selinux: none leaves the workload the type of the start"] : [];
		default:
			return confineHints(path, value);
	}
}
