import { nearest } from "../report/suggest.ts";
import { yamlQuoted } from "../report/yaml.ts";
import type { YamlNode } from "../sys/native.ts";
import { listOfWords, word } from "./written.ts";

/** A line of a shell script, as the step or the key that does the same. */

interface Line {
	/** `own: /data`, or what stands at the top of the file: `user: app, and command: {default: [redis-server]}`. */
	readonly write?: string | undefined;
	readonly isOfDocument?: boolean;
	/** What it is where the script goes on behind it. */
	readonly waited?: string;
	/** It is a step at the end as well. */
	readonly isStep?: boolean;
	/** Why it is not needed. */
	readonly leave?: string;
}

/** What is to be written for `chown -R app:app /data`; nothing for what only a shell does. */
export function lineOf(text: string): Line | undefined {
	const plain = text.trim().replace(/\s*(?:\|\|\s*(?:true|:)|2?>\s*\/dev\/null|2>&1)\s*;?$/g, "");
	const words = wordsOf(plain);
	const [program = "", ...after] = words?.[0] === "exec" || words?.[0] === "sudo" ? words.slice(1) : (words ?? []);
	// What the container is given is put there by itself.
	const rest = after.filter((each) => !/^\$(?:[@*]|\{[@*]\})$/.test(each));
	const name = /[^/]*$/.exec(program)?.[0] ?? "";
	if (words === undefined || program === "") {
		return undefined;
	}
	const flags = rest.filter((each) => /^-/.test(each)).join(" ");
	const operands = rest.filter((each) => !/^-/.test(each));
	const left = Object.hasOwn(needless, name) ? needless[name] : undefined;
	const change = /^(?:gosu|su-exec|chpst|setuidgid|s6-setuidgid|runuser)$/.test(name)
		? becoming(rest, words[0] === "exec")
		: documentLine(ofDocument(name, rest));
	return program === "$@" || /^\$[@*]$/.test(program)
		? { leave: "the command follows the steps by itself" }
		: change !== undefined
			? change
			: left !== undefined
				? { leave: left }
				: (withWrite(stepOf(name, flags, operands, rest)) ??
					(!isProgram(program) || /[|&;<>()`*?$]/.test([program, ...rest].join(" ").replace(/\$\{\w+\}/g, ""))
						? {}
						: ofProgram(listOfWords(listed([program, ...rest])) ?? "", words[0] === "exec")));
}

/** `mkdir -p /x && chown -R app /x`, done by root, as steps; nothing where one of them is no step. What root makes is root's, unless it is given away. */
export function stepsOfLine(text: string): readonly string[] | undefined {
	const written = text.length > longestLine ? [] : text.split(/\s*(?:&&|[;\n])\s*/).filter((each) => each !== "");
	const steps = written.flatMap((each): (string | undefined)[] => {
		const { write, isOfDocument, waited } = lineOf(each) ?? {};
		return [isOfDocument === true || waited !== undefined || write?.startsWith("run:") === true ? undefined : write];
	});
	const others = steps.filter((each) => each !== undefined);
	const whole = steps.map((each) => (/^(?:mkdir|copy|file): /.test(each ?? "") ? madeBy(each ?? "", others) : each));
	return whole.length === 0 || whole.includes(undefined) ? undefined : (whole as string[]);
}

/** Each is compared with each. */
const longestLine = 1000;

/** With whose it is in the end, and with which mode, so that the next start finds nothing to change. */
function madeBy(step: string, others: readonly string[]): string | undefined {
	const isMade = step.startsWith("mkdir: ");
	const fields = pathsIn(step).map((path) => {
		const about = (kind: string) => others.find((each) => each.startsWith(kind) && pathsIn(each).includes(path));
		const [own, chmod] = [about("own: "), isMade ? about("chmod: ") : undefined];
		const owners =
			own === undefined ? "owner: 0, group: 0" : /owner: .*?(?=, policy|\}$)/.exec(own)?.[0].replace("group: keep", "group: 0");
		return [owners, ...(chmod === undefined ? [] : [/mode: \w+/.exec(chmod)?.[0]])].join(", ");
	});
	const [field = ""] = fields;
	const isUnsure = field.includes("owner: keep") || /mode: [^0-7]/.test(field) || (field.includes("mode: ") && step.includes("mode: "));
	return isUnsure || fields.some((each) => each !== field)
		? undefined
		: step.endsWith("}")
			? step.replace(/\}$/, `, ${field}}`)
			: `${step.replace(": ", ": {path: ")}, ${field}}`;
}

/** What a step is about. */
function pathsIn(step: string): string[] {
	const [, several, one = ""] = /: (?:\{from: .*?, )?\{?(?:(?:path|to): )?(?:\[(.*?)\]|("[^"]*"|[^\s,}]+))/.exec(step) ?? [];
	return several?.split(", ") ?? [one];
}

function withWrite(write: string | undefined): Line | undefined {
	return write === undefined ? undefined : { write };
}

/** What a script becomes is no step: the workload. */
function ofProgram(list: string, isExec: boolean): Line {
	return isExec ? { write: `command: {default: ${list}}`, isOfDocument: true } : { write: `run: ${list}` };
}

/** Words that a line of a script begins with, and that are something here. */
const known =
	"mkdir chown chgrp chmod cp ln rm touch sysctl hostname run-parts wait-for-it mount export umask cd ulimit gosu su-exec setuidgid runuser usermod groupmod".split(
		" ",
	);

/** What else lies in images, and is run before what the image is for. */
const programs = new Set(
	"apt apt-get awk bash bundle cargo cat curl date django-admin envsubst find flask getent git go grep gzip head id install ip iptables java jq ldconfig ls make mariadb md5sum migrate mknod mktemp modprobe mv mysql mysqladmin mysqld nft nginx node npm npx passwd perl php pip pip3 postgres psql python python3 rake redis-cli redis-server rsync sed setcap sh sha256sum sort ssh-keygen stat sync tail tar tee test timeout tini tr true tzdata uname unzip update-ca-certificates wget which yarn".split(
		" ",
	),
);

function isProgram(name: string): boolean {
	return /^\.{0,2}[\w.+-]*\/[^:]*$/.test(name) || programs.has(name);
}

/** What the first word was meant to be. */
export function meantBy(text: string, steps: readonly string[]): { readonly name: string; readonly line: string } | undefined {
	const [, first = "", rest = ""] = /^[^\w/.$]*([\w-]*\w)(.*)$/s.exec(text) ?? [];
	const name = first === "" || programs.has(first) ? undefined : nearest(first, [...steps, ...known]);
	return name === undefined ? undefined : { name, line: `${name} ${rest.replace(/^\s*:?\s*/, "")}` };
}

const needless: Readonly<Record<string, string>> = {
	set: "a step that fails ends the start",
	echo: "-v tells each step",
	printf: "-v tells each step",
	sleep: "a step waits for what is meant: wait_for: {tcp: HOST:PORT}, {file: PATH}",
	exit: "a step that fails ends the start",
	...Object.fromEntries(
		["usermod", "groupmod", "useradd", "groupadd", "adduser", "addgroup"].map((name) => [
			name,
			'ids may be any without an account: user: "${PUID:-1000}:${PGID:-1000}"',
		]),
	),
};

/** The words of one simple command, without quotes; undefined for what needs a shell. */
function wordsOf(text: string): string[] | undefined {
	const found = text.match(/"[^"`]*"|'[^']*'|[^\s"'|&;<>()`]+|[|&;<>()`"']/g) ?? [];
	return found.some((each) => /^[|&;<>()`"']$/.test(each)) || /\$\(/.test(text)
		? undefined
		: found.map((each) => variables(each.replace(/^(["'])(.*)\1$/, "$2")));
}

/** `$DATA` as `${DATA}`; `$@` stays. */
function variables(text: string): string {
	return text.replace(/\$(?=[A-Za-z_])(\w+)/g, "${$1}");
}

function listed(words: readonly string[]): YamlNode {
	return { kind: "sequence", line: 1, column: 1, items: words.map((text) => ({ kind: "scalar", line: 1, column: 1, text, plain: true })) };
}

function many(paths: readonly string[]): string {
	return paths.length === 1 ? value(paths[0] ?? "") : `[${paths.map(value).join(", ")}]`;
}

function value(written: string): string {
	// Of the workload: the shell's own is that of root.
	const text = written.replace(/^(?:~|\$\{HOME\})(?=\/|$)/, "${@user.home}");
	return text.includes("$") ? yamlQuoted(text) : word(text);
}

function fields(kind: string, paths: readonly string[], others: readonly string[], more: readonly string[] = []): string | undefined {
	return paths.length === 0
		? undefined
		: others.length + more.length === 0
			? `${kind}: ${many(paths)}`
			: `${kind}: {path: ${many(paths)}, ${[...others, ...more].join(", ")}}`;
}

function stepOf(name: string, flags: string, operands: readonly string[], rest: readonly string[]): string | undefined {
	const [first = "", ...others] = operands;
	const isDeep = /(?:^| )-\w*[rR]|--recursive/.test(flags);
	switch (name) {
		case "mkdir": {
			const mode = /(?:^| )(?:-p?m|--mode=?)/.test(flags) ? (/--mode=(\d+)/.exec(flags)?.[1] ?? first) : undefined;
			return fields("mkdir", mode === first ? others : operands, mode === undefined ? [] : [`mode: ${word(mode)}`]);
		}
		case "chown":
		case "chgrp":
			return /--(?:from|reference)/.test(flags)
				? undefined
				: fields("own", others, ownersOf(name === "chgrp" ? `:${first}` : first), isDeep ? [] : ["policy: top-only"]);
		case "chmod":
			return others.length === 0
				? undefined
				: fields("chmod", others, [`mode: ${first.startsWith("+") ? `a${first}` : word(first)}`], isDeep ? ["recursive: true"] : []);
		case "cp":
			return others.length === 1
				? `copy: {from: ${value(first.replace(/\/\.?$/, "") || "/")}, to: ${value((others[0] ?? "").replace(/(?<=.)\/$/, ""))}}`
				: undefined;
		case "ln":
			return others.length === 1 && /-\w*s/.test(flags) ? `link: {path: ${value(others[0] ?? "")}, to: ${value(first)}}` : undefined;
		case "rm":
			return fields("remove", operands, isDeep ? ["recursive: true"] : []);
		case "touch":
			return operands.length === 1 ? `file: {path: ${value(first)}, content: "", if: absent}` : undefined;
		case "sysctl":
			return assigned("sysctl", operands, false);
		case "hostname":
			return operands.length === 1 ? `hostname: ${value(first)}` : undefined;
		case "run-parts":
			return operands.length === 1 ? `hooks: ${value(first)}` : undefined;
		case "wait-for-it":
		case "wait-for-it.sh":
		case "wait-for":
		case "nc": {
			const address = /:./.test(first) ? first : others.length > 0 ? `${first.replace(/:$/, "")}:${others[0]}` : undefined;
			return address && `wait_for: {tcp: ${yamlQuoted(address)}}`;
		}
		case "mount":
			return mountOf(rest);
		default:
			return undefined;
	}
}

/** What stands behind the path of a step as behind that of `chown` and of `mkdir`: an owner, or a mode. */
export function behindPath(step: string, tail: string): readonly string[] {
	const isMade = step === "mkdir";
	if (tail.startsWith("-") || !(isMade || (step === "own" && !/^0\d/.test(tail)))) {
		return [];
	}
	return isMade && /^[0-7]{3,4}$/.test(tail) ? [`mode: ${yamlQuoted(tail)}`] : ownersOf(tail).filter((each) => !each.endsWith(": keep"));
}

/** `app:staff`, `${PUID:-1000}:`, and with a dot in the old form. */
export function ownersOf(spec: string): string[] {
	const apart = (sign: string) => new RegExp(`^((?:\\$\\{[^}]*\\}|[^$${sign}])*)[${sign}](.*)$`, "s").exec(spec);
	const [, owner = "", group] = apart(":") ?? apart(".") ?? ["", spec];
	return [
		`owner: ${owner === "" ? "keep" : value(owner)}`,
		`group: ${group === undefined ? "keep" : group === "" ? "login" : value(group)}`,
	];
}

/** A step by `lineOf` without its owner and group where they are the very variables that the file has as its user. */
export function ownedBy(user: string, step: string): string {
	const owners = ownersOf(variables(user).replace(/:-[^}]*/g, "")).join(", ");
	return /\$.*:\$/.test(user) ? step.replace(`, ${owners}`, "").replace(/own: \{path: ([^,[{]*)\}/, "own: $1") : step;
}

function assigned(key: string, words: readonly string[], isSet: boolean): string | undefined {
	const pairs = words.map((each) => /^([\w.-]+)=(.*)$/s.exec(each));
	const inner = pairs.map((each) => `${word(each?.[1] ?? "")}: ${value(each?.[2] ?? "")}`).join(", ");
	return pairs.length === 0 || pairs.includes(null) ? undefined : isSet ? `${key}: {set: {${inner}}}` : `${key}: {${inner}}`;
}

function mountOf(rest: readonly string[]): string | undefined {
	const after = (flag: string) => (rest.includes(flag) ? rest[rest.indexOf(flag) + 1] : undefined);
	const isBind = rest.includes("--bind") || after("-o") === "bind";
	const [type, options] = [isBind ? "bind" : after("-t"), isBind ? undefined : after("-o")];
	const [source, target, ...more] = rest.filter((each, index) => !each.startsWith("-") && !/^-[to]$/.test(rest[index - 1] ?? ""));
	if (type === undefined || source === undefined || target === undefined || more.length > 0) {
		return undefined;
	}
	const parts = [`type: ${word(type)}`, ...(type === "tmpfs" ? [] : [`source: ${value(source)}`]), `target: ${value(target)}`];
	return `mount: {${[...parts, ...(options === undefined ? [] : [`options: ${value(options)}`])].join(", ")}}`;
}

/** What a shell changes of itself is what the workload starts with. */
function ofDocument(name: string, rest: readonly string[]): string | undefined {
	const [first = "", second = ""] = rest;
	switch (name) {
		case "export":
			return assigned("env", rest, true);
		case "umask":
			return /^[0-7]{1,4}$/.test(first) ? `umask: ${word(first)}` : undefined;
		case "cd":
			return first === "" ? undefined : `workdir: ${value(first)}`;
		case "ulimit":
			return first === "-n" || first === "-Sn"
				? `limits: {nofile: ${word(second)}}`
				: first === "-c"
					? `limits: {core: ${word(second)}}`
					: undefined;
		default:
			return undefined;
	}
}

function documentLine(write: string | undefined): Line | undefined {
	return write === undefined ? undefined : { write, isOfDocument: true };
}

/** `gosu app redis-server "$@"`, and `gosu app mkdir /data`, which is a step. */
function becoming(rest: readonly string[], isExec: boolean): Line | undefined {
	const [user, ...command] = rest.filter((each, index) => !(each.startsWith("-") && index < 2));
	if (user === undefined) {
		return undefined;
	}
	if (command.length === 0) {
		return documentLine(`user: ${value(user)}`);
	}
	const inner = lineOf(command.join(" "));
	const step = inner?.isOfDocument === true || inner?.write?.startsWith("run:") === true ? undefined : inner?.write;
	const list = `[${command.map(value).join(", ")}]`;
	return {
		write: `user: ${value(user)}, and command: {default: ${list}}`,
		isOfDocument: true,
		...(isExec ? {} : { waited: step ?? `run: {command: ${list}, user: ${value(user)}}`, isStep: step !== undefined }),
	};
}
